"""The clock of negotiation: offers expire, requests close, letters are forgotten."""

from app.core import clock
from app.core.jobs import JobContext, every
from orders.negotiation import answering, offering, rfqs, rows


@every(minutes=5)
async def expire_offers(ctx: JobContext) -> None:
    """Open offers whose last day is over, each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await rows.overdue_offers(tx, clock.now().date())
    for quotation_id in due:
        await ctx.tx(offering.expire, quotation_id)


@every(minutes=5)
async def close_rfqs(ctx: JobContext) -> None:
    """Requests whose closing day is over, each in a transaction of its own."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await rows.overdue_rfqs(tx, clock.now())
    for rfq_id in due:
        await ctx.tx(rfqs.close, rfq_id)


@every(hours=6)
async def forget_letters(ctx: JobContext) -> None:
    """Answers by mail that came 30 days ago."""
    await ctx.tx(answering.forget_letters)
