"""I-07 Quality and safety of goods, and the measures whose change within a year is I-11.

Orders between companies that are confirmed to be one hand's are left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar

from app.indicators.figures.base import (
    CENT,
    EXACT,
    WHOLE,
    Counts,
    Figure,
    Span,
    count,
    mean,
    median,
    months_before,
    share,
    sum_of,
)
from app.indicators.figures.quality_rows import Alert, Inspection, Lot, Offer, Visit

COVERED, PASSED, INSPECTED = "I-07.1", "I-07.2", "I-07.2.inspected"
COMPLAINED, RETURNED = "I-07.3", "I-07.3.returned"
FOUND, HOURS, STANDING = "I-07.4", "I-07.4.hours", "I-07.4.standing"
TRACED, GRADED, UNGRADED = "I-07.5", "I-07.6", "I-07.6.ungraded"
VISITS, VISITED, REMEDIED = "I-07.7", "I-07.7.done", "I-07.7.remedied"
LEAST_EVENTS = 3
RECALL, VISIT = "recall", "visit"
Row = TypeVar("Row", Offer, Inspection, Lot)
Part = tuple[Decimal, Decimal]
"""Of what, divided by of how much."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much certificate, inspections and orders weigh in a listing's grade, from a day on; published with I-07.6."""

    since: date
    certificate: int
    inspections: int
    orders: int


WEIGHTS = (Weights(date(2020, 1, 1), certificate=40, inspections=30, orders=30),)
GRADES = ((Decimal(90), "A"), (Decimal(75), "B"), (Decimal(60), "C"))
"""From how many points of 100 on a listing has a grade; below the last it has the lowest."""
LOWEST = "D"
LOOKED_BACK = 12
"""Months whose inspections and orders make a grade, up to the span's end."""


def figures(
    offers: Sequence[Offer], inspections: Sequence[Inspection], lots: Sequence[Lot], span: Span
) -> list[Figure]:
    """Of what was online at the end, and inspected, completed or returned in the span."""
    return [
        *_by_category(COVERED, offers, span, covered),
        *_by_category(PASSED, inspections, span, passed),
        count(INSPECTED, int(passed(inspections, span)[1])),
        _thousand(complained(lots, span)),
        *_by_category(RETURNED, lots, span, returned),
        *_by_category(TRACED, lots, span, traced),
        *_grades(offers, inspections, lots, span),
    ]


def covered(offers: Iterable[Offer], span: Span) -> Part:
    """Listings online at the end whose category asked for a certificate by then, and those of them that had it."""
    asked = [one for one in offers if online(one, span) and one.asked is not None and one.asked <= span.last]
    return Decimal(sum(_valid(one, span.last) for one in asked)), Decimal(len(asked))


def passed(inspections: Iterable[Inspection], span: Span) -> Part:
    some = [one.passed for one in inspections if span.first <= one.day <= span.last]
    return Decimal(sum(some)), Decimal(len(some))


def complained(lots: Iterable[Lot], span: Span) -> Part:
    """Orders whose goods were first complained of in the span; orders completed in it."""
    rows = [one for one in lots if not one.linked]
    return Decimal(sum(span.holds(one.complained) for one in rows)), Decimal(
        sum(span.holds(one.completed) for one in rows)
    )


def returned(lots: Iterable[Lot], span: Span) -> Part:
    """Dollars that went back to buyers, of orders that were shipped and ended in the span; what those came to."""
    over = [one for one in lots if not one.linked and one.shipped and span.holds(one.ended) and one.amount is not None]
    return sum_of(one.returned for one in over), sum_of(one.amount for one in over if one.amount is not None)


def traced(lots: Iterable[Lot], span: Span) -> Part:
    """Orders completed in the span that can be followed from their making to the buyer."""
    done = [one for one in lots if not one.linked and span.holds(one.completed)]
    return Decimal(sum(one.batch and one.events >= LEAST_EVENTS for one in done)), Decimal(len(done))


def tested(lots: Iterable[Lot], span: Span) -> Part:
    """Dollars contracted in the span for goods that a third party has found to conform; all that was contracted."""
    made = [one for one in lots if not one.linked and span.holds(one.contracted)]
    return (
        sum_of(one.amount for one in made if one.amount is not None and one.tested),
        sum_of(one.amount for one in made if one.amount is not None),
    )


