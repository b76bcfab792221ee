"""Which figures are counted together, when they become final together, and from which sheets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from app.indicators.figures import (
    brands,
    complaints,
    improvement,
    lawful,
    members,
    operator,
    quality,
    registration,
    renewal,
    rights,
    trade,
    traffic,
    users,
)
from app.indicators.figures.base import Figure, Span
from app.indicators.figures.quality_rows import (
    Alert,
    Brand,
    Gathered,
    Guided,
    Inspection,
    Line,
    Lot,
    Offer,
    Visit,
    Waiver,
)
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
    """And complaints, whose rate is of the orders contracted: the rows of deals are many, and read once."""
    rows = list(sheets.rows(Complaint))
    made = trade.figures(sheets.rows(Deal), spans)
    return [
        figures + complaints.figures(rows, span, trade.contracted(figures))
        for span, figures in zip(spans, made, strict=True)
    ]


def _renewal(sheets: Sheets, spans: Sequence[Span], known: date) -> list[list[Figure]]:
    rows = list(sheets.rows(Due))
    return [renewal.figures(rows, span, known) for span in spans]


def _disputes(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    return trade.disputes(sheets.rows(Deal), spans)


def _completion(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    return trade.completion(sheets.rows(Deal), spans)


def _quality(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    offers, inspections = list(sheets.rows(Offer)), list(sheets.rows(Inspection))
    sold = quality.Sold(sheets.rows(Lot), spans)
    return [
        quality.figures(offers, inspections, sold, span) + improvement.figures(offers, inspections, sold, span)
        for span in spans
    ]


def _findings(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    findings, visits = list(sheets.rows(Alert)), list(sheets.rows(Visit))
    return [quality.recalls(findings, visits, span) for span in spans]


def _lines(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    traded = improvement.Traded(sheets.rows(Line), spans)
    return [improvement.unit_values(traded, span) + brands.own_share(traded, span) for span in spans]


def _guided(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    rows = list(sheets.rows(Guided))
    return [improvement.guided(rows, span) for span in spans]


def _brands(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    rows = list(sheets.rows(Brand))
    return [brands.holders(rows, span) for span in spans]


def _events(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    rows = list(sheets.rows(Gathered))
    return [brands.events(rows, span) for span in spans]


def _waivers(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    rows = list(sheets.rows(Waiver))
    return [brands.waivers(rows, span) for span in spans]


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
        Group((Complaint, Deal), _trade),
        Group((Offer, Inspection, Lot), _quality),
        Group((Alert, Visit), _findings),
        Group((Line,), _lines),
        Group((Guided,), _guided),
        Group((Brand,), _brands),
        Group((Gathered,), _events),
        Group((Waiver,), _waivers),
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


def count(counted: Sequence[Group], sheets: Sheets, spans: dict[str, Span], known: date) -> dict[str, list[Figure]]:
    """All figures of these groups: name of the span → figures, in a fixed order."""
    found: dict[str, list[Figure]] = {name: [] for name in spans}
    for group in counted:
        for name, figures in zip(spans, group.count(sheets, list(spans.values()), known), strict=True):
            found[name] += figures
    return {name: sorted(figures, key=lambda one: (one.code, one.cut)) for name, figures in found.items()}
