"""What happens to notices by itself: measures end when nobody complained or sued in time, and what is old goes."""

from functools import partial

from app.core.jobs import JobContext, every
from trust.rights import countering, forgetting, notifiers

AT_ONCE = 200


@every(minutes=1)
async def end_measures(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await countering.due(tx, limit=AT_ONCE)
    for counter_id in due:
        await ctx.tx(partial(countering.lapse, counter_id=counter_id))


@every(hours=6)
async def forget_notices(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await forgetting.due(tx, limit=AT_ONCE)
        rights = await forgetting.rights_due(tx, limit=AT_ONCE)
    for notice_id in over:
        await ctx.tx(partial(forgetting.forget, notice_id=notice_id))
    for right_id in rights:
        await ctx.tx(partial(forgetting.forget_right, right_id=right_id))
    await ctx.tx(notifiers.forget_codes)
    await ctx.tx(forgetting.forget_addresses)
