"""Which figures are counted together, when they become final together, and from which sheets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from app.indicators.figures import (
    complaints,
    lawful,
    members,
    operator,
    registration,
    renewal,
    rights,
    trade,
    traffic,
    users,
)
from app.indicators.figures.base import Figure, Span
from app.indicators.figures.rows import Act, Complaint, Day, Deal, Due, Enquiry, Party, Person, Seen
from app.indicators.figures.standing_rows import (
    Capital,
    Check,
    Counter,
    Demand,
    Finding,
    Incident,
    Institution,
    Item,
    Licence,
    Notice,
    Paid,
    Penalty,
    Proof,
    Report,
    Sanction,
    Scan,
    Stock,
    Strike,
)

Row = TypeVar("Row", bound=tuple[Any, ...])
FIGURES, RENEWAL, DISPUTES, COMPLETION = "figures", "renewal", "disputes", "completion"
STANDING = "standing"


class Sheets(Protocol):
    """Where rows come from: a file of sheets, or what was just gathered."""

    def rows(self, kind: type[Row]) -> Iterator[Row]: ...


Counting = Callable[[Sheets, Sequence[Span], date], list[list[Figure]]]


@dataclass(frozen=True, slots=True)
class Group:
    """`count` gives the figures of each span; its date is the day on which is counted."""

    sheets: tuple[type[tuple[Any, ...]], ...]
    count: Counting


def _users(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    parties, persons, acts = list(sheets.rows(Party)), list(sheets.rows(Person)), list(sheets.rows(Act))
    return [users.figures(parties, persons, acts, span) for span in spans]


def _traffic(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    days, seen, enquiries = list(sheets.rows(Day)), list(sheets.rows(Seen)), list(sheets.rows(Enquiry))
    return [traffic.figures(days, seen, enquiries, span) for span in spans]


def _trade(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    return trade.figures(sheets.rows(Deal), spans)


def _complaints(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    rows, contracted = list(sheets.rows(Complaint)), [0] * len(spans)
    for deal in sheets.rows(Deal):
        for number, span in enumerate(spans):
            contracted[number] += not deal.linked and span.holds(deal.contracted)
    return [complaints.figures(rows, span, orders) for span, orders in zip(spans, contracted, strict=True)]


def _renewal(sheets: Sheets, spans: Sequence[Span], known: date) -> list[list[Figure]]:
    rows = list(sheets.rows(Due))
    return [renewal.figures(rows, span, known) for span in spans]


def _disputes(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    return trade.disputes(sheets.rows(Deal), spans)


def _completion(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    return trade.completion(sheets.rows(Deal), spans)


def _registration(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    parties, proofs = list(sheets.rows(Party)), list(sheets.rows(Proof))
    return [registration.figures(parties, proofs, span) for span in spans]


def _measures(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    items, stock = list(sheets.rows(Item)), list(sheets.rows(Stock))
    return [rights.measures(items, stock, span) for span in spans]


def _notices(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    notices, items = list(sheets.rows(Notice)), list(sheets.rows(Item))
    return [rights.figures(notices, items, span) for span in spans]


def _repeated(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    parties, strikes = list(sheets.rows(Party)), list(sheets.rows(Strike))
    return [rights.repeated(parties, strikes, span) for span in spans]


def _sanctions(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    rows, parties, acts = list(sheets.rows(Sanction)), list(sheets.rows(Party)), list(sheets.rows(Act))
    return [lawful.sanctions(rows, parties, acts, span) for span in spans]


def _each(kind: type[Row], count_: Callable[[list[Row], Span], list[Figure]]) -> Group:
    """Figures of one sheet alone."""

    def counted(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
        rows = list(sheets.rows(kind))
        return [count_(rows, span) for span in spans]

    return Group((kind,), counted)


USERS = Group((Party, Person, Act), _users)
CLOSINGS: dict[str, tuple[Group, ...]] = {
    FIGURES: (
        USERS,
        Group((Day, Seen, Enquiry), _traffic),
        Group((Deal,), _trade),
        Group((Complaint, Deal), _complaints),
    ),
    RENEWAL: (Group((Due,), _renewal),),
    DISPUTES: (Group((Deal,), _disputes),),
    COMPLETION: (Group((Deal,), _completion),),
    STANDING: (
        _each(Paid, members.figures),
        Group((Party, Proof), _registration),
        _each(Check, registration.checks),
        Group((Item, Stock), _measures),
        Group((Notice, Item), _notices),
        _each(Counter, rights.counters),
        Group((Party, Strike), _repeated),
        _each(Scan, rights.scans),
        _each(Sanction, rights.sanctions),
        _each(Institution, rights.institutions),
        _each(Penalty, lawful.penalties),
        _each(Licence, lawful.licences),
        _each(Report, lawful.reports),
        _each(Demand, lawful.demands),
        _each(Incident, lawful.incidents),
        _each(Finding, lawful.findings),
        Group((Sanction, Party, Act), _sanctions),
        _each(Capital, operator.figures),
    ),
}


def sheets_of(closing: str) -> list[type[tuple[Any, ...]]]:
    """The sheets that a closing needs, each once."""
    return list(dict.fromkeys(kind for group in CLOSINGS[closing] for kind in group.sheets))


def count(closing: str, sheets: Sheets, spans: dict[str, Span], known: date) -> dict[str, list[Figure]]:
    """All figures of a closing: name of the span → figures, in a fixed order."""
    found: dict[str, list[Figure]] = {name: [] for name in spans}
    for group in CLOSINGS[closing]:
        for name, figures in zip(spans, group.count(sheets, list(spans.values()), known), strict=True):
            found[name] += figures
    return {name: sorted(figures, key=lambda one: (one.code, one.cut)) for name, figures in found.items()}
