"""What runs by the clock for memberships."""

from app.core.jobs import JobContext, every
from payments.membership import renewing


@every(hours=1)
async def keep_memberships(ctx: JobContext) -> None:
    """Reminders, renewals by consent, days of grace, and the free plan after them: each company by itself."""
    async with ctx.db.transaction(read_only=True) as tx:
        near = await renewing.due(tx)
    await ctx.each(renewing.keep, near)
