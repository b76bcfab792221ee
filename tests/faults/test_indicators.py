"""kill -9 of a worker at its steps while it closes a month or makes a report: the next one ends it, once and whole."""

import asyncio
import signal
from datetime import date
from multiprocessing import get_context
from uuid import UUID

import pytest

from app.core import clock, evidence
from app.core.outbox import enqueue
from app.core.runner import drain
from app.core.storage import receipt
from app.indicators import closing, jobs
from app.indicators import queries as indicators
from app.indicators.figures import groups
from app.indicators.reporting import queries, service
from app.indicators.reporting.keeping import about
from tests.factories.indicators import at, count_month
from tests.factories.people import Actor, make_company, make_staff
from tests.faults.counts import LEVEL, tell
from tests.faults.mortal import live, live_until_kept
from trust.access import Role

MOST = 60
STRIDE = 5 if LEVEL == "quick" else 1  # in the suite every fifth step
NOBODY = "http://127.0.0.1:9"  # no provider has a part in this
OCTOBER = date(2026, 10, 31)


async def close(tx, _evaluator: Actor) -> int:
    there = await indicators.newest_revision(tx, groups.FIGURES, OCTOBER)
    assert there is not None
    why = "A company was counted twice."
    await enqueue(tx, jobs.close, closing_=groups.FIGURES, last=OCTOBER, revision=there + 1, reason=why)
    return there + 1


async def report(tx, evaluator: Actor) -> UUID:
    period = service.Period("month", OCTOBER)
    return await service.ask(tx, period, public=False, by=evaluator.member)


async def closed_once(ctx, revision: int) -> None:
    async with ctx.db.transaction(read_only=True) as tx:
        history = [one for one in await indicators.history(tx, OCTOBER) if one.closing == groups.FIGURES]
        assert [one.revision for one in history] == list(range(revision, 0, -1))
        assert await closing.as_sealed(tx, history[0])
    assert receipt(await ctx.files.get(history[0].file_key), "").sha256 == history[0].digest


async def reported_once(ctx, report_id: UUID) -> None:
    async with ctx.db.transaction(read_only=True) as tx:
        made = await queries.report(tx, report_id)
        kinds = [link.kind for link in await evidence.chain(tx, about(report_id))]
    assert made.made_at is not None
    assert kinds == ["report.asked", "report.locked", "report.file", "report.file", "report.file"]
    for form in queries.FORMS:
        file = made.files[form]
        assert receipt(await ctx.files.get(file.file_key), "").sha256 == file.digest


async def counted(db, ctx) -> Actor:
    """An evaluator of a platform whose October is counted."""
    with clock.at(at(date(2026, 10, 2))):
        async with db.transaction() as tx:
            await make_company(tx, "Shenzhen Lantern")
            evaluator = await make_staff(tx, Role.EVALUATOR)
    await count_month(ctx, OCTOBER)
    await drain(ctx)
    return evaluator


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("work", "ended", "files"), [(close, closed_once, 1), (report, reported_once, 4)])
async def test_killed_between_a_file_and_the_row_that_names_it(db, ctx, settings, work, ended, files):
    mothers = get_context("forkserver")
    mothers.set_forkserver_preload(["tests.faults.mortal"])
    evaluator = await counted(db, ctx)
    for kept in range(1, files + 1):
        async with db.transaction() as tx:
            what = await work(tx, evaluator)
        worker = mothers.Process(target=live_until_kept, args=(settings, kept))
        worker.start()
        await asyncio.to_thread(worker.join)
        assert worker.exitcode == -signal.SIGKILL
        for _ in range(2):
            clock.advance(minutes=11)  # the dead worker's leases run out
            await drain(ctx)
        await ended(ctx, what)
        clock.reset()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("work", "ended"), [(close, closed_once), (report, reported_once)])
async def test_killed_at_its_steps(db, ctx, settings, work, ended):
    mothers = get_context("forkserver")
    mothers.set_forkserver_preload(["tests.faults.mortal"])
    evaluator = await counted(db, ctx)
    kills = 0
    for steps in range(1, MOST, STRIDE):
        async with db.transaction() as tx:
            what = await work(tx, evaluator)
        worker = mothers.Process(target=live, args=(settings, NOBODY, steps))
        worker.start()
        await asyncio.to_thread(worker.join)
        assert worker.exitcode in (0, -signal.SIGKILL)
        for _ in range(2):
            clock.advance(minutes=11)  # the dead worker's leases run out
            await drain(ctx)
        await ended(ctx, what)
        clock.reset()
        if worker.exitcode == 0:
            break
        kills += 1
    else:
        pytest.fail("there are more steps than were tried")
    assert kills >= 2
    tell("indicators", work=work.__name__, kills=kills)
