"""What figures of goods are counted from: orders, what is proved of their goods, and the lines of their contracts."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money

AT_ONCE = 1000

# As in `orders.deals.counted`, the order came into force with its first contract, whose lines these are. Produced and
# tested are what the supplier proved for a payment; a report of an inspection may also have come with a shipment.
_GOODS = text("""
SELECT o.id, o.buyer_id, o.supplier_id, i.product_id, coalesce(c.effective_at, o.created_at) AS contracted_at,
       o.total_minor, o.total_currency, d.at AS completed_at, o.ended_at,
       EXISTS (SELECT FROM order_milestone m JOIN milestone_submission s ON s.milestone_id = m.id
                WHERE m.order_id = o.id AND m.conditions ->> 'evidence' = 'production_proof') AS produced,
       EXISTS (SELECT FROM shipment s JOIN shipment_packing p ON p.shipment_id = s.id
                WHERE s.order_id = o.id) AS packed,
       EXISTS (SELECT FROM shipment s WHERE s.order_id = o.id) AS shipped,
       EXISTS (SELECT FROM shipment s WHERE s.order_id = o.id)
           AND NOT EXISTS (SELECT FROM shipment s WHERE s.order_id = o.id AND s.delivered_at IS NULL) AS received,
       EXISTS (SELECT FROM order_milestone m JOIN milestone_submission s ON s.milestone_id = m.id
                WHERE m.order_id = o.id AND m.conditions ->> 'evidence' = 'inspection_report'
                  AND s.facts ->> 'result' = 'passed')
           OR EXISTS (SELECT FROM received_document r WHERE r.order_id = o.id AND r.kind = 'inspection_certificate'
                       AND r.facts ->> 'verdict' = 'passed') AS tested,
       coalesce(c.terms -> 'lines', '[]') AS lines
  FROM orders o
  JOIN contract c ON c.id = o.contract_id
  JOIN inquiry i ON i.id = o.inquiry_id
  LEFT JOIN LATERAL (SELECT min(s.at) AS at FROM state_change s
                      WHERE s.subject_type = 'order' AND s.subject_id = o.id AND s.to_state = 'completed') d ON true
 WHERE coalesce(c.effective_at, o.created_at) < :before AND (o.ended_at IS NULL OR o.ended_at >= :since)
 ORDER BY o.id
""")
_PRODUCTS = text("""
SELECT o.id, i.product_id FROM orders o JOIN inquiry i ON i.id = o.inquiry_id
 WHERE o.id = ANY (:ids) AND i.product_id IS NOT NULL
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a contract. `says`: what the goods are called, in all its languages."""

    hs_code: str
    unit: str
    quantity: Decimal
    total: Money
    says: str


@dataclass(frozen=True, slots=True)
class Goods:
    """An order's goods: what is proved of them, and the lines of the contract."""

    id: UUID
    buyer_id: UUID
    supplier_id: UUID
    product_id: UUID | None
    contracted_at: datetime
    total: Money
    completed_at: datetime | None
    ended_at: datetime | None
    produced: bool
    packed: bool
    shipped: bool
    received: bool
    tested: bool
    lines: tuple[Line, ...]


async def goods(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[list[Goods]]:
    """Of every order whose contract came into force before a moment, but for those that ended before `since`; by id,
    some at once."""
    found = await tx.stream(_GOODS.bindparams(since=since, before=before), execution_options={"yield_per": AT_ONCE})
    async for some in found.partitions():
        yield [_goods(row) for row in some]


def _goods(row: Row[Any]) -> Goods:
    said = {name: getattr(row, name) for name in Goods.__slots__ if name not in ("total", "lines")}
    total = Money(row.total_minor, row.total_currency)
    return Goods(**said, total=total, lines=tuple(_line(one) for one in row.lines))


def _line(one: dict[str, Any]) -> Line:
    """As a contract's terms say it (`orders.contracts.terms.GoodsLine`)."""
    said, amount = one["description"], one["total"]
    total = Money(int(amount["amount_minor"]), amount["currency"])
    return Line(one["hs_code"], one["unit"], Decimal(one["quantity"]), total, f"{said['en']}\n{said['zh']}")


async def products_of(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The listing that each of these orders began with, of those that began with one."""
    return {row.id: row.product_id for row in await tx.execute(_PRODUCTS, {"ids": list(ids)})}
