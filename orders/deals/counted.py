"""What figures of transactions are counted from: every order, what became of it and when."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money

AT_ONCE = 1000

# An amendment has a contract of its own and the order's total follows it; the order came into force with its first one.
IN_FORCE = """
 WHERE coalesce(c.effective_at, o.created_at) < :before AND (o.ended_at IS NULL OR o.ended_at >= :since)
 ORDER BY o.id
"""
"""Which orders figures are counted from, in which order: of `orders o` and their `contract c`."""
_ORDERS = text(f"""
SELECT o.id, o.buyer_id, o.supplier_id, i.product_id, c.terms -> 'lines' -> 0 ->> 'hs_code' AS hs_code,
       coalesce(c.effective_at, o.created_at) AS contracted_at, o.total_minor, o.total_currency,
       p.at AS paid_at, d.at AS completed_at, o.ended_at,
       CASE WHEN o.ended_at IS NULL THEN '' ELSE o.state END AS ended, coalesce(e.by, '') AS by
  FROM orders o
  JOIN contract c ON c.id = o.contract_id
  JOIN inquiry i ON i.id = o.inquiry_id
  LEFT JOIN LATERAL (SELECT min(s.at) AS at FROM state_change s
                      WHERE s.subject_type = 'order' AND s.subject_id = o.id AND s.move IN ('fund_part', 'fund_all')) p
    ON true
  LEFT JOIN LATERAL (SELECT min(s.at) AS at FROM state_change s
                      WHERE s.subject_type = 'order' AND s.subject_id = o.id AND s.to_state = 'completed') d ON true
  LEFT JOIN LATERAL (SELECT CASE m.organisation_id WHEN o.buyer_id THEN 'buyer' WHEN o.supplier_id THEN 'supplier'
                            END AS by
                       FROM state_change s JOIN member m ON m.id = s.actor
                      WHERE s.subject_type = 'order' AND s.subject_id = o.id AND s.to_state = o.state
                        AND o.state IN ('cancelled', 'terminated') ORDER BY s.id DESC LIMIT 1) e ON true
{IN_FORCE}""")  # noqa: S608  of constants

_CONTRACTED = text("""
SELECT o.id FROM orders o JOIN contract c ON c.id = o.contract_id
 WHERE coalesce(c.effective_at, o.created_at) >= :since AND coalesce(c.effective_at, o.created_at) < :before
 ORDER BY o.id
""")
_NUMBERS = text("SELECT id, number FROM orders WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class Counted:
    """An order. `ended` is the state in which it came to its end, "" while it goes on; `by` who made the last step."""

    id: UUID
    buyer_id: UUID
    supplier_id: UUID
    product_id: UUID | None
    hs_code: str
    contracted_at: datetime
    total: Money
    paid_at: datetime | None
    completed_at: datetime | None
    ended_at: datetime | None
    ended: str
    by: str


async def orders(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[list[Counted]]:
    """Every order whose contract came into force before a moment, but for those that ended before `since`; by id, some
    at once."""
    found = await tx.stream(_ORDERS.bindparams(since=since, before=before), execution_options={"yield_per": AT_ONCE})
    async for some in found.partitions(AT_ONCE):
        yield [_counted(row) for row in some]


def _counted(row: Row[Any]) -> Counted:
    total = Money(row.total_minor, row.total_currency)
    return Counted(
        id=row.id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        hs_code=row.hs_code or "",
        contracted_at=row.contracted_at,
        total=total,
        paid_at=row.paid_at,
        completed_at=row.completed_at,
        ended_at=row.ended_at,
        ended=row.ended,
        by=row.by,
    )


async def contracted(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[UUID]:
    """Ids of the orders whose contract came into force between two moments."""
    found = await tx.stream(
        _CONTRACTED.bindparams(since=since, before=before), execution_options={"yield_per": AT_ONCE}
    )
    async for row in found:
        yield row.id


async def numbers(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """By what people know these orders."""
    return {row.id: row.number for row in await tx.execute(_NUMBERS, {"ids": list(ids)})}
