"""What a company's fact of having a bank account rests on: an account that two confirmed, that was proved, or that was
paid to. What something outside has shown goes before what two members say, and of the like the newest counts; when its
account does no more, the one before stands in its place with its own date."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from trust.verification.events import BankAccountConfirmed, BankAccountEnded

_GROUNDS = text("""
    SELECT a.id AS account_id, a.country, g.how, g.at
      FROM bank_account a
     CROSS JOIN LATERAL (
        SELECT 'bank' AS how, a.confirmed_at AS at WHERE a.confirmed_by IS NOT NULL
        UNION ALL
        SELECT 'micro_deposit', d.ended_at FROM micro_deposit d WHERE d.bank_account_id = a.id AND d.state = 'proved'
        UNION ALL
        SELECT 'payout', p.ended_at FROM payout p WHERE p.bank_account_id = a.id AND p.state = 'settled'
     ) g
     WHERE a.organisation_id = :organisation_id AND a.removed_at IS NULL
     ORDER BY g.how = 'bank', g.at DESC, a.id
""")


@dataclass(frozen=True, slots=True)
class Ground:
    account_id: UUID
    country: str
    how: str
    at: datetime


async def fall_back(tx: AsyncSession, organisation_id: UUID, account_id: UUID) -> None:
    """An account in use counts no more from now on. Called before it is removed or its proof is undone."""
    rows = await tx.execute(_GROUNDS, {"organisation_id": organisation_id})
    grounds = [Ground(row.account_id, row.country, row.how, row.at) for row in rows]
    if not grounds or grounds[0].account_id != account_id:
        return
    left = next((ground for ground in grounds if ground.account_id != account_id), None)
    if left is None:
        await outbox.publish(tx, BankAccountEnded(organisation_id, account_id))
    else:
        confirmed = BankAccountConfirmed(organisation_id, left.account_id, left.country, left.how, since=left.at)
        await outbox.publish(tx, confirmed)
