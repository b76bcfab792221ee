"""What happens in cases by itself: who says nothing in time is not waited for, and what is old enough is forgotten."""

from functools import partial

from app.core.jobs import JobContext, every
from trust.cases import forgetting, queries, service

AT_ONCE = 200


@every(minutes=5)
async def keep_times(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await queries.lapsed(tx, limit=AT_ONCE)
    for case_id in due:
        await ctx.tx(partial(service.lapse, case_id=case_id))


@every(hours=6)
async def forget_cases(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await forgetting.due(tx, limit=AT_ONCE)
    for case_id in over:
        await ctx.tx(partial(forgetting.forget, case_id=case_id))
