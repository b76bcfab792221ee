"""I-06 Protection of intellectual property."""

from dataclasses import replace

from app.core.i18n import N_
from app.indicators.definitions.base import (
    ASKED,
    AT_END,
    FLOW,
    NOBODY,
    NOTHING,
    PARTY,
    D,
    U,
)
from app.indicators.figures import groups

NOTICE, ITEM = "notice", "item"
DECIDED = N_("Notices that were decided in the period.")
VALID = N_("Notices found valid")

RIGHTS = tuple(replace(one, closing=groups.STANDING) for one in (
    D("I-06.0", N_("Means to protect rights"), U.COUNT,
      N_("Of seven: a published rule, a channel for notices, one for counter-statements, points for whoever repeats,"
         " people who decide, a registry of rights, a search for registered marks. The rows name each document and"
         " since when it holds."), AT_END, NOTHING, ("institution",)),
    D("I-06.1", N_("Notices received"), U.COUNT,
      N_("Notices of trade marks, patents, designs and copyrights, by the right and where it is registered."), FLOW,
      NOTHING, (NOTICE,), main=True),
    D("I-06.1.valid", N_("Notices found valid"), U.COUNT,
      N_("Notices of which the evidence sufficed for one listing or more."), DECIDED, NOTHING, (NOTICE,)),
    D("I-06.1.rejected", N_("Notices without effect"), U.COUNT,
      N_("Notices whose evidence did not suffice for any listing, and those taken back before they were decided."),
      N_("Notices that were decided or taken back in the period."), NOTHING, (NOTICE,)),
    D("I-06.2", N_("Measures taken in time"), U.PERCENT,
      N_("Of the notices found valid, those of which every listing was down within 24 hours of that."), DECIDED,
      NOTHING, (NOTICE, ITEM), N_("Notices with all listings down in time"), VALID, main=True),
    D("I-06.2.hours", N_("Hours from the notice to the measure, median"), U.HOURS,
      N_("From the receipt of a valid notice to the moment at which the last of its listings was down."), DECIDED,
      NOTHING, (NOTICE, ITEM)),
    D("I-06.3", N_("Counter-statements"), U.COUNT,
      N_("Statements of suppliers that they do not infringe."), FLOW, NOTHING, ("counter",)),
    D("I-06.3.forwarded", N_("Counter-statements passed on in time"), U.PERCENT,
      N_("Of the counter-statements that were to be with the right holder, those that arrived within one working day."),
      ASKED, NOTHING, ("counter",), N_("Passed on in time"), N_("Counter-statements that were due")),
    D("I-06.3.lapsed", N_("Measures ended for want of proof"), U.COUNT,
      N_("Listings that were published again because fifteen days after the counter-statement reached the right holder"
         " no complaint to an authority and no lawsuit was shown."), FLOW, NOTHING, (ITEM,)),
    D("I-06.3.kept", N_("Measures kept by a complaint or lawsuit"), U.COUNT,
      N_("Listings that stay down because a complaint to an authority or a lawsuit was shown."), FLOW, NOTHING,
      (ITEM,)),
    D("I-06.4", N_("Listings taken down after notices"), U.COUNT,
      N_("Listings that came down because of a notice."), FLOW, NOTHING, (ITEM,)),
    D("I-06.4.rate", N_("Taken down for each ten thousand listings"), U.NUMBER,
      N_("Listings taken down after notices, times ten thousand, divided by the listings published at the end."), FLOW,
      NOTHING, (ITEM, "stock"), N_("Listings taken down, times 10,000"), N_("Listings published at the end")),
    D("I-06.4.found", N_("Infringing listings found by the platform"), U.COUNT,
      N_("Listings that were held because they name another's registered mark, and that a reviewer found to do harm."),
      FLOW, NOTHING, ("scan",)),
    D("I-06.5", N_("Companies that infringe again"), U.COUNT,
      N_("Companies with two confirmed infringements or more in the twelve months up to the end."), AT_END, NOBODY,
      (PARTY, "strike")),
    D("I-06.5.sanctions", N_("Measures for infringements"), U.COUNT,
      N_("Measures against companies because of an infringement, by their weight."), FLOW, NOTHING, ("sanction",)),
    D("I-06.6", N_("Wrong and malicious notices"), U.COUNT,
      N_("Notices of which the platform found, until this was counted, that they are wrong or malicious."), DECIDED,
      NOTHING, (NOTICE,)),
    D("I-06.7", N_("Decided notices that are public"), U.PERCENT,
      N_("Of the notices decided, those that stand on the public register. It should be all of them."), DECIDED,
      NOTHING, (NOTICE,), N_("Notices on the register"), N_("Notices decided")),
))  # fmt: skip
