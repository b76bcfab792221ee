"""`make run`: children that never outlive it, ports, and what it says when something is in the way."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app import run
from app.embedded import GroundError, Services, program_of
from app.tether import Child

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


class Screen(io.StringIO):
    """Standard output, on a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


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


def test_the_newest_migration_is_the_one_that_alembic_names() -> None:
    heads = ScriptDirectory(str(run.ROOT / "migrations")).get_heads()
    assert run.newest_revisions() == set(heads) != set()


def test_the_demo_world_is_built_once(place: Path) -> None:
    (place / "demo.json").write_text("[]")
    assert run.seed({}, place) == "[]"


def test_what_a_command_says_is_heard_while_it_works_and_its_output_returned(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "app").mkdir()
    (place / "app" / "cli.py").write_text(
        "import sys, time, pathlib\n"
        "print('half', file=sys.stderr, flush=True)\n"
        "while not pathlib.Path('heard').exists(): time.sleep(0.01)\n"
        "print('done')"
    )
    monkeypatch.setattr(run, "ROOT", place)
    heard: list[str] = []

    def tell(line: str) -> None:
        heard.append(line)
        (place / "heard").touch()

    assert run.command(dict(os.environ), "demo", tell=tell) == "done\n"
    assert heard == ["half"]


def test_a_command_that_is_given_up_leaves_nothing_behind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "app").mkdir()
    (place / "app" / "cli.py").write_text(
        "import os, subprocess, sys, time\n"
        f"below = subprocess.Popen([sys.executable, '-c', {STUBBORN!r}])\n"
        "print(os.getpid(), below.pid, file=sys.stderr, flush=True)\n"
        "time.sleep(600)"
    )
    monkeypatch.setattr(run, "ROOT", place)
    pids: list[int] = []

    def tell(line: str) -> None:
        pids.extend(map(int, line.split()))
        raise run.Stop

    with pytest.raises(run.Stop):
        run.command(dict(os.environ), "demo", tell=tell)
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def test_progress_replaces_itself_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr(sys, "stdout", screen)
    with run.step("Building") as tell:
        tell("1/3 deals")
        tell("2/3 deals")
    shown = screen.getvalue()
    assert shown.count("\n") == 1
    assert re.fullmatch(r"Building… \d\.\d s", shown.rsplit(run.CLEAR_LINE, 1)[1].strip())
    assert "2/3 deals" in shown


def test_progress_is_a_few_plain_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=False)
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(run, "QUIET", 600.0)
    with run.step("Building") as tell:
        tell("1/3 deals")
    assert re.fullmatch(r"Building… \d\.\d s\n", screen.getvalue())
    screen.truncate(screen.seek(0))
    monkeypatch.setattr(run, "QUIET", 0.0)
    with run.step("Building") as tell:
        tell("1/3 deals")
        tell("2/3 deals")
    assert re.fullmatch(r"Building… \n  1/3 deals\n  2/3 deals\n  \d\.\d s\n", screen.getvalue())


@pytest.mark.parametrize("forbidden", ["", "1"])
def test_bytecode_that_may_not_lie_beside_the_sources_lies_in_the_data_directory(
    place: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", forbidden)
    (place / "module.py").write_text("pass")
    env = {**os.environ, **run.bytecode(place / "data")}
    subprocess.run([sys.executable, "-c", "import module"], cwd=place, env=env, check=True)
    written = [path.relative_to(place).parts[0] for path in place.rglob("module.*.pyc")]
    assert written == (["data"] if forbidden else ["__pycache__"])


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
