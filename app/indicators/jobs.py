"""What indicators ask for by the clock: months to be counted once they are over, and once they are final."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext, every, job
from app.core.outbox import enqueue
from app.core.periods import day_of
from app.indicators import calendar, closing, queries
from app.indicators.figures import groups
from app.traffic.jobs import rolled_up
from trust.identity import counted as users

WAIT = timedelta(minutes=1)


@every(hours=1)
async def count_what_is_due(ctx: JobContext) -> None:
    """Ask for every close that should be there and is not; a little later where traffic is not ready for it."""
    await ctx.tx(ask_for_due, ctx.settings.reporting_zone)


@job
async def count_again(ctx: JobContext) -> None:
    await count_what_is_due(ctx)


async def ask_for_due(tx: AsyncSession, zone: str) -> None:
    first = await users.first_registered(tx)
    if first is None:
        return
    now, there = clock.now(), await queries.revisions(tx)
    for name in groups.CLOSINGS:
        for last in calendar.months(day_of(first, zone), now, zone):
            due = calendar.revision_at(name, last, now, zone)
            if due is None or there.get((name, last), -1) >= due:
                continue
            if name != groups.FIGURES:
                await enqueue(tx, close, key=f"indicators:{name}:{last}:{due}", closing_=name, last=last, revision=due)
                continue
            if await rolled_up(tx, last):
                await enqueue(tx, close, closing_=name, last=last, revision=due)
            else:
                await enqueue(tx, count_again, run_at=now + WAIT)
            break  # the bridge of the month after begins where this one ends


@job
async def close(
    ctx: JobContext, *, closing_: str, last: date, revision: int, reason: str = "", by: UUID | None = None
) -> None:
    if await closing.close(ctx, closing.Wanted(closing_, last, revision, reason, by)):
        await count_what_is_due(ctx)
