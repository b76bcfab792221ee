"""Clocks of applications: dossiers not completed in time are checked as they stand, and published results are carried
out once nobody's objection is open."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.award import checking, deciding, forgetting
from app.core.jobs import JobContext, every

AT_ONCE = 100


@every(hours=1)
async def end_times(ctx: JobContext) -> None:
    """What is over since midnight in the zone of reporting."""
    zone = ctx.settings.reporting_zone
    for application_id in await ctx.tx(deciding.due, zone, AT_ONCE):
        await ctx.tx(_end, application_id, zone)


@every(hours=24)
async def forget_objections(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await forgetting.due(tx, limit=AT_ONCE)
    await ctx.each(forgetting.forget, over)


async def _end(tx: AsyncSession, application_id: UUID, zone: str) -> None:
    await checking.expire(tx, application_id, zone=zone)
    await deciding.conclude(tx, application_id, zone=zone)
