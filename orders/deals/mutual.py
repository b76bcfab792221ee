"""Orders between companies that may be one hand's: what reviewers look at, and what figures leave out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.money import Money
from orders.deals.models import Order
from trust.identity.models import Organisation

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
    buyer, supplier = aliased(Organisation), aliased(Organisation)
    query = (
        select(Order, buyer.name_latin, supplier.name_latin)
        .join(buyer, buyer.id == Order.buyer_id)
        .join(supplier, supplier.id == Order.supplier_id)
        .where(Order.buyer_id.in_(companies), Order.supplier_id.in_(companies))
    )
    rows = await tx.execute(query.order_by(Order.id.desc()).limit(MOST))
    return [
        MutualOrder(row.id, row.number, row.buyer_id, row.supplier_id, bought, sold, row.total, row.created_at)
        for row, bought, sold in rows
    ]
