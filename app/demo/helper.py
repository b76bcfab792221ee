"""Processes beside the demo world's own: they run jobs at the moments of the stories, as workers do beside the web."""

import asyncio
import gc
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import Self
from uuid import UUID

import uvloop

from app import tether, wiring
from app.core import clock, log, runner
from app.core.config import Settings
from app.core.db import Database
from app.core.runner import Claim

PROCESSES = 2
"""A contract's document is signed by one while the signatures of another are checked."""


def processes() -> BaseContext:
    """How processes beside this one begin: forked from one that has loaded the application, once for all of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


class Helper:
    """A context manager: processes begin when there is work and end with the block."""

    def __init__(self, settings: Settings) -> None:
        self._processes = ProcessPoolExecutor(PROCESSES, processes(), _begin, (settings,))

    async def run(self, claimed: Claim) -> list[UUID]:
        """Run a job that was claimed, by the clock of this task; the jobs that it has rung for."""
        return await asyncio.get_running_loop().run_in_executor(self._processes, _run, claimed, clock.now())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._processes.shutdown(cancel_futures=True)


class _Bench:
    """What such a process works with."""

    def __init__(self, settings: Settings) -> None:
        log.configure(settings.log_format)
        self._loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        db = Database(settings.database_url, pool=2, durable=False)
        self._ctx = wiring.job_context(settings, db)
        self._rung: list[UUID] = []
        db.doorbell = self._ring

    def _ring(self, job_ids: list[UUID]) -> None:
        self._rung += job_ids

    def run(self, claimed: Claim, moment: datetime) -> list[UUID]:
        self._loop.run(self._at(moment, claimed))
        rung, self._rung = self._rung, []
        return rung

    async def _at(self, moment: datetime, claimed: Claim) -> None:
        with clock.at(moment):
            await runner.run_claimed(self._ctx, claimed)


_bench: _Bench


def _begin(settings: Settings) -> None:
    global _bench
    # Who forked it ends with the world's own process, and would leave it waiting for ever for the next job.
    tether.end_with(os.getppid(), signal.SIGKILL)
    _bench = _Bench(settings)
    gc.freeze()


def _run(claimed: Claim, moment: datetime) -> list[UUID]:
    return _bench.run(claimed, moment)
