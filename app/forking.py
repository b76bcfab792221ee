"""Processes forked from one that has loaded the application: what none of them changes is in memory once.

That one would keep a copy of all they change, for nothing. So it becomes `app/watch.py` by exec, with the same process
id and the same children, and when one of these ends, this program again: it loads, forks the one that is missing and
goes back to watching. The others work on meanwhile; all share one socket.

A fork copies no thread, and two processes must not share a connection or an event loop: none may exist before.
"""

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from socket import socket
from typing import Any, NoReturn

from app import tether, watch
from app.core import log

GARBAGE = 10_000
"""New objects until those in circles are looked for: a page makes some thousands, which end with it by themselves, and
looking at every 700, as Python does unasked, took up to a tenth of its time."""

logger = log.get("portolan.processes")


class Forks:
    """What of this program runs already, when it was started to replace what has ended."""

    def __init__(self) -> None:
        state: dict[str, Any] = json.loads(os.environ.pop(watch.STATE, "{}"))
        self._pids: dict[str, int] = state.get("pids", {})
        self._ended: dict[str, int] = state.get("ended", {})
        self.socket = socket(fileno=state["socket"]) if state else None

    def keep(self, works: Mapping[str, Callable[[], None]], listening: socket) -> NoReturn:
        """Fork a process for each work that has none, and see to it that each has one, until SIGTERM or SIGINT.

        works      by name; each ends by the same signals
        listening  kept open for those that replace others
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, watch.ENDINGS)  # until somebody is there to answer
        self._look()
        gc.collect()
        gc.freeze()  # or the collector would write into every shared page
        gc.set_threshold(GARBAGE)
        for name in works:
            if name not in self._pids:
                self._pids[name] = _fork(works[name])
                logger.info("process_started", process=name, pid=self._pids[name])
        listening.set_inheritable(True)
        state = json.dumps({"pids": self._pids, "socket": listening.fileno()})
        again = [sys.executable, *sys.orig_argv[1:]]
        watcher = [sys.executable, "-I", "-S", watch.__file__, *again]
        os.execve(watcher[0], watcher, {**os.environ, watch.STATE: state})  # noqa: S606  no shell is wanted

    def _look(self) -> None:
        """Tell what has ended, also since this program was started again."""
        for name, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._ended[name] = status
                del self._pids[name]
        for name, status in self._ended.items():
            logger.error("process_ended", process=name, exit_code=os.waitstatus_to_exitcode(status))


def _fork(work: Callable[[], None]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    for number in watch.ENDINGS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, watch.ENDINGS)
    tether.end_with(parent, signal.SIGTERM)
    work()
    sys.exit()
