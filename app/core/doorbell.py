"""arq as the doorbell: tells a worker at once that a job waits. Losing Redis loses a moment, never a job."""

import asyncio
from uuid import UUID

from arq.connections import ArqRedis, RedisSettings, create_pool
from redis.exceptions import RedisError

from app.core import clock, log

QUEUE = "portolan:doorbell"
RUNG = "work_waits"
"""The one thing that is rung for, as arq's function."""
MOMENT = 0.02  # seconds; all that is written in one is rung for once
PATIENCE = 0.25  # seconds; no bell takes longer than that
SILENCE = 5.0  # seconds without trying again after Redis was found away

logger = log.get("portolan.doorbell")


def redis_settings(url: str) -> RedisSettings:
    """arq's settings for `redis://…` or `unix:///path/to/socket`; one quick attempt, because a bell may be missed."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries = 0
    settings.conn_timeout = 1
    return settings


class Doorbell:
    """Rings arq for jobs just written. An empty URL is a bell that is not there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: ArqRedis | None = None
        self._quiet_until = 0.0
        self._due = False
        self._rings: set[asyncio.Task[None]] = set()

    def ring(self, _jobs: list[UUID]) -> None:
        """These were written and are due. Within a moment the bell says so, once for all that are; who wrote them
        waits for nothing.
        """
        if self._url and not self._due and clock.now().timestamp() >= self._quiet_until:
            self._due = True
            ringing = asyncio.create_task(self._ring())
            self._rings.add(ringing)
            ringing.add_done_callback(self._rings.discard)

    async def _ring(self) -> None:
        await asyncio.sleep(MOMENT)
        self._due = False  # what is written from here on is rung for again
        try:
            async with asyncio.timeout(PATIENCE):
                await (await self._connected()).enqueue_job(RUNG, _job_id=RUNG, _queue_name=QUEUE)
        except (RedisError, OSError, TimeoutError) as error:
            self._quiet_until = clock.now().timestamp() + SILENCE
            logger.warning("doorbell_away", error=repr(error))

    async def state(self) -> str:
        """`ok`, `off` when there is no bell, or that Redis is away."""
        if not self._url:
            return "off"
        try:
            async with asyncio.timeout(PATIENCE):
                await (await self._connected()).ping()
        except (RedisError, OSError, TimeoutError) as error:
            return f"away: {type(error).__name__}"
        return "ok"

    async def _connected(self) -> ArqRedis:
        if self._pool is None:
            self._pool = await create_pool(redis_settings(self._url), default_queue_name=QUEUE)
        return self._pool

    async def close(self) -> None:
        for ringing in self._rings:
            ringing.cancel()
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None
