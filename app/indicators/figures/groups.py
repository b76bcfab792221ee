"""Which figures are counted together, when they become final together, and from which sheets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from app.indicators.figures import brands, complaints, improvement, quality, renewal, trade, traffic, users
from app.indicators.figures.base import Figure, Span
from app.indicators.figures.quality_rows import (
    Brand,
    Finding,
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

Row = TypeVar("Row", bound=tuple[Any, ...])
FIGURES, RENEWAL, DISPUTES, COMPLETION = "figures", "renewal", "disputes", "completion"


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


def _quality(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    offers, inspections, lots = list(sheets.rows(Offer)), list(sheets.rows(Inspection)), list(sheets.rows(Lot))
    return [
        quality.figures(offers, inspections, lots, span) + improvement.figures(offers, inspections, lots, span)
        for span in spans
    ]


def _findings(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    findings, visits = list(sheets.rows(Finding)), list(sheets.rows(Visit))
    return [quality.recalls(findings, visits, span) for span in spans]


def _lines(sheets: Sheets, spans: Sequence[Span], _known: date) -> list[list[Figure]]:
    rows = list(sheets.rows(Line))
    return [improvement.unit_values(rows, span) + brands.own_share(rows, span) for span in spans]


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


USERS = Group((Party, Person, Act), _users)
CLOSINGS: dict[str, tuple[Group, ...]] = {
    FIGURES: (
        USERS,
        Group((Day, Seen, Enquiry), _traffic),
        Group((Deal,), _trade),
        Group((Complaint, Deal), _complaints),
        Group((Offer, Inspection, Lot), _quality),
        Group((Finding, Visit), _findings),
        Group((Line,), _lines),
        Group((Guided,), _guided),
        Group((Brand,), _brands),
        Group((Gathered,), _events),
        Group((Waiver,), _waivers),
    ),
    RENEWAL: (Group((Due,), _renewal),),
    DISPUTES: (Group((Deal,), _disputes),),
    COMPLETION: (Group((Deal,), _completion),),
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
