"""Once a day every held payment is looked at."""

from app.core import log
from app.core.jobs import JobContext, every
from payments.gateway import Gateway
from payments.holding import queries, service

logger = log.get("portolan.payments")


@every(hours=24)
async def watch_holdings(ctx: JobContext) -> None:
    """Take the step that is due for each, in a transaction of its own."""
    gateway: Gateway = ctx.gateway
    async with ctx.db.transaction(read_only=True) as tx:
        found = await queries.held(tx, gateway.capabilities.max_hold_days)
    for seen in found:
        await ctx.tx(service.look_at, seen)
