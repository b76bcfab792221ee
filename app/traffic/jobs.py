"""What traffic asks for by the clock: days made ahead, figures computed, salts destroyed, old days dropped."""

from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.jobs import JobContext, every, job
from app.core.outbox import enqueue, waiting
from app.core.periods import day_of
from app.core.runner import Again
from app.traffic import recording
from app.traffic.models import CHANGED
from app.traffic.store import EventsAway
from trust.retention.classes import TRAFFIC

AHEAD = timedelta(days=14)
ONE = timedelta(days=1)
WAIT = timedelta(minutes=5)  # for a store that is away
logger = log.get("portolan.traffic")


@every(minutes=15)
async def compute_changed_days(ctx: JobContext) -> None:
    """Ask for the figures of days that got events since, and of those beside them: visits go on past midnight."""
    await ctx.tx(take_changed, ctx.settings.reporting_zone)


async def take_changed(tx: AsyncSession, zone: str) -> None:
    today = day_of(clock.now(), zone)
    changed = {row.day for row in await tx.execute(delete(CHANGED).returning(CHANGED.c.day))}
    for day in sorted({day + step for day in changed for step in (-ONE, 0 * ONE, ONE)}):
        if day <= today:
            await enqueue(tx, roll_up, day=day)


async def rolled_up(tx: AsyncSession, until: date) -> bool:
    """Whether the figures of every day up to this one are those of its events, as far as they were written."""
    if await tx.scalar(select(CHANGED.c.day).where(CHANGED.c.day <= until).limit(1)) is not None:
        return False
    return all(date.fromisoformat(one["day"]) > until for one in await waiting(tx, roll_up))


@job
async def roll_up(ctx: JobContext, *, day: date) -> None:
    """Compute a day. While the events are out of reach it waits, however long: their day is not marked again."""
    try:
        await ctx.traffic.roll_up(day)
    except EventsAway as error:
        logger.warning("traffic.not_computed", day=str(day), error=str(error))
        raise Again(WAIT) from error


@every(hours=6)
async def make_days_ahead(ctx: JobContext) -> None:
    today = day_of(clock.now(), ctx.settings.reporting_zone)
    await ctx.traffic.make_days(today, today + AHEAD)


@every(minutes=15)
async def destroy_salts(ctx: JobContext) -> None:
    await ctx.tx(recording.destroy_salts, ctx.settings.reporting_zone)


@every(hours=24)
async def drop_old_days(ctx: JobContext) -> None:
    """Drop whole days of events whose time is over; the daily figures, which are nobody's, stay."""
    await ctx.traffic.drop_days(day_of(clock.now() - TRAFFIC.period, ctx.settings.reporting_zone) - ONE)
