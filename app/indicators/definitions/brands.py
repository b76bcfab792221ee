"""I-12 Brands."""

from dataclasses import replace

from app.core.i18n import N_
from app.indicators.definitions.base import AT_END, FLOW, LINKED, NOTHING, D, U
from app.indicators.definitions.quality import WITHDRAWN

HELD, EVENTS, WAIVERS = ("brand",), ("gathered",), ("waiver",)
AGENTS = N_("Marks of others for which a company only acts.")
_WAIVED = D("I-12.5.amount.cny", N_("Fees waived"), U.MONEY,
            N_("What was not asked for, in each currency and in yuan by the reference rate of the day."), FLOW, NOTHING,
            WAIVERS)  # fmt: skip

BRANDS = (
    D("I-12.1", N_("Sellers with a trade mark of their own"), U.COUNT,
      N_("Sellers who hold a registered trade mark that staff have checked, and which is in force; by the register in"
         " which it stands."), AT_END, AGENTS, HELD, main=True),
    D("I-12.2", N_("Turnover under sellers' own brands"), U.PERCENT,
      N_("Of the dollars contracted, those of lines that name a trade mark in force which the seller holds, or is"
         " licensed."), FLOW, LINKED, ("line",), N_("Turnover under own brands"), N_("Turnover in dollars"),
      main=True),
    D("I-12.3", N_("New trade marks abroad"), U.COUNT,
      N_("Trade marks registered outside mainland China that a seller had checked here after it joined, by the day on"
         " which they were."), FLOW, AGENTS, HELD, main=True),
    D("I-12.4", N_("Brand events and trainings"), U.COUNT, N_("Events for brands, and trainings, that were held."),
      FLOW, WITHDRAWN, EVENTS, main=True),
    D("I-12.4.hours", N_("Hours of events and trainings"), U.HOURS, N_("How long they took, added up."), FLOW,
      WITHDRAWN, EVENTS),
    D("I-12.4.participants", N_("Participants of events and trainings"), U.COUNT,
      N_("Who took part; somebody at two of them counts twice."), FLOW, WITHDRAWN, EVENTS),
    D("I-12.5", N_("Waivers of fees"), U.COUNT,
      N_("Membership fees that were waived, whole or in part, by the day on which a second person agreed; by reason,"
         " and by province of the central and western regions."), FLOW, NOTHING, WAIVERS, main=True),
    _WAIVED,
    replace(_WAIVED, code="I-12.5.amount.currency"),
    D("I-12.5.without_rate", N_("Waivers without a reference rate"), U.COUNT,
      N_("Waivers on a day without a rate for their currency; they are in no sum of yuan."), FLOW, NOTHING, WAIVERS),
)  # fmt: skip
