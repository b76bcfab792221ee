"""The side of a helper: see `app.core.workshop`."""

import gc
import os
import resource
import select
import signal
import sys
from collections.abc import Callable

from app.core.workshop import ANSWER, JOB

IDLE_SECONDS = 60.0


class Complaint(Exception):
    """Why a job cannot be done."""


def serve(work: Callable[[bytes], bytes]) -> None:
    """Do what comes on standard input until it ends or nothing comes. `work` may raise Complaint."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for whoever started us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    back = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anybody prints is no answer
    gc.freeze()  # what was loaded stays: there is no garbage to look for in it
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        head = sys.stdin.buffer.read(JOB.size)
        if len(head) < JOB.size:
            return
        cpu_seconds, memory_bytes, length = JOB.unpack(head)
        job = sys.stdin.buffer.read(length)
        _bound(cpu_seconds, memory_bytes)
        try:
            done, told = True, work(job)
        except Complaint as complaint:
            done, told = False, str(complaint).encode()
        back.write(ANSWER.pack(done, len(told)) + told)
        back.flush()


def _bound(cpu_seconds: int, memory_bytes: int) -> None:
    """The kernel counts both against this process alone: SIGXCPU at the one, failed allocations at the other."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.RLIM_INFINITY))
