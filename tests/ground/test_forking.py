"""`portolan serve`: what is forked, what replaces it, and how all of it ends."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import run
from app.embedded import program_of
from app.tether import Child

WORKS = """
import os, signal, time
from pathlib import Path
from socket import socket
from app.forking import Forks

def work(name):
    def run():
        Path(f"{name}.{os.getpid()}").touch()
        time.sleep(600)
    return run

forks = Forks()
listening = forks.socket
if listening is None:
    listening = socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
Path("port").write_text(str(listening.getsockname()[1]))
with open("starts", "a") as starts: starts.write("x")
forks.keep({"one": work("one"), "two": work("two")}, listening)
"""
UNTORN = """
import json, os
from app import serving
from app.core.config import Settings
from app.forking import Forks
from app.main import create_app

def keep(forks, works, listening):
    files = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if fd != "0"
             and os.path.lexists(f"/proc/self/fd/{fd}")]
    print(json.dumps({"works": list(works), "threads": len(os.listdir("/proc/self/task")),
                      "sockets": sum(file.startswith("socket:") for file in files)}))

Forks.keep = keep
settings = Settings()
serving.serve(create_app(settings), settings, workers=1)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and asks to be told of a parent's death")


def until(holds: Callable[[], bool], child: Child, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, child.log.read_text()
        time.sleep(0.02)


def running(place: Path) -> dict[int, str]:
    """Name by process id of the works that have begun and not ended."""
    begun = [(int(path.suffix[1:]), path.stem) for path in place.glob("*.*") if path.suffix[1:].isdigit()]
    return {pid: name for pid, name in begun if program_of(pid) != ""}


@contextmanager
def forked(place: Path) -> Iterator[Child]:
    """Two works, and over them what watches."""
    (place / "works.py").write_text(WORKS)
    env = {**os.environ, "PYTHONPATH": str(run.ROOT)}
    child = Child("forks", [sys.executable, "works.py"], log=place / "log", cwd=place, env=env)
    try:
        until(lambda: len(running(place)) == 2 and watching(child), child)
        yield child
    finally:
        child.end(patience=20)


def watching(child: Child) -> bool:
    return b"watch.py" in Path(f"/proc/{child.pid}/cmdline").read_bytes()


@linux
def test_what_ends_is_replaced_and_the_others_work_on_at_the_same_socket(place: Path) -> None:
    with forked(place) as child:
        before, port = running(place), (place / "port").read_text()
        one = next(pid for pid, name in before.items() if name == "one")
        os.kill(one, signal.SIGKILL)
        until(lambda: one not in running(place), child)
        until(lambda: len(running(place)) == 2 and watching(child), child)
        after = running(place)
        assert sorted(after.values()) == ["one", "two"]
        assert set(before) - set(after) == {one}
        assert (place / "port").read_text() == port
        assert (place / "starts").read_text() == "xx"
        assert "process_ended" in child.log.read_text()


@linux
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_ends_the_others_first(place: Path, sign: signal.Signals) -> None:
    with forked(place) as child:
        pids = running(place)
        child.process.send_signal(sign)
        assert child.process.wait(20) == 0
        assert [pid for pid in pids if program_of(pid) != ""] == []


@linux
def test_the_others_end_with_it_when_it_is_killed(place: Path) -> None:
    with forked(place) as child:
        pids = running(place)
        child.process.kill()
        child.process.wait()
        until(lambda: all(program_of(pid) == "" for pid in pids), child)


@linux
def test_nothing_exists_before_the_fork_that_it_would_tear(place: Path) -> None:
    env = {**os.environ, "PORTOLAN_PORT": "0", "PORTOLAN_DATA_DIR": str(place), "PORTOLAN_REDIS_URL": "redis://x"}
    command = [sys.executable, "-c", UNTORN]
    done = subprocess.run(command, cwd=run.ROOT, env=env, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told == {"works": ["web 1", "web 2", "worker 1"], "threads": 1, "sockets": 1}


@linux
def test_serve_answers_and_watches_from_a_small_process(place: Path) -> None:
    port = run.wanted_port("PORTOLAN_NO_SUCH_VARIABLE", "0")
    env = {**os.environ, "PORTOLAN_PORT": str(port), "PORTOLAN_DATA_DIR": str(place), "PORTOLAN_WEB_PROCESSES": "1"}
    command = [sys.executable, "-m", "app.cli", "serve", "--workers", "1"]
    child = Child("serve", command, log=place / "log", cwd=run.ROOT, env=env)

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        until(lambda: answers() and watching(child), child)
        until(lambda: "worker_started" in child.log.read_text(), child)
        child.ask_to_end()
        assert child.process.wait(30) == 0
        assert "worker_stopped" in child.log.read_text()
    finally:
        child.end(patience=20)