def online(offer: Offer, span: Span) -> bool:
    """At the span's end."""
    return offer.since < span.end and (offer.until is None or offer.until >= span.end)


def _valid(offer: Offer, day: date) -> bool:
    return offer.certified and (offer.valid_until is None or offer.valid_until >= day)


def _thousand(part: Part) -> Figure:
    return mean(COMPLAINED, part[0] * 1000, part[1])


def _by_category(
    code: str, rows: Sequence[Row], span: Span, measure: Callable[[Sequence[Row], Span], Part]
) -> list[Figure]:
    """The whole, and each category in which there is something to divide by."""
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[row.category or "other"].append(row)
    found = [share(code, *measure(rows, span))]
    for name, some in sorted(parts.items()):
        part = measure(some, span)
        if part[1]:
            found.append(share(code, *part, ("category", name)))
    return found


def _grades(
    offers: Sequence[Offer], inspections: Iterable[Inspection], lots: Iterable[Lot], span: Span
) -> list[Figure]:
    year = Span(months_before(span.last, LOOKED_BACK), span.last, span.zone)
    inspected: dict[str, list[Inspection]] = defaultdict(list)
    sold: dict[str, list[Lot]] = defaultdict(list)
    for one in inspections:
        inspected[one.listing].append(one)
    for lot in lots:
        sold[lot.listing].append(lot)
    counts = Counts()
    counts.at_least((GRADED, UNGRADED))
    for offer in offers:
        if online(offer, span):
            points = score(offer, inspected[offer.listing], sold[offer.listing], year)
            if points is None:
                counts.add(UNGRADED, ())
            else:
                counts.add(GRADED, [("grade", grade(points))])
    return list(counts.figures())


def score(offer: Offer, inspections: Iterable[Inspection], lots: Iterable[Lot], year: Span) -> Decimal | None:
    """Points from 0 to 100 by what is known of a listing at the end of a year; None while nothing is."""
    weights = max((one for one in WEIGHTS if one.since <= year.last), key=lambda one: one.since)
    sold = [one for one in lots if not one.linked and year.holds(one.completed)]
    good = sum(one.complained is None or one.complained >= year.end for one in sold)
    known = [
        (weights.inspections, *passed(inspections, year)),
        (weights.orders, Decimal(good), Decimal(len(sold))),
    ]
    if offer.asked is not None and offer.asked <= year.last:
        known.append((weights.certificate, Decimal(_valid(offer, year.last)), Decimal(1)))
    told = [(weight, EXACT.divide(part, whole)) for weight, part, whole in known if whole]
    total = sum(weight for weight, _part in told)
    return (
        EXACT.divide(
            EXACT.multiply(sum_of(EXACT.multiply(Decimal(weight), part) for weight, part in told), Decimal(100)),
            Decimal(total),
        )
        if total
        else None
    )


def grade(points: Decimal) -> str:
    return next((name for least, name in GRADES if points >= least), LOWEST)


def recalls(findings: Iterable[Alert], visits: Iterable[Visit], span: Span) -> list[Figure]:
    """What recalls and authorities' inspections found, and how it was settled."""
    rows, planned = list(findings), [one for one in visits if span.first <= one.planned <= span.last]
    listings = [one for one in rows if one.kind == RECALL]
    objections = [one for one in rows if one.kind == VISIT and span.holds(one.found)]
    counts = Counts()
    counts.at_least((FOUND, STANDING, VISITS))
    for one in listings:
        if span.holds(one.found):
            counts.add(FOUND, [("source", one.source)])
        if one.found < span.end and (one.settled is None or one.settled >= span.end):
            counts.add(STANDING, ())
    counts.add(VISITS, (), len(planned))
    took = [one.settled - one.found for one in listings if one.settled is not None and span.holds(one.settled)]
    return [
        *counts.figures(),
        Figure(HOURS, WHOLE, _median_hours(took)),
        share(VISITED, sum(one.done is not None for one in planned), len(planned)),
        share(REMEDIED, sum(one.settled is not None for one in objections), len(objections)),
    ]


def _median_hours(took: Iterable[timedelta]) -> Decimal | None:
    middle = median(EXACT.divide(Decimal(time // timedelta(seconds=1)), Decimal(3600)) for time in took)
    return None if middle is None else middle.quantize(CENT, ROUND_HALF_EVEN)
