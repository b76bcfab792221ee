"""I-01 Registered capital of the operator, exactly as on its licence, in ten thousands of its currency."""

from collections.abc import Iterable
from decimal import Decimal

from app.indicators.figures.base import EXACT, WHOLE, Cut, Figure, Span
from app.indicators.figures.standing_rows import Capital

SUBSCRIBED, PAID_IN = "I-01.1", "I-01.2"
WAN = Decimal(10_000)


def figures(rows: Iterable[Capital], span: Span) -> list[Figure]:
    """The capital at the end; and since which day each amount was so that stood in the span, the last one with its
    currency. Of several statements of one day the last counts."""
    by_day = {row.changed: row for row in sorted(rows, key=lambda row: (row.changed, row.stated))}
    known = [row for day, row in sorted(by_day.items()) if day <= span.last]
    before = [row for row in known if row.changed < span.first]
    standing = before[-1:] + [row for row in known if row.changed >= span.first]
    if not known:
        return [Figure(SUBSCRIBED, WHOLE, None), Figure(PAID_IN, WHOLE, None)]
    found = []
    for row, cuts in (
        *((row, [("since", row.changed.isoformat())]) for row in standing),
        (known[-1], _whole(known[-1])),
    ):
        for cut in cuts:
            found += [Figure(SUBSCRIBED, cut, _wan(row.subscribed)), Figure(PAID_IN, cut, _wan(row.paid_in))]
    return found


def _whole(row: Capital) -> list[Cut]:
    return [WHOLE, ("currency", row.currency)]


def _wan(amount: Decimal) -> Decimal:
    return EXACT.divide(amount, WAN)
