"""Runs what the outbox holds. Any number of workers may run this at once, and any of them may die at any moment."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Update, Uuid, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.i18n import DEFAULT, speaking
from app.core.jobs import JobContext, JobSpec, load_event, registry
from app.core.outbox import JOB, add_job

LEASE = timedelta(minutes=5)
BATCH = 20
MOST_FAILURES = 12
LONGEST_WAIT = timedelta(hours=1)

logger = log.get("portolan.jobs")


# Written once: every job passes here, and putting a statement together costs more than asking it.
_DUE = (
    select(JOB.c.id)
    .where(JOB.c.done_at.is_(None), JOB.c.dead_at.is_(None), JOB.c.run_at <= bindparam("now"))
    .where(or_(JOB.c.leased_until.is_(None), JOB.c.leased_until < bindparam("now")))
    .order_by(JOB.c.run_at, JOB.c.id)
    .limit(bindparam("at_most"))
    .with_for_update(skip_locked=True)
)


def _claiming(due: Select[Any]) -> Update:
    chosen = due.cte("due")
    leased = update(JOB).where(JOB.c.id == chosen.c.id)
    leased = leased.values(leased_until=bindparam("until"), attempts=JOB.c.attempts + 1)
    columns = ("run_at", "id", "name", "arguments", "attempts", "failures", "request_id")
    return leased.returning(*(JOB.c[name] for name in columns))


_CLAIM = _claiming(_DUE)
_CLAIM_NAMED = _claiming(_DUE.where(JOB.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid)))))
_FINISH = (
    update(JOB)
    .where(JOB.c.id == bindparam("job"), JOB.c.attempts == bindparam("attempt"), JOB.c.done_at.is_(None))
    .values(done_at=bindparam("now"), leased_until=None, last_error="", arguments={})
    .returning(JOB.c.id)
)


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


async def claim(tx: AsyncSession, job_ids: Sequence[UUID] | None = None, *, at_most: int = 1) -> list[Claim]:
    """Lease jobs that are due, or those named as far as they are; none that another worker has. The oldest first."""
    now = clock.now()
    facts = {"now": now, "until": now + LEASE, "at_most": at_most if job_ids is None else len(job_ids)}
    rows = await tx.execute(*((_CLAIM, facts) if job_ids is None else (_CLAIM_NAMED, facts | {"ids": list(job_ids)})))
    return [Claim(*row[1:]) for row in sorted(rows, key=lambda row: (row.run_at, row.id))]


async def run_one(ctx: JobContext, job_id: UUID | None = None) -> bool:
    """Claim and run one job. False when there was nothing to run."""
    return await run_some(ctx, [job_id] if job_id else None) == 1


async def run_some(ctx: JobContext, job_ids: Sequence[UUID] | None = None, *, at_most: int = 1) -> int:
    """Claim jobs together, then run them one after another; how many. The arguments and the rest as for `claim`."""
    async with ctx.db.transaction() as tx:
        claims = await claim(tx, job_ids, at_most=at_most)
    for claimed in claims:
        await run_claimed(ctx, claimed)
    return len(claims)


async def run_claimed(ctx: JobContext, claimed: Claim) -> None:
    """Run a job that was claimed, and write down how it ended. Never raises for the job's own failure."""
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
    done = await tx.execute(_FINISH, {"job": claimed.id, "attempt": claimed.attempt, "now": clock.now()})
    return done.first() is not None


async def _put_back(ctx: JobContext, claimed: Claim, delay: timedelta, *, failed: str, hopeless: bool = False) -> None:
    values: dict[str, Any] = {"leased_until": None, "run_at": clock.now() + delay, "last_error": failed}
    if failed:
        values["failures"] = claimed.failures + 1
        if hopeless or claimed.failures + 1 >= MOST_FAILURES:
            values["dead_at"] = clock.now()
            logger.error("job_dead")
    async with ctx.db.transaction() as tx:
        await tx.execute(update(JOB).where(JOB.c.id == claimed.id, JOB.c.attempts == claimed.attempt).values(**values))


async def drain(ctx: JobContext, *, at_most: int = 10_000) -> int:
    """Run due jobs one after another until none is left; how many ran."""
    ran = 0
    while ran < at_most and (some := await run_some(ctx, at_most=min(BATCH, at_most - ran))):
        ran += some
    return ran


async def schedule_periodic(ctx: JobContext) -> None:
    """Write the job of each interval's current slot, once in the whole installation (its key is the slot)."""
    now = clock.now()
    async with ctx.db.transaction() as tx:
        for name, interval in registry.periodic.items():
            slot = int(now.timestamp() // interval.total_seconds())
            await add_job(tx, name, {}, run_at=None, key=f"every:{name}:{slot}")


async def sweep_forever(
    ctx: JobContext, stop: asyncio.Event, bell: asyncio.Event | None = None, *, lanes: int = 4, pause: float = 1.0
) -> None:
    """Look for due jobs in `lanes` lanes until `stop` is set: each `pause` seconds, and when the bell rings. Needs
    PostgreSQL only, and outlives its absence.
    """
    bell = bell or asyncio.Event()

    async def lane() -> None:
        while not stop.is_set():
            bell.clear()  # before looking: what rings while one looks is looked for again
            if not await _survive(lambda: run_one(ctx)):
                await _wait(pause, stop, bell)

    async def ticker() -> None:
        while not stop.is_set():
            await _survive(lambda: schedule_periodic(ctx))
            await _wait(10 * pause, stop)

    await asyncio.gather(ticker(), *(lane() for _ in range(lanes)))


async def _survive(step: Callable[[], Awaitable[bool | None]]) -> bool:
    try:
        return bool(await step())
    except Exception as error:  # noqa: BLE001  the database is away: say so and try again
        logger.warning("sweep_failed", error=repr(error))
        return False


async def _wait(seconds: float, *signals: asyncio.Event) -> None:
    """Until one of these is set, or for so long."""
    waiting = [asyncio.create_task(signal.wait()) for signal in signals]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
