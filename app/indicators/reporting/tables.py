"""The tables of a report, as data: which figures stand in which rows and columns.

Figures that are not there are left out, and come by themselves once their code is registered: a table of a chapter
takes every figure whose code begins with one of its prefixes.
"""

from dataclasses import dataclass

from app.core.i18n import N_
from app.indicators.figures.base import WHOLE, Cut

TOP = 20
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Column:
    """`code`: of the figure; `growth`: against the year before, instead of the figure itself."""

    title: str
    code: str
    cut: Cut = WHOLE
    growth: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the operator says of itself, and its licences."""


@dataclass(frozen=True, slots=True)
class OwnScores:
    """What the operator scores itself, chapter by chapter."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows of the period that have the same columns; "" where a row has no such figure. `growth` of its last code."""

    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Months:
    """A row for each month up to the last, twelve at most."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A row for each part of the first column's figure, such as a country, the largest first; `top`: so many."""

    cut: str
    columns: tuple[Column, ...]
    top: int = 0


@dataclass(frozen=True, slots=True)
class Chapter:
    """A row for each whole figure whose code begins with one of `prefixes`, save those of `without`."""

    prefixes: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllParts:
    """A row for each part of these figures, save the cuts of `without`, which have tables of their own."""

    prefixes: tuple[str, ...]
    without: tuple[str, ...] = ()


Layout = Facts | OwnScores | Lines | Months | Parts | Chapter | AllParts


@dataclass(frozen=True, slots=True)
class Table:
    """`mark`: its number, with a letter where it is an annex; `empty`: what is said where it has no rows."""

    mark: str
    title: str
    layout: Layout
    empty: str = N_("No figures of this are counted yet.")


OUTSIDE = N_("Nothing in this period.")
SUPPORT = ("I-04.waived", "I-12.5")
"""Fees that were waived, and terms that followed for nothing."""
GROWTH = ("I-03.4", "I-02.5", "I-05.5.usd")
"""The three series the ministry follows: visits from abroad, companies abroad, foreign trade turnover."""
EXCLUDED = ("I-05.1.linked", "I-05.2.linked", "I-03.1.programs", "I-05.without_rate")
_C = Column

_USERS = Lines(
    (
        *(N_("At the beginning"), N_("New"), N_("Removed"), N_("At the end"), N_("Of these abroad"), N_("Active")),
        N_("Growth against the year before"),
    ),
    (
        (N_("Companies"), ("I-02.1.opening", "I-02.3", "I-02.1.removed", "I-02.1", "I-02.5", "I-02.4", "I-02.1")),
        (N_("People"), ("I-02.2.opening", "I-02.2.new", "I-02.2.removed", "I-02.2", "", "", "I-02.2")),
    ),
)
_TRAFFIC = Months(
    (
        _C(N_("Page views"), "I-03.1"),
        _C(N_("Visitors a day"), "I-03.3"),
        _C(N_("Visits"), "I-03.2"),
        _C(N_("Visits from abroad"), "I-03.4"),
        _C(N_("Share of visits from abroad"), "I-03.4.share"),
        _C(N_("Share of visits from nobody knows where"), "I-03.4.unknown"),
        _C(N_("Page views by programs"), "I-03.1.programs"),
    )
)
_RENEWAL = (
    _C(N_("Terms that came due"), "I-04.due"),
    _C(N_("Void"), "I-04.voided"),
    _C(N_("Renewed early"), "I-04.early"),
    _C(N_("Renewed on time"), "I-04.on_time"),
    _C(N_("Renewed in the days of grace"), "I-04.grace"),
    _C(N_("Renewal rate"), "I-04"),
    _C(N_("Renewal rate, net"), "I-04.net"),
)
_TRADE = (
    _C(N_("Orders contracted"), "I-05.1"),
    _C(N_("Contracted, USD"), "I-05.2.usd"),
    _C(N_("Contracted, CNY"), "I-05.2.cny"),
    _C(N_("Paid, USD"), "I-05.3.amount.usd"),
    _C(N_("Orders completed"), "I-05.4"),
    _C(N_("Completed, USD"), "I-05.4.amount.usd"),
    _C(N_("Exports, USD"), "I-05.5.usd", ("direction", "export")),
    _C(N_("Imports, USD"), "I-05.5.usd", ("direction", "import")),
    _C(N_("Average order"), "I-05.6"),
    _C(N_("Median order"), "I-05.6.median"),
    _C(N_("Orders called off"), "I-05.7"),
    _C(N_("Dispute rate"), "I-05.8"),
)
_BY = (
    _C(N_("Orders contracted"), "I-05.1"),
    _C(N_("Contracted, USD"), "I-05.2.usd"),
    _C(N_("Contracted, CNY"), "I-05.2.cny"),
    _C(N_("Orders completed"), "I-05.4"),
    _C(N_("Completed, USD"), "I-05.4.amount.usd"),
    _C(N_("Growth against the year before"), "I-05.2.usd", growth=True),
)
_ABROAD = (
    _C(N_("Visits"), "I-03.2"),
    _C(N_("Visits from abroad"), "I-03.4"),
    _C(N_("Growth against the year before"), "I-03.2", growth=True),
)


