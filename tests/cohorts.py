"""The renewal rate's cohort as figures count it, from the rows of a database."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.indicators.figures import renewal
from app.indicators.figures.base import WHOLE, Cut, Figure, Span
from app.indicators.gathering import Gathering
from app.indicators.marks import Marks
from payments.membership.calendar import ZONE

Told = dict[tuple[str, Cut], Figure]


async def cohort(
    tx: AsyncSession, first: date, last: date, *, known: date | None = None
) -> dict[tuple[str, Cut], Figure]:
    """Figures of the terms whose last day lies between; `known`: the day on which it is counted."""
    span = Span(first, last, ZONE)
    rows = [row async for row in Gathering(tx, Marks("a secret"), span).terms()]
    return {(one.code, one.cut): one for one in renewal.figures(rows, span, known or last + timedelta(days=60))}


def counts(found: Told, *names: str, cut: Cut = WHOLE) -> list[int]:
    """Of these figures of I-04, the values."""
    return [int(found[f"I-04.{name}", cut].value or 0) for name in names]
