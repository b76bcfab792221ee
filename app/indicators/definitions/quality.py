"""I-07 Quality and safety of goods."""

from app.core.i18n import N_
from app.indicators.definitions.base import (
    ASKED,
    AT_END,
    FLOW,
    LINKED,
    NOTHING,
    D,
    U,
)

OFFERS, INSPECTIONS, LOTS = ("offer",), ("inspection",), ("lot",)
FINDINGS, VISITS = ("alert",), ("visit",)
WITHDRAWN = N_("Entries of the register that were withdrawn.")
TRACED = N_("Of the orders completed, those whose production or packing is proved, with three and more of these events"
            " on record: produced, packed, shipped, received.")  # fmt: skip
GRADED = N_("Listings online that have a grade. Points from 0 to 100: the certificate asked for weighs 40, the share of"
            " inspections passed in twelve months 30, the share of orders completed in twelve months without a"
            " complaint about quality 30; what is not known does not weigh. A from 90 points on, B from 75, C from 60,"
            " else D. These weights hold since 1 January 2020.")  # fmt: skip

QUALITY = (
    D("I-07.1", N_("Listings with the certificate asked for"), U.PERCENT,
      N_("Of the listings online in categories for which the law of a usual market asks for a certificate, those that"
         " name one of these, which has not ended. What is asked for stands in the category tree, with law and day."),
      AT_END, N_("Categories of which no certificate is asked for."), OFFERS, N_("Listings with a valid certificate"),
      N_("Listings that need one"), main=True),
    D("I-07.2", N_("Inspections passed"), U.PERCENT,
      N_("Of the sample inspections of goods, those that were passed. Each has its sampling standard, level and"
         " acceptance quality limits on record."), FLOW, WITHDRAWN, INSPECTIONS, N_("Inspections passed"),
      N_("Sample inspections"), main=True),
    D("I-07.2.inspected", N_("Sample inspections"), U.COUNT,
      N_("Inspections of goods from listings or orders by sample."), FLOW, WITHDRAWN, INSPECTIONS),
    D("I-07.3", N_("Quality complaints for each thousand orders"), U.NUMBER,
      N_("Orders whose goods' quality was complained of or disputed for the first time, times a thousand, divided by"
         " orders completed."), FLOW, LINKED, LOTS, N_("Orders complained of, times 1,000"), N_("Orders completed"),
      main=True),
    D("I-07.3.returned", N_("Turnover returned"), U.PERCENT,
      N_("Of the dollars of orders that were shipped and came to their end, what went back to the buyers."), FLOW,
      LINKED, LOTS, N_("Dollars returned"), N_("Dollars of orders ended")),
    D("I-07.4", N_("Listings found under recalls"), U.COUNT,
      N_("Listings found that a recall or alert of an authority concerns."), FLOW, WITHDRAWN, FINDINGS, main=True),
    D("I-07.4.hours", N_("Hours to their removal, median"), U.HOURS,
      N_("Of the listings taken down in the period, from being found to being taken down: half took less, half took"
         " more."), FLOW, WITHDRAWN, FINDINGS),
    D("I-07.4.standing", N_("Listings under recalls still online"), U.COUNT,
      N_("Listings found under a recall and not taken down."), AT_END, WITHDRAWN, FINDINGS),
    D("I-07.5", N_("Orders that can be traced"), U.PERCENT, TRACED, FLOW, LINKED, LOTS, N_("Orders traced"),
      N_("Orders completed"), main=True),
    D("I-07.6", N_("Listings graded"), U.COUNT, GRADED, AT_END, NOTHING, (*OFFERS, *INSPECTIONS, *LOTS), main=True),
    D("I-07.6.ungraded", N_("Listings without a grade"), U.COUNT,
      N_("Listings online of which no certificate is asked for, and which were neither inspected nor sold in twelve"
         " months."), AT_END, NOTHING, (*OFFERS, *INSPECTIONS, *LOTS)),
    D("I-07.7", N_("Inspections by authorities"), U.COUNT,
      N_("Inspections of the platform that an authority planned for the period."), ASKED, WITHDRAWN, VISITS),
    D("I-07.7.done", N_("Inspections by authorities that took place"), U.PERCENT,
      N_("Of those planned for the period, those that took place until this was counted."), ASKED, WITHDRAWN, VISITS,
      N_("Inspections that took place"), N_("Inspections planned")),
    D("I-07.7.remedied", N_("Objections of authorities remedied"), U.PERCENT,
      N_("Of what authorities objected to in the period, what was remedied until this was counted."), FLOW, WITHDRAWN,
      FINDINGS, N_("Objections remedied"), N_("Objections")),
)  # fmt: skip
