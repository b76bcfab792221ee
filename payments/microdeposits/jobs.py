"""Once an hour, micro-deposits whose time is over end."""

from app.core.jobs import JobContext, every
from payments.microdeposits import queries, service

AT_ONCE = 500


@every(hours=1)
async def end_overdue(ctx: JobContext) -> None:
    """Each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        found = await queries.overdue(tx, limit=AT_ONCE)
    for deposit_id in found:
        await ctx.tx(service.expire, deposit_id)
