"""What the jobs that move money work with: a provider that does as a test tells it, two in finance, and a deal."""

from dataclasses import replace

import pytest

from app.core.db import Database
from app.core.jobs import JobContext
from tests.factories.money import Deal, make_deal, make_finance
from tests.factories.people import Actor
from tests.fakes import FakeGateway


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