def _top(code: str, title: str) -> Parts:
    """The countries with the most, and their growth."""
    return Parts("country", (_C(title, code), _C(N_("Growth against the year before"), code, growth=True)), TOP)


_OWN = ("country", "category", "chapter", "area")

TABLES: tuple[Table, ...] = (
    Table("0", N_("What is left out"), Chapter(EXCLUDED), OUTSIDE),
    Table("1", N_("The platform and its operator"), Facts(), N_("The operator has published nothing of itself yet.")),
    Table("1a", N_("Registered capital of the operator"), Chapter(("I-01",))),
    Table("2", N_("Registered users"), _USERS),
    Table("2a", N_("Registered users, all figures"), Chapter(("I-02",))),
    Table("2b", N_("Registered users, parts"), AllParts(("I-02",)), OUTSIDE),
    Table("3", N_("Traffic"), _TRAFFIC),
    Table("3a", N_("Traffic, all figures"), Chapter(("I-03",))),
    Table("3b", N_("Visits by country"), Parts("country", _ABROAD, TOP), OUTSIDE),
    Table("3c", N_("Traffic, parts"), AllParts(("I-03",), ("country",)), OUTSIDE),
    Table("4", N_("Renewal rate"), Months(_RENEWAL)),
    Table("4a", N_("Renewal rate by plan"), Parts("plan", _RENEWAL), OUTSIDE),
    Table("4b", N_("Renewal rate, all figures"), Chapter(("I-04",))),
    Table("4c", N_("Renewal rate, parts"), AllParts(("I-04",), ("plan",)), OUTSIDE),
    Table("5", N_("Transactions"), Months(_TRADE)),
    Table("5a", N_("Transactions, all figures"), Chapter(("I-05",))),
    Table("5b", N_("Transactions by country"), Parts("country", _BY), OUTSIDE),
    Table("5c", N_("Transactions by category"), Parts("category", _BY), OUTSIDE),
    Table("5d", N_("Transactions by HS chapter"), Parts("chapter", _BY), OUTSIDE),
    Table("5e", N_("Transactions by province"), Parts("area", _BY), OUTSIDE),
    Table("5f", N_("Transactions, other parts"), AllParts(("I-05",), _OWN), OUTSIDE),
    Table("6", N_("Protection of intellectual property"), Chapter(("I-06",))),
    Table("6a", N_("Protection of intellectual property, parts"), AllParts(("I-06",)), OUTSIDE),
    Table("7", N_("Quality and safety of products"), Chapter(("I-07",))),
    Table("7a", N_("Quality and safety of products, parts"), AllParts(("I-07",)), OUTSIDE),
    Table("8", N_("Verification of registered users"), Chapter(("I-08",))),
    Table("8a", N_("Verification of registered users, parts"), AllParts(("I-08",)), OUTSIDE),
    Table("9", N_("Complaint handling"), Chapter(("I-09",))),
    Table("9a", N_("Complaint handling, parts"), AllParts(("I-09",)), OUTSIDE),
    Table("10", N_("Lawful operation"), Chapter(("I-10",))),
    Table("10a", N_("Lawful operation, parts"), AllParts(("I-10",)), OUTSIDE),
    Table("11", N_("Quality improvement and brands"), Chapter(("I-11", "I-12"), SUPPORT)),
    Table("11a", N_("Quality improvement and brands, parts"), AllParts(("I-11", "I-12")), OUTSIDE),
    Table("12", N_("Fees waived and other support"), Chapter(SUPPORT)),
    Table("12a", N_("Fees waived and other support, parts"), AllParts(SUPPORT), OUTSIDE),
    Table("13", N_("Growth"), Chapter(GROWTH)),
    Table("13a", N_("Visits from abroad by country"), _top("I-03.4", N_("Visits from abroad")), OUTSIDE),
    Table("13b", N_("Companies abroad by country"), _top("I-02.5", N_("Companies abroad")), OUTSIDE),
    Table("13c", N_("Foreign trade turnover by country"), _top("I-05.5.usd", N_("Foreign trade turnover")), OUTSIDE),
    Table("14", N_("Self-assessment"), OwnScores(), N_("There is no self-assessment of this period.")),
)  # fmt: skip
CHARTS = (
    (N_("Registered companies"), "I-02.1"),
    (N_("Visits"), "I-03.2"),
    (N_("Turnover contracted, USD"), "I-05.2.usd"),
    (N_("Renewal rate"), "I-04"),
)
"""What is drawn, over the months."""
