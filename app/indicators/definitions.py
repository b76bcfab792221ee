"""What each figure means: one registry, of versions with the day from which each holds.

A figure is stored with the version by which it was counted. A definition is never changed: another version follows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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


class Chapter(StrEnum):
    """An indicator of the ministry's list; figures stand in its chapter in the order in which they are registered."""

    USERS = "I-02"
    TRAFFIC = "I-03"
    RENEWAL = "I-04"
    TRADE = "I-05"
    COMPLAINTS = "I-09"


CHAPTERS = {
    Chapter.USERS: N_("Registered users"),
    Chapter.TRAFFIC: N_("Traffic"),
    Chapter.RENEWAL: N_("Renewal rate"),
    Chapter.TRADE: N_("Transactions"),
    Chapter.COMPLAINTS: N_("Complaint handling"),
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
ORDERS = N_("Orders contracted")
RENEWED = N_("Terms renewed early, on time or within 30 days")
COUNTED = N_("Terms that came due, without void ones")
D, U = Definition, Unit

_USERS = (
    D("I-02.1", N_("Registered companies"), U.COUNT,
      N_("Companies with a confirmed address that have neither left nor been excluded."), AT_END, NOBODY, (PARTY,),
      main=True),
    D("I-02.1.opening", N_("Registered companies at the beginning"), U.COUNT,
      N_("The same at the beginning. With the new companies and without those removed it makes the end, to the unit."),
      AT_BEGIN, NOBODY, (PARTY,)),
    D("I-02.3", N_("New companies"), U.COUNT,
      N_("Companies that came to count in the period, also if they have left since."), FLOW, NOBODY, (PARTY,),
      main=True),
    D("I-02.1.removed", N_("Companies removed"), U.COUNT,
      N_("Companies that left or were excluded in the period."), FLOW, NOBODY, (PARTY,)),
    D("I-02.2", N_("Registered people"), U.COUNT,
      N_("Members of companies whose address is confirmed and who have not been removed."), AT_END, NOBODY, (PERSON,),
      main=True),
    D("I-02.2.opening", N_("Registered people at the beginning"), U.COUNT,
      N_("The same at the beginning."), AT_BEGIN, NOBODY, (PERSON,)),
    D("I-02.2.new", N_("New people"), U.COUNT,
      N_("People who came to count in the period, also if they have left since."), FLOW, NOBODY, (PERSON,)),
    D("I-02.2.removed", N_("People removed"), U.COUNT,
      N_("People who were removed from their company in the period."), FLOW, NOBODY, (PERSON,)),
    D("I-02.4", N_("Active companies"), U.COUNT,
      N_("Companies of which somebody asked, answered, listed, quoted, signed, paid, shipped, accepted or"
         " complained. To sign in or to look around is not enough."),
      N_("Once, however often; so months do not add up."), NOBODY, (PARTY, ACT), main=True),
    D("I-02.4.acts", N_("Active companies by what they did"), U.COUNT,
      N_("Companies that did a thing of this kind. One that did several counts in each."),
      N_("Once, however often; so months do not add up."), NOBODY, (PARTY, ACT)),
    D("I-02.5", N_("Companies abroad"), U.COUNT,
      N_("Of the registered companies, those outside the mainland: in Hong Kong, Macao and Taiwan, or overseas."),
      AT_END, NOBODY, (PARTY,), main=True),
    D("I-02.5.new", N_("New companies abroad"), U.COUNT,
      N_("Of the new companies, those outside the mainland."), FLOW, NOBODY, (PARTY,)),
    D("I-02.5.active", N_("Active companies abroad"), U.COUNT,
      N_("Of the active companies, those outside the mainland."),
      N_("Once, however often; so months do not add up."), NOBODY, (PARTY, ACT)),
)  # fmt: skip

_TRAFFIC = (
    D("I-03.1", N_("Page views"), U.COUNT,
      N_("Whole pages that were answered with 200 to a person."), FLOW, PROGRAMS, PEOPLE, main=True),
    D("I-03.1.programs", N_("Page views by programs"), U.COUNT,
      N_("Views of programs that say so, come from data centres without running a script, are faster than people, drive"
         " a browser, or follow the link that no person sees."), FLOW, NOTHING, PEOPLE),
    D("I-03.1.left_out", N_("Page views left out"), U.COUNT,
      N_("Views that do not count, by the first reason that applies."), FLOW, NOTHING, PEOPLE),
    D("I-03.2", N_("Visits"), U.COUNT,
      N_("A visitor's page views with less than 30 minutes between them; a link of another campaign begins another."),
      DAYS, PROGRAMS, PEOPLE, main=True),
    D("I-03.3", N_("Visitors a day"), U.NUMBER,
      N_("Different visitors of a day, on average. Who is not signed in is known within a day alone, so that nobody is"
         " followed; visitors of longer spans are known to nobody."),
      DAYS, PROGRAMS, PEOPLE, N_("Visitors of each day, added up"), N_("Days")),
    D("I-03.3.members", N_("Members who visited"), U.COUNT,
      N_("Different people who were there, signed in."), N_("Once, however often; so months do not add up."), NOBODY,
      MEMBERS),
    D("I-03.4", N_("Visits from abroad"), U.COUNT,
      N_("Visits from networks outside the mainland: in Hong Kong, Macao and Taiwan, or overseas."), DAYS, PROGRAMS,
      PEOPLE, main=True),
    D("I-03.4.share", N_("Share of visits from abroad"), U.PERCENT,
      N_("Of the visits whose country is known, those from abroad."), DAYS, PROGRAMS, PEOPLE,
      N_("Visits from abroad"), N_("Visits whose country is known")),
    D("I-03.4.unknown", N_("Share of visits from nobody knows where"), U.PERCENT,
      N_("Visits from addresses that are registered in no country. It should be below one in twenty."), DAYS,
      PROGRAMS, PEOPLE,
      N_("Visits whose country is unknown"), N_("Visits")),
    D("I-03.5", N_("Pages a visit"), U.NUMBER,
      N_("Page views divided by visits."), DAYS, PROGRAMS, PEOPLE, N_("Page views"), N_("Visits")),
    D("I-03.5.seconds", N_("Time a visit"), U.SECONDS,
      N_("From the first page to the last, on average over visits with more than one page."), DAYS, PROGRAMS, PEOPLE,
      N_("Seconds"), N_("Visits with more than one page")),
    D("I-03.5.bounce", N_("Visits of one page"), U.PERCENT,
      N_("Of all visits, those with one page alone."), DAYS, PROGRAMS, PEOPLE, N_("Visits of one page"), N_("Visits")),
    D("I-03.6", N_("Visits by how they came"), U.COUNT,
      N_("Directly, from search engines, other sites, paid links, mail, or fairs and print."), DAYS, PROGRAMS, PEOPLE),
    D("I-03.6.referrers", N_("Visits by the site they came from"), U.COUNT,
      N_("Visits that came from another site, by its name."), DAYS, PROGRAMS, PEOPLE),
    D("I-03.7.inquiries", N_("Inquiries"), U.COUNT,
      N_("Inquiries that buyers sent, by the buyer's country."), FLOW, NOBODY, INQUIRIES, main=True),
    D("I-03.7", N_("Inquiries for each hundred visits"), U.PERCENT,
      N_("Inquiries divided by visits. Which visit led to which inquiry is not recorded."), FLOW, PROGRAMS,
      (*PEOPLE, *INQUIRIES), N_("Inquiries"), N_("Visits")),
    D("I-03.7.contracts", N_("Inquiries that led to a contract"), U.PERCENT,
      N_("Of the inquiries of the period, those of which a contract came until this was counted."),
      OPENED, NOBODY, INQUIRIES, N_("Inquiries with a contract"), N_("Inquiries")),
)  # fmt: skip


def _term(code: str, name: str, formula: str) -> Definition:
    return D(f"I-04.{code}", name, U.COUNT, formula, DUE, NOTHING, TERMS)


_RENEWAL = tuple(replace(one, closing=groups.RENEWAL) for one in (
    D("I-04", N_("Renewal rate"), U.PERCENT,
      N_("Of the paid terms of twelve months and more that came due, those followed by a paid term that begins within"
         " 30 days."), DUE, VOID, TERMS, RENEWED, COUNTED, main=True),
    D("I-04.net", N_("Renewal rate, net"), U.PERCENT,
      N_("The same without the terms that the platform ended by a sanction and that were not renewed."),
      DUE, VOID, TERMS, RENEWED, N_("Terms that came due, without void and sanctioned ones"), main=True),
    D("I-04.revenue", N_("Renewal rate by fees"), U.PERCENT,
      N_("What the renewed terms cost for twelve months at list price, of what all cost; in each currency."),
      DUE, VOID, TERMS, N_("Annual fees of renewed terms"), N_("Annual fees of all that count")),
    D("I-04.matured", N_("Renewal rate of what is matured"), U.PERCENT,
      N_("The renewal rate of the terms whose 30 days were over when this was counted."),
      DUE, VOID, TERMS, RENEWED, COUNTED),
    _term("due", N_("Terms that came due"), N_("Paid terms that came to their last day.")),
    _term("early", N_("Renewed early"), N_("Terms whose next was paid more than 30 days before the last day.")),
    _term("on_time", N_("Renewed on time"), N_("Terms whose next was paid in the last 30 days.")),
    _term("grace", N_("Renewed in the days of grace"), N_("Terms whose next was paid within 30 days after the end.")),
    _term("win_back", N_("Won back"), N_("Terms followed by a paid one after more than 30 days; no renewal.")),
    _term("waived", N_("Followed by a term that was waived"), N_("The next term cost nothing; no renewal.")),
    _term("none", N_("Not renewed"), N_("Terms that nothing followed.")),
    _term("voided", N_("Void"), N_("Terms that do not count, such as after a full refund.")),
    _term("sanctioned", N_("Ended by a sanction"), N_("Terms that the platform ended and that were not renewed.")),
    _term("upgraded", N_("Renewed to a larger plan"), N_("Renewed terms whose next has a larger plan.")),
    _term("downgraded", N_("Renewed to a smaller plan"), N_("Renewed terms whose next has a smaller plan.")),
))  # fmt: skip


def _amounts(
    code: str, name: str, formula: str, left_out: str = LINKED, *, main: bool = False
) -> tuple[Definition, ...]:
    """In their own currencies, which do not add up, and in dollars and yuan by the rate of the contract's day."""
    one = D(f"{code}.usd", name, U.MONEY, formula, FLOW, left_out, DEALS, main=main)
    return (one, replace(one, code=f"{code}.cny", main=False), replace(one, code=f"{code}.currency", main=False))


_TRADE = (
    D("I-05.1", ORDERS, U.COUNT, N_("Orders whose contract came into force."), FLOW, LINKED, DEALS, main=True),
    D("I-05.1.linked", N_("Orders left out as one hand's"), U.COUNT,
      N_("Orders between companies that are confirmed to be one hand's."), FLOW, NOTHING, DEALS),
    *_amounts("I-05.2", N_("Turnover contracted"),
              N_("The totals of contracts that came into force, in each currency and by that day's reference rate."),
              main=True),
    *_amounts("I-05.2.linked", N_("Turnover left out as one hand's"),
              N_("The totals of orders between companies that are confirmed to be one hand's."), NOTHING),
    D("I-05.3", N_("Orders paid"), U.COUNT, N_("Orders of which the first money was received."), FLOW, LINKED, DEALS),
    *_amounts("I-05.3.amount", N_("Turnover of orders paid"), N_("The totals of orders paid.")),
    D("I-05.4", N_("Orders completed"), U.COUNT,
      N_("Orders whose goods were accepted, expressly or by silence past the window."), FLOW, LINKED, DEALS, main=True),
    *_amounts("I-05.4.amount", N_("Turnover of orders completed"), N_("The totals of orders completed.")),
    D("I-05.4.rate", N_("Completion rate"), U.PERCENT,
      N_("Of the orders contracted in the period, those completed within 180 days."), COHORT, LINKED, DEALS,
      N_("Orders completed within 180 days"), ORDERS, closing=groups.COMPLETION),
    *_amounts("I-05.5", N_("Foreign trade turnover"),
              N_("Turnover contracted where one side is in the mainland and the other is not: exports and imports."),
              main=True),
    D("I-05.6", N_("Average order"), U.MONEY, N_("Turnover contracted in dollars, divided by its orders."), FLOW,
      LINKED, DEALS, N_("Turnover in dollars"), ORDERS),
    D("I-05.6.median", N_("Median order"), U.MONEY,
      N_("Half of the orders are larger, half are smaller; in dollars."), FLOW, LINKED, DEALS),
    D("I-05.7", N_("Orders called off"), U.COUNT,
      N_("Orders that ended after the contract without being completed: cancelled, ended by agreement, or refunded."),
      FLOW, LINKED, DEALS),
    *_amounts("I-05.7.amount", N_("Turnover of orders called off"), N_("The totals of orders called off.")),
    D("I-05.8", N_("Dispute rate"), U.PERCENT,
      N_("Of the orders contracted in the period, those with a dispute until 90 days after they were over."),
      COHORT, LINKED, DEALS, N_("Orders with at least one dispute"), ORDERS, main=True, closing=groups.DISPUTES),
    D("I-05.8.amount", N_("Dispute rate by turnover"), U.PERCENT,
      N_("The same by the orders' totals in dollars."), COHORT, LINKED, DEALS,
      N_("Turnover of orders with a dispute"), N_("Turnover contracted"), closing=groups.DISPUTES),
    D("I-05.8.rulings", N_("Disputes by outcome"), U.COUNT,
      N_("Orders with a dispute, by who got the money that was held, or how it ended."), COHORT, LINKED, DEALS,
      closing=groups.DISPUTES),
    D("I-05.9", N_("Buyers who came again"), U.PERCENT,
      N_("Of the buyers with an order contracted, those with two or more. The figure of twelve months is meant."),
      FLOW, LINKED, DEALS, N_("Buyers with two orders and more"), N_("Buyers with an order")),
    D("I-05.10", N_("Share of the ten largest sellers"), U.PERCENT,
      N_("Of the turnover contracted in dollars, what the ten largest sellers have."), FLOW, LINKED, DEALS,
      N_("Turnover of the ten largest"), N_("Turnover contracted")),
    D("I-05.10.hhi", N_("Concentration of sellers"), U.NUMBER,
      N_("Herfindahl-Hirschman index: the sum of the squares of all sellers' shares, from 0 to 10,000."), FLOW, LINKED,
      DEALS, N_("Sum of squared turnovers, times 10,000"), N_("Square of all turnover")),
    D("I-05.without_rate", N_("Orders without a reference rate"), U.COUNT,
      N_("Orders contracted on a day without a rate for their currency; they are in no sum of dollars or yuan."),
      FLOW, LINKED, DEALS),
)  # fmt: skip

_COMPLAINTS = (
    D("I-09.1", N_("Complaints received"), U.COUNT,
      N_("Complaints and disputes that came in."), FLOW, REPORTS, CASES, main=True),
    D("I-09.1.rate", N_("Complaints for each thousand orders"), U.NUMBER,
      N_("Complaints received, times a thousand, divided by orders contracted."), FLOW, REPORTS, (*CASES, *DEALS),
      N_("Complaints received, times 1,000"), ORDERS),
    D("I-09.2", N_("Complaints taken up"), U.PERCENT,
      N_("Of the complaints that came in, those that were taken up by the end of the period."), FLOW, REPORTS, CASES,
      N_("Complaints taken up"), N_("Complaints received")),
    D("I-09.2.on_time", N_("Said in time whether taken up"), U.PERCENT,
      N_("Of the complaints of which it had to be said, those of which it was said within two working days."),
      ASKED, REPORTS, CASES, N_("Complaints said in time"), N_("Complaints that were due")),
    D("I-09.3", N_("First answer in time"), U.PERCENT,
      N_("Of the complaints that had to be answered, those a person answered within one working day."), ASKED, REPORTS,
      CASES, N_("Complaints answered in time"), N_("Complaints that were due")),
    D("I-09.4", N_("Complaints closed in time"), U.PERCENT,
      N_("Of the complaints that were to be closed in the period, those that were: within 15 working days, complex ones"
         " within 30 days; the clock stands still while the complainant is waited for."), ASKED, REPORTS, CASES,
      N_("Complaints closed in time"), N_("Complaints that were due"), main=True),
    D("I-09.5", N_("Hours to the decision, median"), U.HOURS,
      N_("From receipt to the decision, settlement or withdrawal: half took less, half took more."), OVER, REPORTS,
      CASES),
    D("I-09.5.p90", N_("Hours to the decision, nine of ten"), U.HOURS,
      N_("So long at most took nine of ten."), OVER, REPORTS, CASES),
    D("I-09.5.backlog", N_("Complaints open"), U.COUNT,
      N_("Complaints that came in and are not over, by their age in days."), AT_END, REPORTS, CASES),
    D("I-09.6", N_("Satisfied complainants"), U.PERCENT,
      N_("Of those who rated how their complaint was handled, those who gave four or five of five."), OVER, REPORTS,
      CASES, N_("Ratings of four and five"), N_("Ratings")),
    D("I-09.6.response", N_("Complainants who rated"), U.PERCENT,
      N_("Of the complaints that are over, those that the complainant rated."), OVER, REPORTS, CASES, N_("Ratings"),
      N_("Complaints that are over")),
    D("I-09.7", N_("Complaints upheld"), U.PERCENT,
      N_("Of the complaints that were ruled on, those decided for the complainant in whole or in part."), OVER, REPORTS,
      CASES, N_("Complaints upheld"), N_("Complaints ruled on")),
    D("I-09.7.reopened", N_("Complaints reopened"), U.PERCENT,
      N_("Of the complaints that are over, those that another person looked at again."), OVER, REPORTS, CASES,
      N_("Complaints reopened"), N_("Complaints that are over")),
    D("I-09.8", N_("Reports received"), U.COUNT, N_("Reports of people without an account."), FLOW, NOTHING, CASES),
    D("I-09.8.handled", N_("Reports handled"), U.COUNT,
      N_("Reports that were decided in the period."), OVER, NOTHING, CASES),
    D("I-09.8.anonymous", N_("Anonymous reports"), U.PERCENT,
      N_("Of the reports that came in, those without any address to write to."), FLOW, NOTHING, CASES,
      N_("Anonymous reports"), N_("Reports received")),
)  # fmt: skip
DEFINITIONS: tuple[Definition, ...] = (*_USERS, *_TRAFFIC, *_RENEWAL, *_TRADE, *_COMPLAINTS)


def on(day: date) -> dict[str, Definition]:
    """The definitions in force on a day, by code, in their order."""
    return latest(one for one in DEFINITIONS if one.since <= day)


def latest(definitions: Iterable[Definition]) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for one in definitions:
        if one.code not in found or (found[one.code].since, found[one.code].version) <= (one.since, one.version):
            found[one.code] = one
    return found
