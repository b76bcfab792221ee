"""Processes beside this one that do one kind of work, each job within bounds of processor time, clock time and memory.

A helper is started when there is work and does one job after another, because what it has loaded and learned is most
of a job's cost. It goes when nothing comes for a while, when it has done many jobs, or by a bound that it broke. It has
nothing of our environment, and its input ends with us, also on kill -9.
"""

import asyncio
import atexit
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

ROOT = Path(__file__).resolve().parents[2]
JOB = struct.Struct("!QQQ")
"""Processor seconds, bytes of address space, bytes of the job that follows."""
_BYTECODE = ("-X", f"pycache_prefix={sys.pycache_prefix}") if sys.pycache_prefix else ()
ANSWER = struct.Struct("!?Q")
"""Whether it was done, bytes of the result or complaint that follows."""


class JobFailed(Exception):
    """The work could not be done; its text is for operators."""


class JobTooLong(JobFailed):
    """It took more processor or clock time than it may."""


class HelperGone(JobFailed):
    """The helper ended without an answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may cost; `memory_bytes` is the address space of its process."""

    cpu_seconds: int = 10
    wall_seconds: float = 20.0
    memory_bytes: int = 512 * 2**20


class Workshop:
    """Helpers of one kind.

    module  run by `python -m`; it calls `serve` of `app.core.workbench`
    most    so many work at once; further jobs wait their turn
    jobs    after so many a helper is replaced: what it keeps in memory never lasts
    """

    def __init__(self, module: str, *, most: int = os.cpu_count() or 1, jobs: int = 100) -> None:
        self._module, self._most, self._jobs = module, most, jobs
        self._idle: deque[_Helper] = deque()
        atexit.register(self.close)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        # Made at the first job, thus after a web process was forked.
        return ThreadPoolExecutor(self._most, thread_name_prefix=self._module)

    async def do(self, job: bytes, limits: Limits) -> bytes:
        """What a helper makes of a job. Raises JobFailed, JobTooLong."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._do, job, limits)

    def close(self) -> None:
        """Let go of those that wait for work."""
        while helper := self._waiting():
            helper.end()

    def _do(self, job: bytes, limits: Limits) -> bytes:
        while helper := self._waiting():
            try:
                return self._ask(helper, job, limits)
            except HelperGone:  # of its age or of what it did before; a fresh one decides whether it is the job
                continue
        try:
            fresh = _Helper(self._module)
        except OSError as error:  # no process or file to be had
            raise JobFailed(f"no helper: {error.strerror}") from error
        return self._ask(fresh, job, limits)

    def _waiting(self) -> "_Helper | None":
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _ask(self, helper: "_Helper", job: bytes, limits: Limits) -> bytes:
        kept = False
        try:
            done, told = helper.ask(job, limits)
            if kept := helper.asked < self._jobs:
                self._idle.append(helper)
        finally:
            if not kept:
                helper.end()
        if not done:
            raise JobFailed(told.decode(errors="replace"))
        return told


class _Helper:
    """One process and the pipes to it."""

    def __init__(self, module: str) -> None:
        self.asked = 0
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, *_BYTECODE, "-m", module],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            # One thread and one arena keep the address space small; nothing else of our environment is its business.
            env={"RAYON_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
        )
        self._to, self._back = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)

    def ask(self, job: bytes, limits: Limits) -> tuple[bool, bytes]:
        self.asked += 1
        late = threading.Event()
        clock = threading.Timer(limits.wall_seconds, self._too_late, (late,))
        clock.start()
        try:
            return self._exchanged(job, limits)
        except (OSError, EOFError):
            raise self._gone(late=late.is_set()) from None
        finally:
            clock.cancel()

    def _exchanged(self, job: bytes, limits: Limits) -> tuple[bool, bytes]:
        self._to.write(JOB.pack(limits.cpu_seconds, limits.memory_bytes, len(job)) + job)
        self._to.flush()
        head = self._back.read(ANSWER.size)
        if len(head) < ANSWER.size:
            raise EOFError
        done, length = ANSWER.unpack(head)
        told = self._back.read(length)
        if len(told) < length:
            raise EOFError
        return done, told

    def _too_late(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _gone(self, *, late: bool) -> JobFailed:
        ended = self._process.wait()
        if late:
            return JobTooLong("wall clock")
        if ended == -signal.SIGXCPU:
            return JobTooLong("processor time")
        self._complaints.seek(0)
        return HelperGone(self._complaints.read()[-2000:].decode(errors="replace") or f"exit {ended}")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._back, self._complaints):
            with suppress(BrokenPipeError):  # what it never read goes with it
                pipe.close()
