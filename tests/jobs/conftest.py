"""What the jobs that move money work with: a provider that does as a test tells it, two in finance, and a deal."""

from dataclasses import replace

import pytest

from app.core import clock
from app.core.db import Database
from app.core.jobs import JobContext
from tests.factories.money import Deal, make_deal, make_finance
from tests.factories.people import Actor, make_staff
from tests.fakes import FakeGateway
from trust.access import Role
from trust.screening import jobs as screening
from trust.screening import service as lists
from trust.screening.entries import Entry
from trust.screening.service import Taken


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def ctx(ctx: JobContext, gateway: FakeGateway) -> JobContext:
    return replace(ctx, gateway=gateway)


@pytest.fixture
async def people(db: Database) -> tuple[Actor, Actor]:
    """Two in finance: what one proposes, the other agrees to."""
    async with db.transaction() as tx:
        return await make_finance(tx), await make_finance(tx)


@pytest.fixture
async def deal(db: Database) -> Deal:
    async with db.transaction() as tx:
        return await make_deal(tx)


@pytest.fixture
async def staff(db):
    async with db.transaction() as tx:
        return [await make_staff(tx, Role.COMPLIANCE) for _ in range(3)]


@pytest.fixture
def take(db, staff, run_jobs):
    """A new version of a list, with everybody compared."""

    async def taken(*said: Entry, key: str = "cn-list") -> None:
        digest = lists.digest(repr(said).encode())
        async with db.transaction() as tx:
            new = Taken(key, "A list", "sheet", clock.now().date(), said, digest)
            await lists.take_in(tx, new, by=staff[0].member, much_gone=True)
        await run_jobs()

    return taken


@pytest.fixture
def screened(ctx, run_jobs):
    async def run() -> None:
        await screening.screen_due(ctx)
        await run_jobs()

    return run
