"""Child processes that end with their parent, however the parent ends.

A parent killed with SIGKILL runs no clean-up, and its children would live on, holding ports and data. Linux can
send a child a signal of its choice at that moment (PR_SET_PDEATHSIG), but the child must ask for it itself, after
any change of user and before anything else. So each child starts as this file, run as a script: it drops to the
wanted user, asks for the signal, and becomes the real command by exec, with the same process id. On systems
without the call, children left behind are ended by the next start (see app/embedded.py).

Imported, the file gives `Child`, `tethered`, and `end_with` for those that are forked. As a script it imports nothing
outside the standard library: it runs with `-I -S`, before the user changes, and costs about 20 ms.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PR_SET_PDEATHSIG = 1


class Child:
    """A running command, in a session of its own (so a terminal's Ctrl-C reaches only the parent), logging to a file.

    Start children from the main thread: Linux ties the death signal to the thread that started the child.

    command  absolute path of the program and its arguments
    log      standard output and error go here; the log of the run before is kept as `<log>.1`
    ending   the signal that asks the command to end in good order
    user     (uid, gid) to run as; None is the caller's own
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        log: Path,
        cwd: Path,
        env: Mapping[str, str],
        ending: signal.Signals = signal.SIGTERM,
        user: tuple[int, int] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.ending = ending
        if log.exists():
            log.replace(log.with_name(f"{log.name}.1"))
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603  our own commands, never a user's words
                tethered(command, ending, user),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self.process.poll()

    def ask_to_end(self) -> None:
        if self.exit_code is None:
            self.process.send_signal(self.ending)

    def end(self, *, patience: float) -> None:
        """Ask it to end, wait at most `patience` seconds, and kill what is left of its session."""
        self.ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def tethered(
    command: list[str], ending: signal.Signals = signal.SIGTERM, user: tuple[int, int] | None = None
) -> list[str]:
    """`command` (its program an absolute path) as this process must start it, for it to get `ending` when we die."""
    identity = "{}:{}".format(*user) if user else "-"
    return [sys.executable, "-I", "-S", __file__, str(int(ending)), str(os.getpid()), identity, *command]


def become(death_signal: int, parent: int, identity: str, command: list[str]) -> None:
    """Drop to `identity` ("uid:gid", or "-" to stay), tie this process to `parent`, and become `command`."""
    if identity != "-":
        uid, gid = map(int, identity.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    end_with(parent, death_signal)
    os.execv(command[0], command)  # noqa: S606  no shell is wanted


def end_with(parent: int, death_signal: int) -> None:
    """Have this process get `death_signal` when its parent, whose process id is given, dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before the tie was made
        sys.exit("The parent process has gone.")


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
