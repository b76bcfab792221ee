"""What happens in cases by itself: who says nothing in time is not waited for, and what is old enough is forgotten."""

from app.core.jobs import JobContext, every
from trust.cases import forgetting, queries, service

AT_ONCE = 200


@every(minutes=5)
async def keep_times(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await queries.lapsed(tx, limit=AT_ONCE)
    await ctx.each(service.lapse, due)


@every(hours=6)
async def forget_cases(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await forgetting.due(tx, limit=AT_ONCE)
    await ctx.each(forgetting.forget, over)
