"""The embedded servers: what they promise to whoever starts them, and what they survive."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from app import embedded
from app.embedded import APP_ROLE, DATABASE, OWNER_ROLE, SUPERUSER, GroundError, Services
from app.ground import LONGEST_SOCKET_PATH
from app.run import ROOT

Start = Callable[..., Services]


@pytest.fixture
def start(place: Path) -> Iterator[Start]:
    """Starts servers, and stops them when the test is over, before `place` goes."""
    running: list[Services] = []

    def begin(data_dir: Path, *, durable: bool = False) -> Services:
        running.append(Services.start(data_dir, durable=durable))
        return running[-1]

    yield begin
    for services in running:
        services.stop()


@asynccontextmanager
async def connected(services: Services, role: str, database: str = DATABASE) -> AsyncIterator[asyncpg.Connection]:
    url = services.postgres_url(database, role).replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def remember(services: Services, word: str) -> None:
    """Leave a word in both servers."""
    async with connected(services, OWNER_ROLE) as owner:
        await owner.execute("CREATE TABLE IF NOT EXISTS word (word text)")
        await owner.execute("INSERT INTO word VALUES ($1)", word)
    async with Redis.from_url(services.redis_url) as redis:
        await redis.rpush("words", word)


async def remembered(services: Services) -> tuple[list[str], list[str]]:
    async with connected(services, OWNER_ROLE) as owner:
        rows = [row["word"] for row in await owner.fetch("SELECT word FROM word")]
    async with Redis.from_url(services.redis_url) as redis:
        return rows, [word.decode() for word in await redis.lrange("words", 0, -1)]


def is_gone(pid: int) -> bool:
    return embedded.program_of(pid) == ""


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 20
    while not all(map(is_gone, pids)):
        assert time.monotonic() < deadline, "servers outlived their parent"
        time.sleep(0.02)


async def test_the_app_role_reads_and_writes_what_it_is_given_and_shapes_nothing(start: Start, place: Path) -> None:
    services = start(place)
    async with connected(services, OWNER_ROLE) as owner:
        await owner.execute("CREATE EXTENSION pg_trgm")
        await owner.execute("CREATE TABLE shown (n int); CREATE TABLE hidden (n int)")
        await owner.execute(f"GRANT SELECT, INSERT ON shown TO {APP_ROLE}")
    async with connected(services, APP_ROLE) as app:
        await app.execute("INSERT INTO shown VALUES (1)")
        assert await app.fetchval("SELECT count(*) FROM shown") == 1
        for refused in (
            "SELECT * FROM hidden",
            "CREATE TABLE mine (n int)",
            "CREATE TEMP TABLE mine (n int)",
            "ALTER TABLE shown ADD COLUMN m int",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
            "CREATE DATABASE mine",
            "COPY shown TO '/tmp/shown'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(refused)


async def test_a_database_is_closed_to_roles_that_were_not_named(start: Start, place: Path) -> None:
    services = start(place)
    for _ in range(2):  # the second time changes nothing
        services.create_database("apart", owner="apart_owner")
    async with connected(services, "apart_owner", "apart") as owner:
        await owner.execute("CREATE TABLE mine (n int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with connected(services, APP_ROLE, "apart"):
            pass


async def test_letters_and_order_do_not_depend_on_the_machine(start: Start, place: Path) -> None:
    async with connected(start(place), SUPERUSER) as boss:
        assert await boss.fetchval("SHOW server_encoding") == "UTF8"
        assert await boss.fetchval("SELECT lower('ÄÉ')") == "äé"
        assert await boss.fetchval("SELECT 'Z' < 'a' AND 'a' < 'Ä' AND 'Ä' < '深'")
        assert await boss.fetchval("SELECT to_tsvector('simple', '深圳 灯具') @@ to_tsquery('simple', '深圳')")


async def test_a_second_start_finds_what_the_first_one_left(start: Start, place: Path) -> None:
    first = start(place)
    await remember(first, "kept")
    pids = [child.pid for child in first.children]
    first.stop()
    assert len(pids) == 2
    assert all(map(is_gone, pids))
    assert await remembered(start(place)) == (["kept"], ["kept"])


async def test_killed_servers_recover_all_that_was_committed(start: Start, place: Path) -> None:
    services = start(place, durable=True)
    await remember(services, "safe")
    for child in services.children:
        os.kill(child.pid, signal.SIGKILL)
    services.stop()
    assert await remembered(start(place)) == (["safe"], ["safe"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_servers_end_with_a_parent_that_was_killed(start: Start, place: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from app.embedded import Services;"
        "s = Services.start(Path(sys.argv[1]), durable=False);"
        "print(*[child.pid for child in s.children], flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", script, str(place)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    wait_until_gone(pids)
    start(place)


async def test_a_server_left_over_from_before_is_ended(start: Start, place: Path) -> None:
    first = start(place)
    await remember(first, "old")
    left = [child.process for child in first.children]
    first.children.clear()  # as if the first start had been killed where nothing ties the servers to it
    first.stop()
    assert not any(is_gone(process.pid) for process in left)
    second = start(place)
    assert all(is_gone(process.pid) for process in left)
    assert await remembered(second) == (["old"], ["old"])
    for process in left:
        process.wait()


async def test_a_process_id_that_now_belongs_to_another_program_stops_nothing(start: Start, place: Path) -> None:
    start(place).stop()
    stale = f"{os.getpid()}\n{place}/postgres\n1\n5432\n/nowhere\n\n 1 2\nready\n"
    (place / "postgres" / "postmaster.pid").write_text(stale)
    (place / "redis" / "redis.pid").write_text(f"{os.getpid()}\n")
    await remember(start(place), "unharmed")


@pytest.mark.parametrize("folder", ["deep/" * 30, "with space, comma and 100%"])
async def test_an_awkward_path_gets_a_short_socket_elsewhere(start: Start, place: Path, folder: str) -> None:
    services = start(place / folder)
    assert not services.sockets.is_relative_to(place)
    assert len(os.fsencode(services.sockets / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
    assert services.sockets.stat().st_mode & 0o077 == 0
    await remember(services, "reached")
    assert await remembered(services) == (["reached"], ["reached"])
    services.stop()
    shutil.rmtree(services.sockets)


def refusal(data_dir: Path) -> str:
    with pytest.raises(GroundError) as refused:
        Services.start(data_dir, durable=False)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_place_that_cannot_be_written_is_named_in_one_sentence(place: Path) -> None:
    (place / "file").touch()
    for wanted in (place / "file", place / "file" / "below", Path("/proc/portolan")):
        sentence = refusal(wanted)
        assert str(wanted) in sentence
        assert "PORTOLAN_DATA_DIR" in sentence


def test_two_cannot_hold_one_directory(start: Start, place: Path) -> None:
    start(place)
    assert f"process {os.getpid()}" in refusal(place)


def test_a_full_disk_is_said_before_anything_is_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "NEEDED_FREE_BYTES", shutil.disk_usage(place).total * 2)
    assert "MB are free" in refusal(place)
    assert not (place / "postgres").exists()


def test_a_database_of_another_version_or_broken_is_refused_and_left_alone(start: Start, place: Path) -> None:
    start(place).stop()
    version = place / "postgres" / "PG_VERSION"
    written = version.read_text()
    version.write_text("16\n")
    assert "written by PostgreSQL 16" in refusal(place)
    version.unlink()
    assert "not a PostgreSQL data directory" in refusal(place)
    version.write_text(written)

    control = place / "postgres" / "global" / "pg_control"
    whole = control.read_bytes()
    control.write_bytes(bytes(len(whole)))
    assert str(place / "log" / "postgresql.log") in refusal(place)
    control.write_bytes(whole)
    start(place)


def test_a_broken_redis_file_is_refused_with_its_reason(start: Start, place: Path) -> None:
    start(place).stop()
    (place / "redis" / "appendonly.aof").write_text("garbage\n" * 10)
    assert "Bad file format" in refusal(place)
