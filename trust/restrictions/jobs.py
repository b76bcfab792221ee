"""What ends by itself."""

from app.core.jobs import JobContext, every
from trust.restrictions import queries, service

AT_ONCE = 200


@every(minutes=5)
async def expire_restrictions(ctx: JobContext) -> None:
    """Restrictions whose time is over say so, their companies are told, and their products come back."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await queries.run_out(tx, limit=AT_ONCE)
    await ctx.each(service.expire, over)
