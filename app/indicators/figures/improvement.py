"""I-11 How the quality of traded goods has changed within a year, and how many companies were guided.

A change is this span's measure less that of the same span a year before, in the measure's own unit: points of percent,
or complaints for each thousand orders. Beside it stand how many things each of the two measures rests on.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from app.indicators.figures import quality
from app.indicators.figures.base import CENT, EXACT, WHOLE, Figure, Span, count, share, sum_of
from app.indicators.figures.quality import Part, Sold
from app.indicators.figures.quality_rows import Guided, Inspection, Line, Offer

PASSED, RETURNED, COMPLAINED = "I-11.1", "I-11.2", "I-11.3"
COVERED, TESTED, TESTED_SHARE = "I-11.4", "I-11.5", "I-11.5.share"
UNIT_VALUE, MATCHED, GUIDED = "I-11.6", "I-11.6.matched", "I-11.7"
Group = tuple[str, str]
"""HS6 and unit: goods whose quantities add up."""


def figures(offers: Sequence[Offer], inspections: Sequence[Inspection], sold: Sold, span: Span) -> list[Figure]:
    """Each measure in the span against the same span a year before."""
    before = span.year_before
    found = sold.part(quality.TESTED, span)
    return [
        _change(PASSED, quality.passed(inspections, span), quality.passed(inspections, before), 100),
        _change(RETURNED, sold.part(quality.RETURNED, span), sold.part(quality.RETURNED, before), 100),
        _change(COMPLAINED, sold.part(quality.COMPLAINED, span), sold.part(quality.COMPLAINED, before), 1000),
        _change(COVERED, quality.covered(offers, span), quality.covered(offers, before), 100),
        _change(TESTED, found, sold.part(quality.TESTED, before), 100),
        share(TESTED_SHARE, *found),
    ]


def _change(code: str, now: Part, then: Part, times: int) -> Figure:
    """None where either measure has nothing to divide by."""
    value = None
    if now[1] and then[1]:
        one, other = (EXACT.divide(EXACT.multiply(part, Decimal(times)), whole) for part, whole in (now, then))
        value = EXACT.subtract(one, other).quantize(CENT, ROUND_HALF_EVEN)
    return Figure(code, WHOLE, value, now[1], then[1])


class Traded:
    """Lines of contracts added up for spans and the same spans a year before as they are read, and none kept: dollars
    and quantity of each HS6 and unit, and the dollars of all and of those under the seller's own or a licensed mark."""

    def __init__(self, lines: Iterable[Line], spans: Iterable[Span]) -> None:
        asked = list(spans)
        both = [*asked, *(span.year_before for span in asked)]
        self._groups: dict[Span, dict[Group, tuple[Decimal, Decimal]]] = {span: {} for span in both}
        self._own: dict[Span, Part] = dict.fromkeys(both, quality.NOTHING)
        for line in lines:
            if line.amount is not None and not line.linked:
                self._add(line, line.amount)

    def _add(self, line: Line, amount: Decimal) -> None:
        for span, groups in self._groups.items():
            if span.holds(line.contracted):
                own, whole = self._own[span]
                self._own[span] = EXACT.add(own, amount) if line.own else own, EXACT.add(whole, amount)
                if line.hs6 and line.quantity > 0:
                    worth, quantity = groups.get((line.hs6, line.unit), quality.NOTHING)
                    groups[line.hs6, line.unit] = EXACT.add(worth, amount), EXACT.add(quantity, line.quantity)

    def groups(self, span: Span) -> dict[Group, tuple[Decimal, Decimal]]:
        return self._groups[span]

    def own(self, span: Span) -> Part:
        return self._own[span]


def unit_values(traded: Traded, span: Span) -> list[Figure]:
    """Fisher's index of unit values, 100 for no change, over goods that were contracted in both spans.

    With p and q the dollars for one unit and the quantity of each HS6 and unit, now (1) and a year before (0), it is
    the geometric mean of Laspeyres' Σp1q0 / Σp0q0 and Paasche's Σp1q1 / Σp0q1. I-11.6.matched: how much of the turnover
    of both spans the matched goods make.
    """
    now, then = traded.groups(span), traded.groups(span.year_before)
    both = sorted(now.keys() & then.keys())
    turnover = [sum_of(worth for worth, _quantity in groups.values()) for groups in (now, then)]
    matched = sum_of(groups[name][0] for groups in (now, then) for name in both)
    return [
        Figure(UNIT_VALUE, WHOLE, _fisher([(now[name], then[name]) for name in both]), *turnover),
        share(MATCHED, matched, sum_of(turnover)),
    ]


def _fisher(pairs: Sequence[tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]]) -> Decimal | None:
    """Of ((value, quantity) now, (value, quantity) before) of each group of goods."""
    if not pairs or not all(value for pair in pairs for value, _quantity in pair):
        return None
    now_in_old = sum_of(EXACT.divide(EXACT.multiply(v1, q0), q1) for (v1, q1), (_v0, q0) in pairs)
    old_in_now = sum_of(EXACT.divide(EXACT.multiply(v0, q1), q0) for (_v1, q1), (v0, q0) in pairs)
    laspeyres = EXACT.divide(now_in_old, sum_of(v0 for _now, (v0, _q0) in pairs))
    paasche = EXACT.divide(sum_of(v1 for (v1, _q1), _then in pairs), old_in_now)
    index = EXACT.sqrt(EXACT.multiply(laspeyres, paasche))
    return EXACT.multiply(index, Decimal(100)).quantize(CENT, ROUND_HALF_EVEN)


def guided(rows: Iterable[Guided], span: Span) -> list[Figure]:
    """Companies guided in the span, each once."""
    return [count(GUIDED, len({one.party for one in rows if span.first <= one.day <= span.last}))]
