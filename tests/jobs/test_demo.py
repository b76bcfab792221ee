"""The demo world: built by the services, the same each time, once, and with books that hold."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app import wiring
from app.core import clock
from app.core.config import Settings
from app.core.db import Database
from app.demo import accounts, command, people, world
from app.demo.cast import Stage, open_platform
from app.demo.command import DemoRefused
from app.demo.world import SMALL
from listings.states import ProductState
from orders.contracts.states import ContractState
from orders.deals.states import OrderState
from orders.negotiation.states import InquiryState, RfqState
from payments import proof
from tests.conftest import TEMPLATE, Urls

COUNTED = ("organisation", "product", "inquiry", "quotation", "contract", "orders", "journal_entry", "review", "event")
ROLES = {
    *("buyer owner", "buyer purchaser", "buyer finance", "buyer signatory"),
    *("supplier owner", "supplier sales", "supplier finance", "supplier signatory"),
    *("moderator", "compliance", "finance", "finance second", "evaluator", "admin"),
}


async def states(db: Database, table: str) -> set[str]:
    async with db.transaction(read_only=True) as tx:
        return set(await tx.scalars(text(f"SELECT DISTINCT state FROM {table}")))  # noqa: S608  our own table names


@pytest.fixture
async def other_urls() -> AsyncIterator[Urls]:
    """A second fresh database."""
    name = f"demo_{os.getpid()}"
    owner, app, boss = (os.environ[f"PORTOLAN_TEST_{who}"] for who in ("OWNER", "APP", "SUPER"))
    admin = await asyncpg.connect(
        boss.replace("DATABASE", "postgres").replace("postgresql+asyncpg://", "postgresql://")
    )
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" OWNER portolan_owner STRATEGY file_copy')
    yield Urls(name, *(url.replace("DATABASE", name) for url in (app, owner, boss)))
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def fingerprint(db: Database) -> tuple[list[str], list[str], dict[str, int]]:
    """What two worlds of one seed share: slugs, order totals, and how much there is of everything."""
    async with db.transaction(read_only=True) as tx:
        slugs = await tx.scalars(text("SELECT slug FROM organisation ORDER BY slug"))
        totals = await tx.scalars(text("SELECT total_minor || total_currency FROM orders ORDER BY 1"))
        counts = {name: await tx.scalar(text(f"SELECT count(*) FROM {name}")) for name in COUNTED}  # noqa: S608
    return list(slugs), list(totals), {name: count or 0 for name, count in counts.items()}


async def test_a_small_world_has_everything_in_every_state_and_is_built_once(
    settings: Settings, other_urls: Urls, tmp_path: Path
) -> None:
    said: list[str] = []
    printed = await command.run(settings, SMALL, say=said.append)
    db = Database(settings.database_url)
    assert await states(db, "product") == set(ProductState)
    assert await states(db, "orders") == set(OrderState)
    assert await states(db, "contract") == set(ContractState) - {ContractState.LOCKED}  # only while it is being set
    assert await states(db, "inquiry") == set(InquiryState)
    assert await states(db, "rfq") == set(RfqState)
    assert {"open", "decided"} <= await states(db, "review")
    async with db.transaction(read_only=True) as tx:
        assert (await proof.proof(tx)).holds
        assert not list(await tx.scalars(text("SELECT name || ': ' || last_error FROM job WHERE last_error <> ''")))
    assert any(line.endswith(" deals") for line in said)

    first = await fingerprint(db)
    assert await command.run(settings, SMALL, say=said.append) == printed
    assert await fingerprint(db) == first
    await db.close()

    elsewhere = settings.model_copy(update={"database_url": other_urls.app, "data_dir": tmp_path / "elsewhere"})
    await command.run(elsewhere, SMALL, say=said.append)
    other = Database(other_urls.app)
    assert await fingerprint(other) == first
    await other.close()

    kept = settings.data_dir / accounts.FILE
    assert kept.stat().st_mode & 0o777 == 0o600
    rows: list[dict[str, Any]] = json.loads(printed)
    assert {row["role"] for row in rows} == ROLES
    assert all(row["email"] and row["password"] and row["api_key"] for row in rows)


async def test_production_has_no_demo_world(settings: Settings) -> None:
    production = settings.model_copy(update={"environment": "production"})
    with pytest.raises(DemoRefused, match="development only"):
        await command.run(production, SMALL, say=lambda _: None)


async def test_a_world_cut_off_half_way_is_not_taken_for_whole(settings: Settings, db: Database) -> None:
    stage = await Stage.set_up(wiring.job_context(settings, db), clock.now(), world.SEED)
    await open_platform(stage, people.staff())
    with pytest.raises(DemoRefused, match="begin anew"):
        await command.run(settings, SMALL, say=lambda _: None)
