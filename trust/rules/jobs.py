"""Alarms before the operator's licences end."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from app.core.jobs import JobContext, every, job
from trust.rules import disclosure


@every(hours=6)
async def look_at_licences(ctx: JobContext) -> None:
    """Each alarm of each licence once, however often this runs."""
    await ctx.tx(_look)


async def _look(tx: AsyncSession) -> None:
    for licence_id, days in await disclosure.ending(tx):
        key = f"licence-{licence_id}-{days}"
        await outbox.enqueue(tx, warn_of_licence, key=key, licence_id=licence_id, days=days)


@job
async def warn_of_licence(ctx: JobContext, licence_id: UUID, days: int) -> None:
    """One alarm."""
    await ctx.tx(disclosure.warn, licence_id, days)
