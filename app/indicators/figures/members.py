"""I-02.6 Paid members, by plan."""

from collections.abc import Iterable
from datetime import date

from app.indicators.figures.base import Counts, Figure, Span
from app.indicators.figures.standing_rows import Paid

MEMBERS = "I-02.6"


def figures(rows: Iterable[Paid], span: Span) -> list[Figure]:
    """Companies with a paid term that covers the last day of the span, each once, in the plan that began last."""
    plans: dict[str, tuple[date, str]] = {}
    for row in rows:
        if row.first <= span.last <= row.last:
            plans[row.party] = max(plans.get(row.party, (row.first, "")), (row.first, row.plan))
    counts = Counts()
    counts.at_least((MEMBERS,))
    for _first, plan in plans.values():
        counts.add(MEMBERS, [("plan", plan)])
    return list(counts.figures())
