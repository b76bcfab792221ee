"""`make run`: children that never outlive it, ports, and what it says when something is in the way."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import run
from app.embedded import GroundError, Services, program_of
from app.tether import Child

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


def child(place: Path, script: str, name: str = "sleeper") -> Child:
    """A Python child, past its first line."""
    made = Child(name, [sys.executable, "-c", script], log=place / f"{name}.log", cwd=place, env=dict(os.environ))
    deadline = time.monotonic() + 20
    while made.exit_code is None and "up" not in made.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return made


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while program_of(pid) != "" and time.monotonic() < deadline:
        time.sleep(0.02)
    return program_of(pid) == ""


def test_a_child_ends_when_asked_and_when_deaf_is_killed(place: Path) -> None:
    polite, deaf = child(place, SLEEPER, "polite"), child(place, STUBBORN, "deaf")
    polite.end(patience=10)
    assert polite.exit_code == -signal.SIGTERM
    deaf.end(patience=0.2)
    assert deaf.exit_code == -signal.SIGKILL
    deaf.end(patience=0.2)  # ending the ended is harmless


def test_a_child_takes_its_own_children_along(place: Path) -> None:
    script = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]);"
        "open('grandchild', 'w').write(str(p.pid)); print('up', flush=True); p.wait()"
    )
    parent = child(place, script)
    parent.end(patience=10)
    assert gone(int((place / "grandchild").read_text()))


def test_the_log_of_the_run_before_is_kept(place: Path) -> None:
    for said in ("first", "second"):
        child(place, f"print('up {said}')").end(patience=10)
    assert (place / "sleeper.log").read_text() == "up second\n"
    assert (place / "sleeper.log.1").read_text() == "up first\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_end_with_a_parent_that_was_killed(place: Path) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from app.tether import Child; here = Path(sys.argv[1]);"
        f"child = Child('sleeper', [sys.executable, '-c', {SLEEPER!r}], log=here / 'log', cwd=here, env=os.environ)\n"
        "while 'up' not in child.log.read_text(): time.sleep(0.01)\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", script, str(place)]
    with subprocess.Popen(command, cwd=run.ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert program_of(pid) != ""
        parent.kill()
    assert gone(pid)


def test_a_taken_port_is_one_sentence_that_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORTOLAN_PORT", str(port))
        with pytest.raises(GroundError, match=rf"Port {port} .* set PORTOLAN_PORT to a free one\.$"):
            run.wanted_port("PORTOLAN_PORT", "8000")
    assert run.wanted_port("PORTOLAN_PORT", "8000") == port


@pytest.mark.parametrize("wanted", ["http", "", "-1", "65536", "８０００"])
def test_a_port_that_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv("PORTOLAN_PORT", wanted)
    with pytest.raises(GroundError, match="PORTOLAN_PORT must be a port number"):
        run.wanted_port("PORTOLAN_PORT", "8000")


def test_any_free_port_will_do_when_asked_for_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTOLAN_PORT", "0")
    assert run.wanted_port("PORTOLAN_PORT", "8000") > 0


def test_make_run_says_one_sentence_and_no_traceback_when_its_port_is_taken(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env = {
            **os.environ,
            "PORTOLAN_PORT": str(taken.getsockname()[1]),
            "PORTOLAN_DATA_DIR": str(place / "data"),
        }
        command = [sys.executable, "-m", "app.run"]
        done = subprocess.run(command, cwd=run.ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "PORTOLAN_PORT" in done.stderr
    assert not (place / "data").exists()


def test_a_child_that_dies_is_named_with_its_log(place: Path) -> None:
    alive, dead = child(place, SLEEPER), child(place, "import sys; sys.exit(3)", "worker")
    dead.process.wait()
    with pytest.raises(GroundError) as noticed:
        run.watch([alive, dead])
    assert str(noticed.value) == f"Worker ended unexpectedly (exit code 3); its log is {dead.log}."
    alive.end(patience=10)


def test_a_command_that_fails_says_its_last_words_and_where_the_rest_is(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "app").mkdir()
    (place / "app" / "cli.py").write_text("import sys; print('first', file=sys.stderr); sys.exit('It is broken.')")
    (place / "log").mkdir()
    monkeypatch.setattr(run, "ROOT", place)
    with pytest.raises(GroundError) as failed:
        run.command({**os.environ, "PORTOLAN_DATA_DIR": str(place)}, "migrate")
    log = place / "log" / "migrate.log"
    assert str(failed.value) == f"`portolan migrate` failed: It is broken; its log is {log}."
    assert log.read_text() == "first\nIt is broken.\n"


@pytest.mark.parametrize(("applied", "migrates"), [("", True), ("older", True), ("newest", False)])
def test_the_application_is_loaded_to_migrate_only_when_the_database_is_behind(
    place: Path, monkeypatch: pytest.MonkeyPatch, applied: str, migrates: bool
) -> None:
    versions = place / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "1.py").write_text("revision = 'older'\ndown_revision = None\n")
    (versions / "2.py").write_text("revision = 'newest'\ndown_revision = 'older'\n")
    monkeypatch.setattr(run, "ROOT", place)  # holds no application: loading it fails
    (place / "data" / "log").mkdir(parents=True)
    env = {**os.environ, "PORTOLAN_DATA_DIR": str(place / "data")}
    with Services.start(place / "data", durable=False) as services:
        if applied:
            services.ask(f"CREATE TABLE alembic_version AS SELECT '{applied}' AS version_num")
        if migrates:
            with pytest.raises(GroundError, match=r"`portolan migrate` failed: .*No module named 'app'"):
                run.migrate(services, env)
        else:
            run.migrate(services, env)


def test_the_demo_world_is_built_once(place: Path) -> None:
    (place / "demo.json").write_text("[]")
    assert run.seed({}, place, 0, []) == "[]"


def test_one_account_of_each_role_is_shown() -> None:
    rows: list[dict[str, str | None]] = [
        {"role": "buyer", "organisation": "Hansa", "email": "b1@hansa.example", "password": "x", "api_key": "k"},
        {"role": "buyer", "organisation": "Hansa", "email": "b2@hansa.example", "password": "y", "api_key": "k"},
        {"role": "moderator", "organisation": None, "email": "m@portolan.example", "password": "z", "api_key": None},
    ]
    shown = run.accounts(rows).splitlines()
    assert [line.split() for line in shown] == [
        ["role", "organisation", "email", "password"],
        ["buyer", "Hansa", "b1@hansa.example", "x"],
        ["moderator", "m@portolan.example", "z"],
    ]
