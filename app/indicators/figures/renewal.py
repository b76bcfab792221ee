"""I-04 Renewal rate, of the cohort of paid terms that came due in the span.

D, the denominator, is every term but the void ones. N, the numerator, those followed by a paid term that begins within
the days of grace. A fee that was waived is no renewal, nor is one paid after the grace. The net rate leaves out of D
the terms that the platform ended by a sanction and that were not renewed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from app.indicators.figures.base import WHOLE, Cut, Figure, Span, count, share
from app.indicators.figures.rows import Due

RATE, NET, REVENUE, MATURED = "I-04", "I-04.net", "I-04.revenue", "I-04.matured"
GRACE = timedelta(days=30)
ANNUAL = 12
"""Terms of so many months and more make the rate; shorter ones have the same figures in a line of their own."""
RENEWED = ("early", "on_time", "grace")
OUTCOMES = (*RENEWED, "win_back", "waived", "none", "voided")
SHORT: Cut = ("terms", "short")


def figures(due: Iterable[Due], span: Span, known: date) -> list[Figure]:
    """The cohort's figures, whole and by plan; those of shorter terms beside them.

    known  the day on which this is counted: the rate of the terms whose days of grace were over by then is `MATURED`
    """
    rows = [row for row in due if span.first <= row.ends_on <= span.last]
    annual = _last_of_each(row for row in rows if row.months >= ANNUAL)
    found = _cohort(annual, WHOLE) + _cohort(_last_of_each(row for row in rows if row.months < ANNUAL), SHORT)
    for plan in sorted({row.plan for row in annual}):
        found += _cohort([row for row in annual if row.plan == plan], ("plan", plan))
    matured = [row for row in annual if row.outcome != "voided" and row.ends_on + GRACE <= known]
    return [*found, share(MATURED, sum(row.outcome in RENEWED for row in matured), len(matured))]


def _last_of_each(rows: Iterable[Due]) -> list[Due]:
    """One term of each company: the last that is not void, or else the last."""
    found: dict[str, Due] = {}
    for row in sorted(rows, key=lambda row: (row.outcome != "voided", row.ends_on, row)):
        found[row.party] = row
    return list(found.values())


def _cohort(rows: Sequence[Due], cut: Cut) -> list[Figure]:
    outcomes = Counter(row.outcome for row in rows)
    counted = [row for row in rows if row.outcome != "voided"]
    renewed = [row for row in counted if row.outcome in RENEWED]
    sanctioned = sum(row.sanctioned and row.outcome not in RENEWED for row in counted)
    return [
        count("I-04.due", len(rows), cut),
        *(count(f"I-04.{outcome}", outcomes[outcome], cut) for outcome in OUTCOMES),
        count("I-04.sanctioned", sanctioned, cut),
        count("I-04.upgraded", sum(row.change > 0 for row in renewed), cut),
        count("I-04.downgraded", sum(row.change < 0 for row in renewed), cut),
        share(RATE, len(renewed), len(counted), cut),
        share(NET, len(renewed), len(counted) - sanctioned, cut),
        *(_revenue(counted, currency) for currency in sorted({row.currency for row in counted}) if cut == WHOLE),
    ]


def _revenue(counted: Sequence[Due], currency: str) -> Figure:
    """What the renewed terms cost in a year, of what all cost: in one currency, for fees are not converted."""
    fees = [(row.annual, row.outcome in RENEWED) for row in counted if row.currency == currency]
    return share(REVENUE, sum(fee for fee, kept in fees if kept), sum(fee for fee, _ in fees), ("currency", currency))
