"""What figures of activity are counted from: who of both sides did something in a month, and what came of inquiries."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

AT_ONCE = 1000

# Once for each company, kind and month, however often. A payment is the buyer's, whoever booked it.
_ACTS = text("""
SELECT organisation_id, kind, date_trunc('month', at AT TIME ZONE :zone)::date AS month FROM (
    SELECT buyer_id AS organisation_id, 'ask' AS kind, created_at AS at FROM inquiry
     WHERE created_at >= :since AND created_at < :before
    UNION ALL
    SELECT m.organisation_id, CASE m.organisation_id WHEN i.buyer_id THEN 'ask' ELSE 'answer' END, m.at
      FROM message m JOIN inquiry i ON i.id = m.inquiry_id WHERE m.at >= :since AND m.at < :before
    UNION ALL
    SELECT made_by, 'quote', created_at FROM quotation WHERE created_at >= :since AND created_at < :before
    UNION ALL
    SELECT organisation_id, 'sign', at FROM signature WHERE at >= :since AND at < :before
    UNION ALL
    SELECT o.supplier_id, 'ship', s.created_at FROM shipment s JOIN orders o ON o.id = s.order_id
     WHERE s.created_at >= :since AND s.created_at < :before
    UNION ALL
    SELECT o.buyer_id, CASE s.move WHEN 'accept' THEN 'accept' ELSE 'pay' END, s.at
      FROM state_change s JOIN orders o ON o.id = s.subject_id
     WHERE s.subject_type = 'order' AND s.move IN ('accept', 'fund_part', 'fund_all')
       AND s.at >= :since AND s.at < :before
) acts
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")
_INQUIRIES = text("""
SELECT i.id, i.buyer_id, i.created_at, i.answered_at, min(c.effective_at) AS contracted_at
  FROM inquiry i LEFT JOIN contract c ON c.inquiry_id = i.id AND c.effective_at IS NOT NULL
 WHERE i.created_at >= :since AND i.created_at < :before
 GROUP BY i.id ORDER BY i.id
""")


@dataclass(frozen=True, slots=True)
class Inquired:
    """An inquiry: when it was asked, first answered, and when the first contract came of it."""

    id: UUID
    buyer_id: UUID
    created_at: datetime
    answered_at: datetime | None
    contracted_at: datetime | None


async def acts(tx: AsyncSession, since: datetime, before: datetime, zone: str) -> list[tuple[UUID, str, date]]:
    """(company, kind of act, first day of the month in `zone`), each once."""
    rows = await tx.execute(_ACTS, {"since": since, "before": before, "zone": zone})
    return [(row.organisation_id, row.kind, row.month) for row in rows]


async def inquiries(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[Inquired]:
    """Every inquiry between two moments; by id."""
    query = _INQUIRIES.bindparams(since=since, before=before)
    async for row in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        yield Inquired(*row)
