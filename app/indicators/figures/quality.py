"""I-07 Quality and safety of goods, and the measures whose change within a year is I-11.

Orders between companies that are confirmed to be one hand's are left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
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
TESTED = "tested"  # a measure of I-11.5 alone
VISITS, VISITED, REMEDIED = "I-07.7", "I-07.7.done", "I-07.7.remedied"
LEAST_EVENTS = 3
RECALL, VISIT = "recall", "visit"
Row = TypeVar("Row", Offer, Inspection)
Part = tuple[Decimal, Decimal]
"""Of what, divided by of how much."""
ZERO, ONE = Decimal(0), Decimal(1)
NOTHING = (ZERO, ZERO)


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


def covered(offers: Iterable[Offer], span: Span) -> Part:
    """Listings online at the end whose category asked for a certificate by then, and those of them that had it."""
    asked = [one for one in offers if online(one, span) and one.asked is not None and one.asked <= span.last]
    return Decimal(sum(_valid(one, span.last) for one in asked)), Decimal(len(asked))


def passed(inspections: Iterable[Inspection], span: Span) -> Part:
    some = [one.passed for one in inspections if span.first <= one.day <= span.last]
    return Decimal(sum(some)), Decimal(len(some))


class Sold:
    """What came of orders, added up for spans and the same spans a year before as their lots are read: lots are the
    most rows there are, and none is kept. Lots between companies of one hand are left out.

    For each measure, in all and by category, what of how much:

    COMPLAINED  orders whose goods were first complained of in the span; orders completed in it
    RETURNED    dollars that went back to buyers, of orders that were shipped and ended in the span; what those came to
    TRACED      orders completed in the span that can be followed from their making to the buyer; all completed in it
    TESTED      dollars contracted in the span for goods that a third party has found to conform; all contracted in it
    """

    def __init__(self, lots: Iterable[Lot], spans: Iterable[Span]) -> None:
        asked = list(spans)
        self._parts: dict[Span, dict[tuple[str, str], Part]] = {}
        for span in asked:
            self._parts[span], self._parts[span.year_before] = {}, {}
        self._listings: dict[Span, dict[str, list[int]]] = {year_to(span.last, span.zone): {} for span in asked}
        for lot in lots:
            if not lot.linked:
                self._add(lot)

    def _add(self, lot: Lot) -> None:
        for span, parts in self._parts.items():
            for code, part, whole in _said_of(lot, span):
                for name in ("", lot.category or "other"):
                    before = parts.get((code, name), NOTHING)
                    parts[code, name] = EXACT.add(before[0], part), EXACT.add(before[1], whole)
        for year, listings in self._listings.items():
            if year.holds(lot.completed):
                known = listings.setdefault(lot.listing, [0, 0])
                known[0] += lot.complained is None or lot.complained >= year.end
                known[1] += 1

    def part(self, code: str, span: Span) -> Part:
        """Of all; `span` is one of those that were named, or its year before."""
        return self._parts[span].get((code, ""), NOTHING)

    def categories(self, code: str, span: Span) -> list[tuple[str, Part]]:
        """By name, those in which there is something to divide by."""
        found = sorted((name, part) for (known, name), part in self._parts[span].items() if known == code and name)
        return [(name, part) for name, part in found if part[1]]

    def of_listing(self, listing: str, year: Span) -> Part:
        """Its orders completed in the twelve months to a span's end, and those of them that nobody complained of by
        then."""
        good, whole = self._listings[year].get(listing, (0, 0))
        return Decimal(good), Decimal(whole)


def _said_of(lot: Lot, span: Span) -> Iterator[tuple[str, Decimal, Decimal]]:
    """What a lot adds to the measures of a span."""
    if span.holds(lot.completed):
        yield COMPLAINED, ZERO, ONE
        yield TRACED, Decimal(lot.batch and lot.events >= LEAST_EVENTS), ONE
    if span.holds(lot.complained):
        yield COMPLAINED, ONE, ZERO
    if lot.amount is not None:
        if lot.shipped and span.holds(lot.ended):
            yield RETURNED, lot.returned, lot.amount
        if span.holds(lot.contracted):
            yield TESTED, lot.amount if lot.tested else ZERO, lot.amount


@lru_cache(maxsize=1000)
def year_to(last: date, zone: str) -> Span:
    """Whose inspections and orders make a grade."""
    return Span(months_before(last, LOOKED_BACK), last, zone)


def figures(offers: Sequence[Offer], inspections: Sequence[Inspection], sold: Sold, span: Span) -> list[Figure]:
    """Of what was online at the end, and inspected, completed or returned in the span."""
    return [
        *_by_category(COVERED, offers, span, covered),
        *_by_category(PASSED, inspections, span, passed),
        count(INSPECTED, int(passed(inspections, span)[1])),
        _thousand(sold.part(COMPLAINED, span)),
        *_of_sold(RETURNED, sold, span),
        *_of_sold(TRACED, sold, span),
        *_grades(offers, inspections, sold, span),
    ]


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


def _of_sold(code: str, sold: Sold, span: Span) -> list[Figure]:
    parts = [share(code, *part, ("category", name)) for name, part in sold.categories(code, span)]
    return [share(code, *sold.part(code, span)), *parts]


def _grades(offers: Sequence[Offer], inspections: Iterable[Inspection], sold: Sold, span: Span) -> list[Figure]:
    year = year_to(span.last, span.zone)
    inspected: dict[str, list[Inspection]] = defaultdict(list)
    for one in inspections:
        inspected[one.listing].append(one)
    counts = Counts()
    counts.at_least((GRADED, UNGRADED))
    for offer in offers:
        if online(offer, span):
            points = score(offer, inspected[offer.listing], sold.of_listing(offer.listing, year), year)
            if points is None:
                counts.add(UNGRADED, ())
            else:
                counts.add(GRADED, [("grade", grade(points))])
    return list(counts.figures())


def score(offer: Offer, inspections: Iterable[Inspection], sold: Part, year: Span) -> Decimal | None:
    """Points from 0 to 100 by what is known of a listing at the end of a year; None while nothing is. sold: how many of
    its orders were good, of how many."""
    weights = max((one for one in WEIGHTS if one.since <= year.last), key=lambda one: one.since)
    known = [
        (weights.inspections, *passed(inspections, year)),
        (weights.orders, *sold),
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
