"""Stories told side by side, each step at its own moment: what happened first is written first.

A story is an asynchronous generator. It yields the moment at which it goes on; meanwhile the others do.
"""

import heapq
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.core import clock, post
from app.core.jobs import JobContext, registry
from app.core.runner import drain
from orders.deals.handlers import accept_in_silence
from orders.negotiation.jobs import close_rfqs, expire_offers

Story = AsyncIterator[datetime]

DAY = timedelta(days=1)
NEWS = 2 * DAY
SWEPT_EACH = 2 * DAY
SWEEPS = (expire_offers, close_rfqs, accept_in_silence)
"""What the clock alone brings about: offers lapse, requests close, silence becomes acceptance."""


async def play(ctx: JobContext, stories: Iterable[Story]) -> None:
    """Tell all stories up to now, in the order of their moments, each followed by the jobs it causes.

    A story ends by itself or at its first moment that lies in the future.
    """
    end = clock.now()
    with _old_letters_lost(end - NEWS):
        await _play(ctx, stories, end)


async def _play(ctx: JobContext, stories: Iterable[Story], end: datetime) -> None:
    waiting: list[tuple[datetime, int, Story]] = []
    for number, story in enumerate(stories):
        await _go_on(waiting, number, story, end)
    swept = end - 10_000 * DAY
    while waiting:
        moment, number, story = heapq.heappop(waiting)
        with clock.at(moment):
            if moment - swept >= SWEPT_EACH:
                swept = moment
                for sweep in SWEEPS:
                    await sweep(ctx)
            await _go_on(waiting, number, story, end)
            await drain(ctx)
    await drain(ctx)


@contextmanager
def _old_letters_lost(since: datetime) -> Iterator[None]:
    """Letters from before `since` are not written: nobody waits for them, and they would take most of the time."""
    name = f"{post.deliver.__module__}.{post.deliver.__qualname__}"
    spec = registry.jobs[name]

    async def deliver(ctx: JobContext, **letter: Any) -> None:
        if clock.now() >= since:
            await spec.run(ctx, **letter)

    registry.jobs[name] = replace(spec, run=deliver)
    try:
        yield
    finally:
        registry.jobs[name] = spec


async def _go_on(waiting: list[tuple[datetime, int, Story]], number: int, story: Story, end: datetime) -> None:
    moment = await anext(story, None)
    if moment is not None and moment <= end:
        heapq.heappush(waiting, (moment, number, story))
