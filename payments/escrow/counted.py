"""What figures of returns are counted from: money that went back to buyers."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money
from payments.escrow.models import Escrow, Milestone


async def returned(tx: AsyncSession, subject_type: str, ids: Collection[UUID]) -> dict[UUID, Money]:
    """What was sent back to the buyer, is due back, or was taken back by its bank, of each of these things that has an
    escrow."""
    back = func.sum(Milestone.refunded_minor + Milestone.due_minor + Milestone.charged_back_minor)
    query = (
        select(Escrow.subject_id, back, Escrow.currency)
        .join(Milestone, Milestone.escrow_id == Escrow.id)
        .where(Escrow.subject_type == subject_type, Escrow.subject_id.in_(ids))
        .group_by(Escrow.subject_id, Escrow.currency)
    )
    return {id_: Money(int(minor), currency) for id_, minor, currency in await tx.execute(query)}
