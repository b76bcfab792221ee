"""Real servers for the rails: a sandbox process that can be killed, and an address that takes webhooks."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

ROOT = Path(__file__).parents[2]
SECRET = "whsec_rails"
API_KEY = "sk_test_rails"
PLAIN_HTTP = False  # no certificates to check, and loading them takes a quarter of a second each time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def database(*statements: str) -> Iterator[str]:
    """A database of its own on the run's PostgreSQL, in which `statements` were run; dropped afterwards."""
    server, name = os.environ["PORTOLAN_TEST_SUPER"], f"sandbox_{uuid4().hex[:12]}"

    async def run(statement: str, where: str = "postgres") -> None:
        plain = server.replace("postgresql+asyncpg://", "postgresql://").replace("DATABASE", where)
        admin = await asyncpg.connect(plain)
        await admin.execute(statement)
        await admin.close()

    with ThreadPoolExecutor(1) as aside:  # this is set up inside a running loop, which cannot run another
        aside.submit(asyncio.run, run(f'CREATE DATABASE "{name}"')).result()
        for statement in statements:
            aside.submit(asyncio.run, run(statement, name)).result()
        yield server.replace("DATABASE", name)
        aside.submit(asyncio.run, run(f'DROP DATABASE "{name}" WITH (FORCE)')).result()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait for something another process or thread does. Raises TimeoutError when it does not."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  nothing in this loop could set an event
            await asyncio.sleep(0.02)


@dataclass
class Sandbox:
    """One sandbox process over one database; it can die and come back on the same port."""

    database_url: str
    webhook_url: str = ""
    settle_seconds: int = 172_800
    own_funds: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        settings = {
            "DATABASE_URL": self.database_url,
            "PORT": str(self.port),
            "WEBHOOK_URL": self.webhook_url,
            "WEBHOOK_SECRET": SECRET,
            "API_KEY": API_KEY,
            "SETTLE_SECONDS": str(self.settle_seconds),
            "OWN_FUNDS": self.own_funds,
        }
        environ = {**os.environ, **{f"PORTOLAN_SANDBOX_{name}": value for name, value in settings.items()}}
        self.process = subprocess.Popen([sys.executable, "-m", "payments.sandbox"], env=environ, cwd=ROOT)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(timeout=15)

    async def admin(self, method: str, path: str, **rest: Any) -> Any:
        """One pull at the sandbox's own levers."""
        async with httpx.AsyncClient(base_url=f"{self.url}/_sandbox", verify=PLAIN_HTTP) as http:
            answer = await http.request(method, path, **rest)
        answer.raise_for_status()
        return answer.json()

    async def state(self) -> dict[str, Any]:
        return dict(await self.admin("GET", "/state"))

    async def settle(self, only: str | None = None) -> int:
        answer = await self.admin("POST", "/settle", params={"only": only} if only else None)
        return int(answer["settled"])

    async def plan(self, kind: str, *, path: str = "/v1/", method: str = "POST", **how_many: float) -> None:
        """A fault for the next request, or for as many as `count` or `share` and `seed` say."""
        await self.admin("POST", "/faults", json={"kind": kind, "path": path, "method": method, **how_many})

    async def plan_webhooks(self, kind: str, **terms: Any) -> None:
        """A fault in telling events: `event`, `count`, `share`, `seed`, `copies`, `seconds`."""
        await self.admin("POST", "/webhook-faults", json={"kind": kind, **terms})

    async def behave(self) -> None:
        """Nothing planned any more."""
        for what in ("/faults", "/webhook-faults"):
            await self.admin("DELETE", what)

    async def open_account(self, country: str = "DE") -> str:
        """A connected account that has supplied everything."""
        async with self.api() as http:
            made = await http.post(
                "/v1/accounts", data={"country": country, "capabilities[transfers][requested]": "true"}
            )
        account: str = made.json()["id"]
        await self.admin("POST", f"/accounts/{account}/verification")
        return account

    def api(self, key: str = API_KEY) -> httpx.AsyncClient:
        """A plain HTTP client of the public API, for what the SDK would never send."""
        return httpx.AsyncClient(
            base_url=self.url, headers={"authorization": f"Bearer {key}"}, timeout=30, verify=PLAIN_HTTP
        )


@contextmanager
def running(database_url: str, **settings: Any) -> Iterator[Sandbox]:
    sandbox = Sandbox(database_url, **settings)
    sandbox.start()
    try:
        yield sandbox
    finally:
        if sandbox.process is not None and sandbox.process.poll() is None:
            sandbox.stop()


@dataclass
class Mailbox:
    """An address that takes webhooks: answers with `answers` in turn, then always 200."""

    url: str
    received: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def wait_for(self, count: int, seconds: float = 15) -> list[tuple[bytes, str]]:
        """The first `count` requests received, body and Stripe-Signature. Fails when they do not come in time."""

        async def all_here() -> bool:
            return len(self.received) >= count

        await until(all_here, seconds)
        return self.received[:count]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    port = free_port()
    box = Mailbox(f"http://127.0.0.1:{port}/webhooks")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.received.append((body, self.headers["stripe-signature"]))
            self.send_response(box.answers.pop(0) if box.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield box
    server.shutdown()
    server.server_close()
    thread.join()
