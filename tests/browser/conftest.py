"""A running Portolan for each test: web, worker and payment sandbox on free ports, and people with browsers."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright
from sqlalchemy import delete

from app.core.config import Settings
from app.core.db import Database
from app.core.runner import sweep_forever
from tests.browser.inspection import Inspector
from tests.browser.person import Person
from tests.conftest import Urls
from tests.factories.identities import PASSWORD, give_password
from tests.factories.people import Actor
from tests.factories.world import World, make_world
from tests.rails.servers import API_KEY, SECRET, Sandbox, database, free_port, running, until
from trust.identity.models import Passkey

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

Newcomer = Callable[..., Awaitable[Person]]
SignedIn = Callable[..., Awaitable[Person]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser, and is skipped where there is none."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("browser")
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason="no Chromium: install the package `chromium`"))


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def sandbox(port: int) -> Iterator[Sandbox]:
    """A payment provider that settles at once and tells the site so."""
    address = f"http://127.0.0.1:{port}/webhooks/stripe"
    with database() as url, running(url, webhook_url=address, settle_seconds=0) as server:
        yield server


@pytest.fixture
def settings(urls: Urls, tmp_path: Path, port: int, sandbox: Sandbox) -> Settings:
    return Settings(
        environment="test",
        database_url=urls.app,
        migration_database_url=urls.owner,
        data_dir=tmp_path,
        base_url=f"http://127.0.0.1:{port}",
        port=port,
        database_pool=10,
        read_pictures=False,
        stripe_api_base=sandbox.url,
        stripe_secret_key=API_KEY,
        stripe_webhook_secret=SECRET,
    )


@pytest.fixture
async def world(app: FastAPI) -> World:
    """One of everything. Ask for it before those who need the site, whose worker would do the same jobs."""
    made = await make_world(app)
    async with app.state.db.transaction() as tx:
        await tx.execute(delete(Passkey))  # whoever has one is asked for it after the password, and this one is made up
    return made


@pytest.fixture
async def site(app: FastAPI, settings: Settings) -> AsyncIterator[str]:
    """The address of the running site; its worker runs beside it."""
    server = uvicorn.Server(
        uvicorn.Config(app, host=settings.host, port=settings.port, lifespan="off", log_config=None, ws="none")
    )
    stop = asyncio.Event()
    serving = asyncio.create_task(server.serve())
    working = asyncio.create_task(sweep_forever(app.state.jobs, stop, pause=0.1))

    async def started() -> bool:
        return server.started

    await until(started)
    yield settings.base_url
    stop.set()
    server.should_exit = True
    await asyncio.gather(serving, working)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    """Collects what is wrong with the pages looked at; the test fails at its end with all of it."""
    collected = Inspector()
    yield collected
    assert not collected.faults, "\n".join(collected.faults)


@pytest.fixture
async def newcomer(site: str, chromium: Browser, inspector: Inspector) -> AsyncIterator[Newcomer]:
    """`await newcomer("buyer")`: somebody with a browser who is not signed in."""
    people: list[Person] = []

    async def arrive(name: str, *, locale: str = "en", scripts: bool = True) -> Person:
        context = await chromium.new_context(base_url=site, java_script_enabled=scripts, reduced_motion="reduce")
        await context.add_cookies([{"name": "locale", "value": locale, "url": site}])
        person = Person(name, await context.new_page(), inspector, scripts=scripts)
        people.append(person)
        return person

    yield arrive
    for person in people:
        await person.page.context.close()


@pytest.fixture
def signed_in(newcomer: Newcomer, db: Database) -> SignedIn:
    """`await signed_in(actor, "buyer")`: the actor, come in through the sign-in form."""

    async def enter(actor: Actor, name: str, *, locale: str = "en", scripts: bool = True) -> Person:
        await give_password(db, actor)
        person = await newcomer(name, locale=locale, scripts=scripts)
        await person.sign_in(actor.member.email, PASSWORD)
        await person.speak(locale)
        return person

    return enter
