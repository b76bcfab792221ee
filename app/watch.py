"""What stays of the process that has loaded the application and forked the others: it waits for one of them to end.

Run as a script, in place of the program that forked them (app/forking.py) and with its process id, so that they are its
children. It imports nothing outside the standard library and little of that, for it is in memory all the time.
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping

ENDINGS = (signal.SIGINT, signal.SIGTERM)
STATE = "PORTOLAN_FORKED"
"""Environment, as JSON: by name the `pids` of what runs and wait statuses of what `ended`; the `socket`'s number."""
SHORT_LIFE = 2.0  # seconds; what ends sooner is not started again at once


def watch(pids: Mapping[str, int], socket: int, command: list[str]) -> None:
    """Until SIGTERM or SIGINT, which end the children; when one ends by itself, become `command`, to replace it."""
    names = {pid: name for name, pid in pids.items()}
    stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        stopping = True
        for pid in list(names):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    for number in ENDINGS:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    began = time.monotonic()
    while names:
        pid, status = os.wait()
        name = names.pop(pid, None)  # None: somebody else's orphan, where this is the first process of a container
        if name is None or stopping:
            continue
        time.sleep(max(0.0, began + SHORT_LIFE - time.monotonic()))
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        if not stopping:
            left = {name: pid for pid, name in names.items()}
            state = json.dumps({"pids": left, "ended": {name: status}, "socket": socket})
            os.execve(command[0], command, {**os.environ, STATE: state})  # noqa: S606  no shell is wanted
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


if __name__ == "__main__":
    said = json.loads(os.environ.pop(STATE))
    watch(said["pids"], said["socket"], sys.argv[1:])
