"""Processes beside this one: their bounds, how long they are kept, and what becomes of one that ends."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from app.core.workshop import HelperGone, JobFailed, JobTooLong, Limits, Workshop

MODULE = "tests.factories.helper"
LIMITS = Limits(cpu_seconds=5, wall_seconds=30.0)


@pytest.fixture
def shop() -> Iterator[Workshop]:
    made = Workshop(MODULE, most=2, jobs=3)
    yield made
    made.close()


async def do(shop: Workshop, job: str, limits: Limits = LIMITS) -> str:
    return (await shop.do(job.encode(), limits)).decode()


async def test_one_helper_does_one_job_after_another_and_is_replaced(shop: Workshop) -> None:
    told = [await do(shop, "pid") for _ in range(5)]
    assert told[0] == told[1] == told[2] != told[3] == told[4]


async def test_so_many_work_at_once_and_no_more(shop: Workshop) -> None:
    told = await asyncio.gather(*(do(shop, "wait") for _ in range(5)))
    assert 2 <= len(set(told)) <= 3, "two at once; one was replaced after its third job"


async def test_what_cannot_be_done_says_why_and_the_helper_stays(shop: Workshop) -> None:
    before = await do(shop, "pid")
    with pytest.raises(JobFailed, match="no such work"):
        await do(shop, "complain")
    assert await do(shop, "pid") == before


async def test_a_helper_that_ends_between_jobs_is_not_missed(shop: Workshop) -> None:
    before = await do(shop, "pid")
    os.kill(int(before), signal.SIGKILL)
    assert await do(shop, "pid") != before


async def test_a_helper_that_ends_in_a_job_says_why(shop: Workshop) -> None:
    with pytest.raises(HelperGone, match="RuntimeError: bent"):
        await do(shop, "crash")
    assert await do(shop, "pid")


async def test_processor_time_counts_for_each_job(shop: Workshop) -> None:
    limits = Limits(cpu_seconds=2, wall_seconds=60.0)
    first = await do(shop, "spend 1.2", limits)
    assert await do(shop, "spend 1.2", limits) == first
    with pytest.raises(JobTooLong, match="processor time"):
        await do(shop, "spend 9", limits)
    assert await do(shop, "pid") != first


async def test_the_wall_clock_counts(shop: Workshop) -> None:
    await do(shop, "pid")
    with pytest.raises(JobTooLong, match="wall clock"):
        await do(shop, "sleep", Limits(wall_seconds=0.2))


async def test_memory_is_bounded_for_each_job(shop: Workshop) -> None:
    with pytest.raises(HelperGone, match="MemoryError"):
        await do(shop, "hoard", Limits(memory_bytes=200 * 2**20))
    assert await do(shop, "hoard", Limits(memory_bytes=2**30)) == "much"


async def test_it_knows_nothing_of_our_environment(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTOLAN_SECRET_KEY", "not for helpers")
    assert "PORTOLAN" not in await do(shop, "environment")


async def test_what_is_printed_is_no_answer(shop: Workshop) -> None:
    assert await do(shop, "print") == "answered"


async def test_it_ends_with_us(shop: Workshop) -> None:
    pid = int(await do(shop, "pid"))
    shop.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
