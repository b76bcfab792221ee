"""Once a year the administrators are asked to confirm the registered capital."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from app.core.jobs import JobContext, every, job
from trust.operator import recording


@every(hours=6)
async def look_at_capital(ctx: JobContext) -> None:
    """One reminder for each statement, however often this runs."""
    await ctx.tx(_look)


async def _look(tx: AsyncSession) -> None:
    row = await recording.unconfirmed(tx)
    if row is not None:
        await outbox.enqueue(tx, remind, key=f"capital-{row.id}")


@job
async def remind(ctx: JobContext) -> None:
    await ctx.tx(recording.ask_to_confirm)
