"""What figures of waivers are counted from: fees that two people agreed not to ask for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money

_WAIVERS = text("""
SELECT w.id, w.reason, w.province, w.price_minor, w.price_currency, w.basis_points, c.at
  FROM membership_waiver w
  JOIN state_change c ON c.subject_type = 'membership_waiver' AND c.subject_id = w.id AND c.to_state = 'granted'
 WHERE c.at >= :since AND c.at < :before
 ORDER BY w.id
""")


@dataclass(frozen=True, slots=True)
class Waived:
    """`province`: ISO 3166-2, for the reason `region`; else ""."""

    id: UUID
    reason: str
    province: str
    amount: Money
    granted_at: datetime


async def waived(tx: AsyncSession, since: datetime, before: datetime) -> list[Waived]:
    """What was granted within a time."""
    rows = await tx.execute(_WAIVERS, {"since": since, "before": before})
    return [
        Waived(
            row.id, row.reason, row.province, Money(row.price_minor, row.price_currency).share(row.basis_points), row.at
        )
        for row in rows
    ]
