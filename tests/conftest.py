"""One embedded PostgreSQL and Redis for the whole run; a migrated template, cloned for each test that asks for it.

A clone is a real database with real commits, so that deferred constraints, row locks and races behave as they will in
production (docs/adr/0002-a-database-per-test.md).
"""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import hypothesis
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr

from app import migrations, wiring
from app.core import clock
from app.core.config import Settings
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.runner import drain
from app.core.security import SESSION
from app.embedded import Services
from app.main import create_app
from tests.factories.contracts import Partners, draft_contract, make_partners, signable_contract
from tests.factories.people import Actor, open_browser
from tests.sql import connect

hypothesis.settings.register_profile("house", deadline=None)  # a busy machine is slow, not wrong
hypothesis.settings.load_profile("house")

TEMPLATE = os.environ.get("PORTOLAN_TEST_TEMPLATE", "portolan_template")
MEMORY = Path("/dev/shm")  # noqa: S108 - each run makes a folder of its own there, under a name nobody can guess
ROOM = 4 << 30
"""Bytes a run may need: the clones of a few workers, and the log of what they wrote."""

_numbers = itertools.count()
_services: Services | None = None
_folder: str = ""


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the services and migrates the template; xdist's workers find them in the environment.

    So does a run inside a run (tests/faults/mutations.py).
    """
    global _services, _folder
    if hasattr(config, "workerinput") or not config.option.numprocesses:
        gc.disable()  # nothing is garbage while tests are collected
    if "PORTOLAN_TEST_SUPER" in os.environ or config.option.collectonly:
        return
    _folder = tempfile.mkdtemp(prefix="portolan-test-", dir=_place())
    Path(_folder).chmod(0o755)  # PostgreSQL's own user must reach its data when the tests run as root
    _services = Services.start(Path(_folder), durable=False)
    _services.create_database(TEMPLATE, owner="portolan_owner", users=["portolan_app"])
    owner = _services.postgres_url(TEMPLATE, "portolan_owner")
    migrations.upgrade(owner)
    os.environ["PORTOLAN_TEST_APP"] = _services.postgres_url("DATABASE", "portolan_app")
    os.environ["PORTOLAN_TEST_OWNER"] = _services.postgres_url("DATABASE", "portolan_owner")
    os.environ["PORTOLAN_TEST_SUPER"] = _services.postgres_url("DATABASE", "postgres")
    os.environ["PORTOLAN_TEST_REDIS"] = _services.redis_url


def _place() -> Path | None:
    """Memory where there is enough: a clone is over a thousand files, made twenty times faster there than on disk."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """What thousands of tests are made of stays to the end: no collection of garbage need walk through it again."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _services is not None:
        _services.stop()
        shutil.rmtree(_folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _real_time() -> Iterator[None]:
    yield
    clock.reset()


@dataclass(frozen=True)
class Urls:
    """Addresses of one test's own database."""

    name: str
    app: str
    owner: str
    super: str


@asynccontextmanager
async def clone() -> AsyncIterator[Urls]:
    """A fresh clone of the migrated template, dropped afterwards."""
    name = f"t_{os.getpid()}_{next(_numbers)}"
    admin = await connect(os.environ["PORTOLAN_TEST_SUPER"].replace("DATABASE", "postgres"))
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" OWNER portolan_owner STRATEGY file_copy')
    app, owner, boss = (
        os.environ[f"PORTOLAN_TEST_{who}"].replace("DATABASE", name) for who in ("APP", "OWNER", "SUPER")
    )
    yield Urls(name, app, owner, boss)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def urls() -> AsyncIterator[Urls]:
    async with clone() as made:
        yield made


@pytest.fixture
def settings(urls: Urls, tmp_path: Path) -> Settings:
    return Settings(
        environment="test",
        database_url=urls.app,
        migration_database_url=urls.owner,
        data_dir=tmp_path,
        base_url="http://test",
        database_pool=5,
        read_pictures=False,
        answers_domain="reply.test.example",
        answers_authority="mx.test.example",
        answers_secret=SecretStr("the mail server's own word"),
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    made = create_app(settings)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
def db(app: FastAPI) -> Database:
    """The application's own connection pool, as its own role."""
    database: Database = app.state.db
    return database


@pytest.fixture
def ctx(app: FastAPI) -> JobContext:
    context: JobContext = app.state.jobs
    return context


@pytest.fixture
async def partners(db: Database) -> Partners:
    """A buyer and a supplier."""
    return await make_partners(db)


@pytest.fixture
async def draft(ctx: JobContext, partners: Partners) -> UUID:
    """A contract of theirs as it is drawn up."""
    return await draft_contract(ctx, partners)


@pytest.fixture
async def signable(ctx: JobContext, partners: Partners) -> UUID:
    """A contract of theirs whose document waits for both signatures."""
    return await signable_contract(ctx, partners)


@pytest.fixture
def run_jobs(ctx: JobContext) -> Callable[[], "object"]:
    """`await run_jobs()` runs everything that is due, and what that causes, until nothing is."""

    async def run() -> int:
        return await drain(ctx)

    return run


@pytest.fixture
def client(app: FastAPI) -> Callable[..., object]:
    """`async with client(as_=actor) as http:` a browser; `client(as_=actor, api=True)` a program with a session."""

    @asynccontextmanager
    async def open_client(as_: Actor | None = None, *, key: str = "") -> AsyncIterator[AsyncClient]:
        headers = {"authorization": f"Bearer {key}", "accept": "application/json"} if key else {"accept": "text/html"}
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            if as_ is not None:
                http.cookies.set(SESSION, await open_browser(app.state.db, as_))
            yield http

    return open_client


__all__ = ["wiring"]
