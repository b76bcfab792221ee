"""The fifteen days of a counter-statement. E-Commerce Law (PRC) art. 43.

They begin when it arrives at the right holder, are counted in days of the notice's zone, and end with the fifteenth:
`due_at` is the first moment after.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from trust.cases.clocks import Length, due
from trust.rights.models import Counter, Notice
from trust.rights.periods import WAIT


def ends(began: datetime, length: Length, zone: str) -> datetime:
    """The first moment after a time that never stands still."""
    found = due(began, length, zone)
    if found is None:
        raise ValueError("it stands still")
    return found


async def arrived(tx: AsyncSession, counter_id: UUID) -> None:
    """A counter-statement has reached the right holder: its clock begins. Done twice, the first time stays."""
    row = (await tx.scalars(select(Counter).where(Counter.id == counter_id).with_for_update())).one()
    if row.arrived_at is not None:
        return
    notice = (await tx.scalars(select(Notice).where(Notice.id == row.notice_id))).one()
    now = clock.now()
    row.arrived_at, row.due_at = now, ends(now, WAIT, notice.zone)
    said = {"counter": row.number, "arrived": now, "due": row.due_at}
    await evidence.record(tx, notice.itself, "notice.counter_arrived", said, actor=None)
