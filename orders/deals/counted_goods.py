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
from orders.deals.counted import IN_FORCE

AT_ONCE = 1000

# As in `orders.deals.counted`, the order came into force with its first contract. Produced and tested are what the
# supplier proved for a payment; a report of an inspection may also have come with a shipment.
_GOODS = text(f"""
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
                       AND r.facts ->> 'verdict' = 'passed') AS tested
  FROM orders o
  JOIN contract c ON c.id = o.contract_id
  JOIN inquiry i ON i.id = o.inquiry_id
  LEFT JOIN LATERAL (SELECT min(s.at) AS at FROM state_change s
                      WHERE s.subject_type = 'order' AND s.subject_id = o.id AND s.to_state = 'completed') d ON true
{IN_FORCE}""")  # noqa: S608  of constants
# Of each line only what is counted, or most of the time goes into reading specifications.
_LINES = text(f"""
SELECT o.id, o.buyer_id, o.supplier_id, coalesce(c.effective_at, o.created_at) AS contracted_at,
       (SELECT jsonb_agg(jsonb_build_array(l -> 'hs_code', l -> 'unit', l -> 'quantity', l -> 'total' -> 'amount_minor',
                             l -> 'total' -> 'currency', l -> 'description' -> 'en', l -> 'description' -> 'zh')
                         ORDER BY n)
          FROM jsonb_array_elements(c.terms -> 'lines') WITH ORDINALITY AS line (l, n)) AS lines
  FROM orders o
  JOIN contract c ON c.id = o.contract_id
{IN_FORCE}""")  # noqa: S608  of constants
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
class Sold:
    """What was sold with an order: the lines of its first contract."""

    id: UUID
    buyer_id: UUID
    supplier_id: UUID
    contracted_at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Goods:
    """An order's goods, and what is proved of them."""

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


async def goods(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[list[Goods]]:
    """Of every order whose contract came into force before a moment, but for those that ended before `since`; by id,
    some at once."""
    found = await tx.stream(_GOODS.bindparams(since=since, before=before), execution_options={"yield_per": AT_ONCE})
    async for some in found.partitions(AT_ONCE):
        yield [_goods(row) for row in some]


def _goods(row: Row[Any]) -> Goods:
    return Goods(
        id=row.id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        contracted_at=row.contracted_at,
        total=Money(row.total_minor, row.total_currency),
        completed_at=row.completed_at,
        ended_at=row.ended_at,
        produced=row.produced,
        packed=row.packed,
        shipped=row.shipped,
        received=row.received,
        tested=row.tested,
    )


async def sold(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[list[Sold]]:
    """What was sold with the same orders, in the same order."""
    found = await tx.stream(_LINES.bindparams(since=since, before=before), execution_options={"yield_per": AT_ONCE})
    async for some in found.partitions(AT_ONCE):
        yield [
            Sold(
                row.id, row.buyer_id, row.supplier_id, row.contracted_at, tuple(_line(*one) for one in row.lines or ())
            )
            for row in some
        ]


def _line(hs_code: str, unit: str, quantity: str, minor: str, currency: str, *names: str) -> Line:
    """As a contract's terms say it (`orders.contracts.terms.GoodsLine`)."""
    return Line(hs_code, unit, Decimal(quantity), Money(int(minor), currency), "\n".join(names))


async def products_of(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The listing that each of these orders began with, of those that began with one."""
    return {row.id: row.product_id for row in await tx.execute(_PRODUCTS, {"ids": list(ids)})}
