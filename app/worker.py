"""The worker's door: sweeps the outbox with PostgreSQL alone, and listens for arq's bell while Redis is there."""

import asyncio
import signal
from contextlib import suppress
from typing import Any, ClassVar, cast

from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app import wiring
from app.core import log, runner
from app.core.config import Settings
from app.core.db import Database
from app.core.doorbell import QUEUE, RUNG, redis_settings
from app.core.jobs import JobContext

RETURN = 5.0  # seconds between attempts to hear the bell again
logger = log.get("portolan.worker")


async def wake(arq: dict[str, Any]) -> None:
    """arq's one function: whoever looks for jobs looks now."""
    arq["bell"].set()


class WorkerSettings:
    """arq's view of this worker. arq itself never retries: the outbox does."""

    functions: ClassVar = [func(cast(WorkerCoroutine, wake), name=RUNG, max_tries=1, keep_result=0)]
    queue_name = QUEUE


async def listen(ctx: JobContext, stop: asyncio.Event, bell: asyncio.Event) -> None:
    """Set `bell` when it rings, until `stop`; when Redis goes away, wait for it to come back."""
    while ctx.settings.redis_url and not stop.is_set():
        worker = Worker(
            functions=WorkerSettings.functions,
            queue_name=QUEUE,
            redis_settings=redis_settings(ctx.settings.redis_url),
            ctx={"bell": bell},
            handle_signals=False,
            poll_delay=0.2,
            health_check_interval=3600,
        )
        task = asyncio.create_task(worker.async_run())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not task.done():
            task.cancel()
        try:
            await task
        except (RedisError, OSError, asyncio.CancelledError) as error:
            if not stop.is_set():
                logger.warning("bell_away", error=repr(error))
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)  # who is answering the bell ends soon
        worker.tasks.clear()
        with suppress(RedisError, OSError):  # it says goodbye to Redis, which may be what went away
            await worker.close()
        if not stop.is_set():
            await asyncio.sleep(RETURN)


async def work(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; jobs in hand are finished or left to their lease."""
    log.configure(settings.log_format)
    db = Database(settings.database_url, pool=settings.database_pool)
    ctx = wiring.job_context(settings, db)
    stop, bell = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    logger.info("worker_started")
    await asyncio.gather(runner.sweep_forever(ctx, stop, bell), listen(ctx, stop, bell))
    await ctx.gateway.close()
    await db.close()
    logger.info("worker_stopped")
