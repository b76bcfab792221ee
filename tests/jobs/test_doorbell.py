"""The bell between who writes a job and who does it, rung with a real Redis."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest
from redis.asyncio import Redis

from app import worker
from app.core import outbox, runner
from app.core.db import Database
from app.core.doorbell import MOMENT, QUEUE, Doorbell
from app.core.jobs import JobContext, registry
from tests.jobs.test_outbox import count, ran

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close")  # arq's own
NEVER = 3600.0  # seconds between two looks: no test waits so long


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    """A Redis database of this process's own, empty."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15 + 1
    async with Redis.from_url(f"{os.environ['PORTOLAN_TEST_REDIS']}?db={number}") as here:
        await here.flushdb()
        yield here
        await here.flushdb()


@pytest.fixture
async def listener(ctx: JobContext, redis: Redis) -> JobContext:
    number = redis.connection_pool.connection_kwargs["db"]
    url = f"{os.environ['PORTOLAN_TEST_REDIS']}?db={number}"
    return replace(ctx, settings=ctx.settings.model_copy(update={"redis_url": url}))


@pytest.fixture
async def door(db: Database, listener: JobContext) -> AsyncIterator[Doorbell]:
    hung = Doorbell(listener.settings.redis_url)
    db.doorbell = hung.ring
    yield hung
    db.doorbell = None
    await hung.close()


@asynccontextmanager
async def working(*parts: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(part(stop)) for part in parts]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def until(seen: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1200):
        if await seen():
            return
        await asyncio.sleep(0.025)
    raise TimeoutError


async def write(db: Database, number: int) -> None:
    async with db.transaction() as tx:
        await outbox.enqueue(tx, count, number=number)


async def test_who_looks_for_work_is_woken(db, listener, door, monkeypatch):
    monkeypatch.setattr(registry, "periodic", {})
    bell = asyncio.Event()

    async def sweep(stop: asyncio.Event) -> None:
        await runner.sweep_forever(listener, stop, bell, lanes=1, pause=NEVER)

    async def listen(stop: asyncio.Event) -> None:
        await worker.listen(listener, stop, bell)

    async with working(sweep, listen):
        for number in range(1, 4):
            await asyncio.sleep(0.1)  # it has looked, and found nothing more
            await write(db, number)
            await until(partial(done, number))
    assert ran == [1, 2, 3]


async def done(number: int) -> bool:
    return number in ran


async def test_much_that_is_written_while_nobody_listens_is_one_ring(db, listener, door, redis):
    for number in range(1, 6):
        await write(db, number)
        await write(db, 10 * number)
        await asyncio.sleep(2 * MOMENT)
    await until(lambda: rung(redis))
    await asyncio.sleep(2 * MOMENT)
    assert await redis.zcard(QUEUE) == 1
    bell = asyncio.Event()
    async with working(lambda stop: worker.listen(listener, stop, bell)), asyncio.timeout(30):
        await bell.wait()
        await until(lambda: silent(redis))
        bell.clear()
        await write(db, 7)
        await bell.wait()


async def rung(redis: Redis) -> bool:
    return bool(await redis.zcard(QUEUE))


async def silent(redis: Redis) -> bool:
    return await redis.keys("arq:*work_waits") == [] and not await rung(redis)


async def test_a_bell_that_is_away_costs_nothing(db, monkeypatch):
    away = Doorbell("redis://127.0.0.1:1/0")
    tried = []
    connected = away._connected

    async def try_it():
        tried.append(1)
        return await connected()

    monkeypatch.setattr(away, "_connected", try_it)
    db.doorbell = away.ring
    for number in range(1, 4):
        await write(db, number)
        await until(lambda: still(away))
    assert len(tried) == 1, "it is not tried again at once"
    assert (await away.state()).startswith("away")
    await away.close()


async def still(bell: Doorbell) -> bool:
    return not bell._rings
