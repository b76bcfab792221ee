"""The outbox: written with the change, run at least once, effects of handlers exactly once, without Redis."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, outbox, runner
from app.core.ids import new_id
from app.core.jobs import Event, JobContext, handler, job, registry
from app.core.outbox import JobRow
from app.core.states import StateChange
from app.core.subject import Subject

ran: list[int] = []


@dataclass(frozen=True)
class LampLit(Event):
    subject: Subject
    number: int


@handler(LampLit)
async def note_lamp(tx, event: LampLit) -> None:
    tx.add(
        StateChange(
            subject_type="lamp",
            subject_id=event.subject.id,
            move="light",
            from_state="dark",
            to_state="lit",
            at=clock.now(),
        )
    )
    if event.number < 0:
        raise ValueError("a lamp that fails")


@job
async def count(ctx: JobContext, number: int, lamp: UUID | None = None) -> None:
    ran.append(number)
    if number == 13:
        raise RuntimeError("unlucky")
    if number < 0:
        raise runner.GiveUp("hopeless")


@pytest.fixture(autouse=True)
def _empty():
    ran.clear()


async def changes(db) -> int:
    async with db.transaction() as tx:
        return len((await tx.scalars(select(StateChange).where(StateChange.subject_type == "lamp"))).all())


async def jobs(db) -> list[JobRow]:
    async with db.transaction() as tx:
        return list(await tx.scalars(select(JobRow).order_by(JobRow.id)))


async def test_what_is_rolled_back_never_happens(db, ctx):
    async def fails() -> None:
        async with db.transaction() as tx:
            await outbox.enqueue(tx, count, number=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await runner.drain(ctx) == 0


async def test_an_event_reaches_its_handler_once(db, ctx):
    async with db.transaction() as tx:
        await outbox.publish(tx, LampLit(Subject("lamp", new_id()), 1))
    await asyncio.gather(*(runner.drain(ctx) for _ in range(5)))
    assert await changes(db) == 1
    async with db.transaction() as tx:
        assert [e.number for e in await outbox.published(tx, LampLit)] == [1]


async def test_a_failing_handler_leaves_nothing_and_is_tried_again_later(db, ctx):
    async with db.transaction() as tx:
        await outbox.publish(tx, LampLit(Subject("lamp", new_id()), -1))
    await runner.drain(ctx)
    assert await changes(db) == 0
    (row,) = await jobs(db)
    assert row.failures == 1
    assert row.done_at is None
    assert "a lamp that fails" in row.last_error
    assert await runner.drain(ctx) == 0
    clock.advance(seconds=6)
    assert await runner.drain(ctx) == 1


async def test_given_up_after_twelve_failures_and_kept_for_people(db, ctx):
    async with db.transaction() as tx:
        await outbox.enqueue(tx, count, number=13)
    for _ in range(runner.MOST_FAILURES):
        await runner.drain(ctx)
        clock.advance(hours=2)
    assert await runner.drain(ctx) == 0
    (row,) = await jobs(db)
    assert row.dead_at is not None
    assert len(ran) == runner.MOST_FAILURES


async def test_a_worker_that_died_is_replaced_when_its_lease_ends(db, ctx):
    async with db.transaction() as tx:
        await outbox.enqueue(tx, count, number=2)
    async with db.transaction() as tx:
        assert len(await runner.claim(tx)) == 1
    assert await runner.drain(ctx) == 0
    clock.advance(minutes=6)
    assert await runner.drain(ctx) == 1
    assert ran == [2]


async def test_a_worker_that_was_only_slow_does_not_do_again_what_another_did_meanwhile(db, ctx):
    async with db.transaction() as tx:
        await outbox.publish(tx, LampLit(Subject("lamp", new_id()), 1))
    async with db.transaction() as tx:
        (slow,) = await runner.claim(tx)
    clock.advance(minutes=6)
    assert await runner.drain(ctx) == 1
    await runner.run_claimed(ctx, slow)
    assert await changes(db) == 1


async def test_one_key_one_job(db, ctx):
    async with db.transaction() as tx:
        await outbox.enqueue(tx, count, number=3, key="same")
        await outbox.enqueue(tx, count, number=4, key="same")
    await runner.drain(ctx)
    assert ran == [3]


async def test_not_before_its_time(db, ctx):
    async with db.transaction() as tx:
        await outbox.enqueue(tx, count, number=5, run_at=clock.now() + timedelta(days=1))
    assert await runner.drain(ctx) == 0
    clock.advance(days=1, seconds=1)
    assert await runner.drain(ctx) == 1


async def test_arguments_are_checked_when_written(db):
    with pytest.raises(ValueError, match="number"):
        async with db.transaction() as tx:
            await outbox.enqueue(tx, count, number="many")


async def test_a_periodic_job_runs_once_per_interval(db, ctx, monkeypatch):
    name = f"{count.__module__}.{count.__qualname__}"
    monkeypatch.setattr(registry, "periodic", {name: timedelta(minutes=5)})
    for _ in range(3):
        await runner.schedule_periodic(ctx)
    assert len(await jobs(db)) == 1
    clock.advance(minutes=5)
    await runner.schedule_periodic(ctx)
    assert len(await jobs(db)) == 2


async def test_the_database_going_away_does_not_end_the_sweep(db, ctx, urls, monkeypatch):
    monkeypatch.setattr(registry, "periodic", {})  # the one lane is for the job below, not for a look at the provider
    stop = asyncio.Event()
    sweep = asyncio.create_task(runner.sweep_forever(ctx, stop, lanes=1, pause=0.05))
    await asyncio.sleep(0.2)
    async with db.transaction() as tx:
        await tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :d AND pid <> pg_backend_pid()"
            ),
            {"d": urls.name},
        )
    for _try in range(5):  # a connection may learn only while it is used that it is gone
        try:
            async with db.transaction() as tx:
                await outbox.enqueue(tx, count, number=7)
            break
        except DBAPIError:
            continue
    for _ in range(1200):
        if ran:
            break
        await asyncio.sleep(0.05)
    stop.set()
    await sweep
    assert ran == [7]


async def test_what_can_never_succeed_is_given_up_at_once(db, ctx):
    async with db.transaction() as tx:
        await outbox.enqueue(tx, count, number=-1)
    assert await runner.drain(ctx) == 1
    (row,) = await jobs(db)
    assert row.dead_at is not None
    assert "hopeless" in row.last_error
