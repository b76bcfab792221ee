"""What is asked of the operator's records."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.operator.models import OperatorCapital, OperatorPenalty

MOST = 200


async def capital(tx: AsyncSession) -> OperatorCapital | None:
    """What was stated last."""
    return await tx.scalar(select(OperatorCapital).order_by(OperatorCapital.id.desc()).limit(1))


async def statements(tx: AsyncSession) -> list[OperatorCapital]:
    """Every statement of the capital, the newest first."""
    return list(await tx.scalars(select(OperatorCapital).order_by(OperatorCapital.id.desc()).limit(MOST)))


async def penalties(tx: AsyncSession, *, offset: int = 0, limit: int = 50) -> tuple[list[OperatorPenalty], int]:
    """The newest decision first, and how many."""
    total = (await tx.execute(select(func.count()).select_from(OperatorPenalty))).scalar_one()
    query = select(OperatorPenalty).order_by(OperatorPenalty.decided_on.desc(), OperatorPenalty.id.desc())
    return list(await tx.scalars(query.offset(offset).limit(limit))), total


async def decided(tx: AsyncSession, first: date, last: date) -> list[OperatorPenalty]:
    """Penalties decided on the days from `first` to `last`, by id."""
    query = select(OperatorPenalty).where(OperatorPenalty.decided_on.between(first, last))
    return list(await tx.scalars(query.order_by(OperatorPenalty.id)))


async def capitals(tx: AsyncSession, until: date) -> list[OperatorCapital]:
    """What has been stated of the capital up to a day; the oldest capital first."""
    query = select(OperatorCapital).where(OperatorCapital.changed_on <= until)
    return list(await tx.scalars(query.order_by(OperatorCapital.changed_on, OperatorCapital.id)))
