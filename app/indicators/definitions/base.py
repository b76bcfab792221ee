"""What a definition says, and what several of them say alike."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.i18n import N_
from app.indicators.figures import groups


class Unit(StrEnum):
    COUNT = "count"
    PERCENT = "percent"
    MONEY = "money"
    HOURS = "hours"
    SECONDS = "seconds"
    NUMBER = "number"
    WAN = "wan"


class Chapter(StrEnum):
    """An indicator of the ministry's list; figures stand in its chapter in the order in which they are registered."""

    OPERATOR = "I-01"
    USERS = "I-02"
    TRAFFIC = "I-03"
    RENEWAL = "I-04"
    TRADE = "I-05"
    RIGHTS = "I-06"
    REGISTRATION = "I-08"
    COMPLAINTS = "I-09"
    LAWFUL = "I-10"


CHAPTERS = {
    Chapter.OPERATOR: N_("Registered capital"),
    Chapter.USERS: N_("Registered users"),
    Chapter.TRAFFIC: N_("Traffic"),
    Chapter.RENEWAL: N_("Renewal rate"),
    Chapter.TRADE: N_("Transactions"),
    Chapter.RIGHTS: N_("Protection of intellectual property"),
    Chapter.REGISTRATION: N_("Registration verification"),
    Chapter.COMPLAINTS: N_("Complaint handling"),
    Chapter.LAWFUL: N_("Lawful operation"),
}


@dataclass(frozen=True, slots=True)
class Definition:
    """Texts are English, and messages of the catalogue.

    formula      how it is counted, in words; numerator and denominator where it is a share or a mean
    period       what of the period counts
    left_out     what does not
    closing      with what it becomes final (app.indicators.figures.groups)
    sheets       what it is counted from (app.indicators.figures.rows)
    main         stands in the overview; the others stand on the page of their chapter
    """

    code: str
    name: str
    unit: Unit
    formula: str
    period: str
    left_out: str
    sheets: tuple[str, ...]
    numerator: str = ""
    denominator: str = ""
    main: bool = False
    closing: str = groups.FIGURES
    version: int = 1
    since: date = date(2020, 1, 1)

    @property
    def chapter(self) -> Chapter:
        return Chapter(self.code[:4])


AT_END = N_("At the end of the last day.")
AT_BEGIN = N_("At the beginning of the first day.")
FLOW = N_("From the first moment of the first day to the last moment of the last day.")
COHORT = N_("Orders contracted in the period, by what became of them until this was counted.")
DUE = N_("Terms whose last day lies in the period; of each company the last one that is not void.")
DAYS = N_("A visit counts on the day on which it began, whole, also past midnight.")
OPENED = N_("What came in during the period, by what became of it until this was counted.")
ASKED = N_("What was to be done in the period.")
OVER = N_("What was decided, settled or withdrawn in the period.")
NOBODY = N_("The platform itself and its staff.")
LINKED = N_("Orders between companies that are confirmed to be one hand's; they are counted apart.")
NOTHING = N_("Nothing.")
PROGRAMS = N_("Programs, staff of the platform, and the same page again within a second; all are counted apart.")
VOID = N_("Terms that became void, such as by a full refund.")
REPORTS = N_("Reports of people without an account, which stand apart.")
PARTY, PERSON, ACT = "party", "person", "act"
PEOPLE, MEMBERS, INQUIRIES = ("day",), ("seen",), ("enquiry",)
TERMS, DEALS, CASES = ("due",), ("deal",), ("complaint",)
PROOF, CHECKS = "proof", ("check",)
ORDERS = N_("Orders contracted")
RENEWED = N_("Terms renewed early, on time or within 30 days")
COUNTED = N_("Terms that came due, without void ones")


D, U = Definition, Unit
"""As the tables of definitions write them."""
