"""A whole Portolan of real processes that can be killed: PostgreSQL, Redis, web, workers, sandbox, and load on it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import httpx

from app import migrations
from app.core.config import Settings
from app.embedded import OWNER_ROLE, SUPERUSER, Services, program_of
from app.tether import Child
from tests.rails.servers import API_KEY, SECRET, free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds for a process to be there again


def plain(url: str) -> str:
    return url.replace("postgresql+asyncpg://", "postgresql://")


class World:
    def __init__(self, services: Services, folder: Path) -> None:
        self.services = services
        self.folder = folder
        self.web_port, self.sandbox_port = free_port(), free_port()
        self.settings = Settings(
            environment="development",
            database_url=services.postgres_url(),
            migration_database_url=services.postgres_url(role=OWNER_ROLE),
            redis_url=services.redis_url,
            data_dir=folder,
            stripe_api_base=f"http://127.0.0.1:{self.sandbox_port}",
            stripe_secret_key=API_KEY,
            stripe_webhook_secret=SECRET,
            log_format="json",
            read_pictures=False,
        )
        self.boss = plain(services.postgres_url(role=SUPERUSER))
        self.sandbox_database = plain(services.postgres_url("sandbox", "sandbox"))
        self.children: dict[str, Child] = {}
        self.commands: dict[str, list[str]] = {
            "sandbox": ["-m", "payments.sandbox"],
            "web": ["-m", "uvicorn", "app.main:application", "--factory", "--port", str(self.web_port)],
            "worker": ["-m", "app.cli", "worker"],
            "worker 2": ["-m", "app.cli", "worker"],
        }
        given = {
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url,
            "DATA_DIR": str(folder),
            "STRIPE_API_BASE": self.settings.stripe_api_base,
            "STRIPE_SECRET_KEY": API_KEY,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "LOG_FORMAT": "json",
            "SANDBOX_DATABASE_URL": services.postgres_url("sandbox", "sandbox"),
            "SANDBOX_PORT": str(self.sandbox_port),
            "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{self.web_port}/webhooks/stripe",
            "SANDBOX_WEBHOOK_SECRET": SECRET,
            "SANDBOX_API_KEY": API_KEY,
            "SANDBOX_SETTLE_SECONDS": "3",
        }
        self.env = {**os.environ, **{f"PORTOLAN_{name}": value for name, value in given.items()}}

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def start(self, *names: str) -> None:
        """From the main thread, to which their end is tied."""
        for name in names:
            command = [sys.executable, *self.commands[name]]
            log = self.folder / "log" / f"{name.replace(' ', '-')}.log"
            self.children[name] = Child(name, command, log=log, cwd=ROOT, env=self.env)

    def kill(self, name: str) -> None:
        """kill -9, and nobody is told."""
        os.killpg(self.children[name].pid, signal.SIGKILL)
        self.children[name].process.wait()

    def put_away(self, name: str) -> None:
        """Killed, and not started again."""
        self.kill(name)
        del self.children[name]

    def supervise(self) -> None:
        """Start again what ended by itself, as whoever runs it in earnest does: a sandbox cannot begin without its
        database."""
        self.start(*(name for name, child in self.children.items() if child.exit_code is not None))

    def stop(self) -> None:
        for child in self.children.values():
            child.end(patience=10)

    def server(self, name: str) -> Child:
        return next(child for child in self.services.children if child.name == name)

    def kill_server(self, name: str) -> None:
        """PostgreSQL or Redis, as a whole."""
        child = self.server(name)
        child.process.send_signal(signal.SIGKILL)
        child.process.wait()

    def kill_postgres(self) -> None:
        """The server and every process of its own, at once: none is left to tidy up."""
        server = self.server("PostgreSQL")
        family = [pid for pid in children_of(server.pid) if program_of(pid).startswith("postgres")]
        self.kill_server("PostgreSQL")
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def kill_backend(self) -> None:
        """One session's process of PostgreSQL, which makes the server end all others and recover."""
        boss = await asyncpg.connect(self.boss)
        pid = await boss.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'portolan' ORDER BY random() LIMIT 1"
        )
        await boss.close()
        if pid is not None and program_of(pid).startswith("postgres"):
            os.kill(pid, signal.SIGKILL)

    async def until_postgres_answers(self) -> float:
        """How many seconds that took."""
        began = time.monotonic()

        async def answers() -> bool:
            try:
                boss = await asyncpg.connect(self.boss, timeout=5)
                await boss.close()
            except (OSError, asyncpg.PostgresError, TimeoutError):
                return False
            return True

        await patiently(answers, "PostgreSQL")
        return time.monotonic() - began

    async def until_up(self) -> None:
        async with httpx.AsyncClient(timeout=5, verify=False) as http:  # noqa: S501  plain HTTP on the loopback
            for url in (f"{self.web}/static/css/app.css", f"{self.settings.stripe_api_base}/_sandbox/faults"):

                async def answers(url: str = url) -> bool:
                    self.supervise()
                    try:
                        return (await http.get(url)).status_code < 500
                    except httpx.HTTPError:
                        return False

                await patiently(answers, url)


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


async def patiently(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not await condition():  # type: ignore[misc]
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come to pass within {seconds:.0f} s")
        await asyncio.sleep(0.05)


def place() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="portolan-faults-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when the tests run as root
    return folder


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Migrated and durable, on sockets of its own. No process of ours runs yet."""
    folder = place()
    services = Services.start(folder)
    made = World(services, folder)
    try:
        services.create_database("sandbox", owner="sandbox")
        await asyncio.to_thread(migrations.upgrade, made.settings.migration_database_url)
        yield made
    finally:
        made.stop()
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)
