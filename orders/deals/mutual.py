"""Orders between companies that may be one hand's: what reviewers look at, and what figures leave out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money
from orders.deals.models import Order
from trust.identity import queries as identity

MOST = 20


@dataclass(frozen=True, slots=True)
class MutualOrder:
    id: UUID
    number: str
    buyer_id: UUID
    supplier_id: UUID
    buyer: str
    supplier: str
    total: Money
    created_at: datetime


async def between(tx: AsyncSession, companies: Collection[UUID]) -> list[MutualOrder]:
    """Orders of which both sides are among these companies, the latest first."""
    query = select(Order).where(Order.buyer_id.in_(companies), Order.supplier_id.in_(companies))
    rows = list(await tx.scalars(query.order_by(Order.id.desc()).limit(MOST)))
    known = await identity.organisations(tx, {side for row in rows for side in (row.buyer_id, row.supplier_id)})
    return [
        MutualOrder(
            row.id,
            row.number,
            row.buyer_id,
            row.supplier_id,
            known[row.buyer_id].name_latin,
            known[row.supplier_id].name_latin,
            row.total,
            row.created_at,
        )
        for row in rows
    ]
