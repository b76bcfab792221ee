"""Runs what the outbox holds. Any number of workers may run this at once, and any of them may die at any moment."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.i18n import DEFAULT, speaking
from app.core.jobs import JobContext, JobSpec, load_event, registry
from app.core.outbox import JobRow, add_job

LEASE = timedelta(minutes=5)
MOST_FAILURES = 12
LONGEST_WAIT = timedelta(hours=1)

logger = log.get("portolan.jobs")


class Again(Exception):
    """Raised by a job that is not done yet: run it again after `delay`. Does not count as a failure."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"again in {delay}")
        self.delay = delay


class GiveUp(Exception):
    """Raised by a job that can never succeed: it is kept as dead at once, for people to see."""


@dataclass(frozen=True)
class Claim:
    """A job leased to this worker; `attempt` is the fencing token: a lease that ran out cannot write its end."""

    id: UUID
    name: str
    arguments: dict[str, Any]
    attempt: int
    failures: int
    request_id: str


async def claim(tx: AsyncSession, job_id: UUID | None = None) -> Claim | None:
    """Lease one due job, or the named one; None when nothing is due or another worker has it."""
    now = clock.now()
    due = (
        select(JobRow)
        .where(JobRow.done_at.is_(None), JobRow.dead_at.is_(None), JobRow.run_at <= now)
        .where(or_(JobRow.leased_until.is_(None), JobRow.leased_until < now))
        .order_by(JobRow.run_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = await tx.scalar(due.where(JobRow.id == job_id) if job_id else due)
    if row is None:
        return None
    row.leased_until = now + LEASE
    row.attempts += 1
    return Claim(row.id, row.name, row.arguments, row.attempts, row.failures, row.request_id)


async def run_one(ctx: JobContext, job_id: UUID | None = None) -> bool:
    """Claim and run one job. False when there was nothing to run. Never raises for the job's own failure."""
    async with ctx.db.transaction() as tx:
        claimed = await claim(tx, job_id)
    if claimed is None:
        return False
    with log.bound(request_id=claimed.request_id, job=claimed.name, job_id=str(claimed.id)), speaking(DEFAULT):
        try:
            await _run(ctx, claimed)
        except Again as wish:
            await _put_back(ctx, claimed, wish.delay, failed="")
        except GiveUp as end:
            await _put_back(ctx, claimed, LONGEST_WAIT, failed=str(end), hopeless=True)
        except Exception as error:  # noqa: BLE001  a failing job must not take the worker with it
            logger.warning("job_failed", attempt=claimed.attempt, error=repr(error))
            delay = min(timedelta(seconds=5 * 2 ** min(claimed.failures, 12)), LONGEST_WAIT)
            await _put_back(ctx, claimed, delay, failed="".join(traceback.format_exception(error))[-4000:])
    return True


async def _run(ctx: JobContext, claimed: Claim) -> None:
    spec: JobSpec | None = registry.jobs.get(claimed.name)
    if spec is None:
        raise LookupError(f"no job is called {claimed.name}")
    if spec.event is None:
        arguments = spec.arguments.model_validate(claimed.arguments)
        await spec.run(ctx, **{name: getattr(arguments, name) for name in type(arguments).model_fields})
        async with ctx.db.transaction() as tx:
            await _finish(tx, claimed)
        return
    async with ctx.db.transaction() as tx:
        if await _finish(tx, claimed):
            await spec.run(tx, load_event(spec.event, claimed.arguments))


async def _finish(tx: AsyncSession, claimed: Claim) -> bool:
    """Mark done; False when the lease was lost to another worker. Arguments go: letters carry one-time links."""
    done = await tx.execute(
        update(JobRow)
        .where(JobRow.id == claimed.id, JobRow.attempts == claimed.attempt, JobRow.done_at.is_(None))
        .values(done_at=clock.now(), leased_until=None, last_error="", arguments={})
        .returning(JobRow.id)
    )
    return done.first() is not None


async def _put_back(ctx: JobContext, claimed: Claim, delay: timedelta, *, failed: str, hopeless: bool = False) -> None:
    values: dict[str, Any] = {"leased_until": None, "run_at": clock.now() + delay, "last_error": failed}
    if failed:
        values["failures"] = claimed.failures + 1
        if hopeless or claimed.failures + 1 >= MOST_FAILURES:
            values["dead_at"] = clock.now()
            logger.error("job_dead")
    async with ctx.db.transaction() as tx:
        await tx.execute(
            update(JobRow).where(JobRow.id == claimed.id, JobRow.attempts == claimed.attempt).values(**values)
        )


async def drain(ctx: JobContext, *, at_most: int = 10_000) -> int:
    """Run due jobs one after another until none is left; how many ran."""
    ran = 0
    while ran < at_most and await run_one(ctx):
        ran += 1
    return ran


async def schedule_periodic(ctx: JobContext) -> None:
    """Write the job of each interval's current slot, once in the whole installation (its key is the slot)."""
    now = clock.now()
    async with ctx.db.transaction() as tx:
        for name, interval in registry.periodic.items():
            slot = int(now.timestamp() // interval.total_seconds())
            await add_job(tx, name, {}, run_at=None, key=f"every:{name}:{slot}")


async def sweep_forever(ctx: JobContext, stop: asyncio.Event, *, lanes: int = 4, pause: float = 1.0) -> None:
    """Look for due jobs in `lanes` lanes until `stop` is set. Needs PostgreSQL only, and outlives its absence."""

    async def lane() -> None:
        while not stop.is_set():
            if not await _survive(lambda: run_one(ctx)):
                await _wait(stop, pause)

    async def ticker() -> None:
        while not stop.is_set():
            await _survive(lambda: schedule_periodic(ctx))
            await _wait(stop, 10 * pause)

    await asyncio.gather(ticker(), *(lane() for _ in range(lanes)))


async def _survive(step: Callable[[], Awaitable[bool | None]]) -> bool:
    try:
        return bool(await step())
    except Exception as error:  # noqa: BLE001  the database is away: say so and try again
        logger.warning("sweep_failed", error=repr(error))
        return False


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
