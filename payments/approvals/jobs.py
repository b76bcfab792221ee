"""Proposals whose ground has gone do not lie about."""

from app.core.jobs import JobContext, every
from payments.approvals import queries, service


@every(minutes=10)
async def expire_proposals(ctx: JobContext) -> None:
    """Let each proposal expire that cannot be agreed to any more, in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        waiting = await queries.unfinished(tx)
    for approval_id in waiting:
        await ctx.tx(service.expire, approval_id)
