"""The worker and its doorbell: Redis may go away at any moment, also while the worker says goodbye to it."""

import asyncio
from dataclasses import replace

from redis.exceptions import ConnectionError as RedisAway

from app import worker


async def test_a_bell_that_breaks_is_hung_up_again(ctx, monkeypatch):
    stop, hung = asyncio.Event(), []

    class Bell:
        def __init__(self, **_settings: object) -> None:
            hung.append(self)
            self.tasks: dict[str, asyncio.Task[None]] = {}

        async def async_run(self) -> None:
            if len(hung) == 3:
                stop.set()
            raise RedisAway

        async def close(self) -> None:
            raise RedisAway

    monkeypatch.setattr(worker, "Worker", Bell)
    monkeypatch.setattr(worker, "RETURN", 0)
    settings = ctx.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    async with asyncio.timeout(30):
        await worker.listen(replace(ctx, settings=settings), stop, asyncio.Event())
    assert len(hung) == 3
