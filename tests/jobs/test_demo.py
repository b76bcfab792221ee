"""The demo world: built by the services, the same each time, once, and with books that hold."""

import json
import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app import wiring
from app.core import clock, post
from app.core.config import Settings
from app.core.db import Database
from app.core.mail import KeptMailer
from app.demo import accounts, command, people, world
from app.demo.cast import Stage, open_platform
from app.demo.command import DemoRefused
from app.demo.timeline import Errands
from app.demo.world import SMALL, TINY
from listings.states import ProductState
from orders.contracts.states import ContractState
from orders.deals.states import OrderState
from orders.negotiation.states import InquiryState, RfqState
from payments import proof
from payments.bank.states import BookingState
from tests.conftest import TEMPLATE, Urls
from trust.identity import sessions

PUBLIC = ("operator.said ", "licence.added ", "control.proposed ")
COUNTED = ("verified_fact", "evidence_link", "journal_entry", "review", "event", "job", "state_change", "picture_file")
SHARED = {
    "organisation": "slug, level",
    "member": "email, roles",
    "product": "reference, category, state",
    "inquiry": "title, text, quantity, destination, state",
    "message": "text",
    "quotation": "version, total_minor, total_currency, state",
    "contract": "title, total_minor, state",
    "orders": "title, total_minor, total_currency, state",
    "shipment": "number, carrier, tracking",
    "rating": "goods, service, time, text",
    "bank_booking": "kind, counterparty, amount_minor, amount_currency, state",
    "payout": "amount_minor, amount_currency, state",
}
"""Table → columns that do not hang on ids or on the day."""
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


async def fingerprint(db: Database) -> dict[str, list[str]]:
    """What two worlds of one seed share: all that people wrote, agreed, shipped and paid, and how much there is."""
    async with db.transaction(read_only=True) as tx:
        said = {
            table: list(await tx.scalars(text(f"SELECT concat_ws('|', {columns}) FROM {table} ORDER BY 1")))  # noqa: S608
            for table, columns in SHARED.items()
        }
        counts = {name: str(await tx.scalar(text(f"SELECT count(*) FROM {name}"))) for name in COUNTED}  # noqa: S608
    return said | {"counts": [f"{name} {count}" for name, count in counts.items()]}


async def test_a_small_world_has_everything_in_every_state_and_is_built_once(settings: Settings) -> None:
    said: list[str] = []
    printed = await command.run(settings, SMALL, say=said.append)
    db = Database(settings.database_url)
    # Nobody has more products than the free plan has room for.
    assert await states(db, "product") == set(ProductState) - {ProductState.PAUSED}
    assert await states(db, "orders") == set(OrderState)
    # A contract is locked only while it is being set, and none of the demo world is amended.
    assert await states(db, "contract") == set(ContractState) - {ContractState.LOCKED, ContractState.AMENDED}
    assert await states(db, "inquiry") == set(InquiryState)
    assert await states(db, "rfq") == set(RfqState)
    assert {"open", "claimed", "decided"} <= await states(db, "review")
    assert await states(db, "bank_booking") == set(BookingState)
    assert {"requested", "settled"} <= await states(db, "payout")
    assert await states(db, "statement_file") == {"done"}
    assert await states(db, "bank_case") == {"open"}
    assert await states(db, "payment_run") == {"made"}
    assert {"checked", "done"} <= await states(db, "product_import")
    async with db.transaction(read_only=True) as tx:
        assert (await proof.proof(tx)).holds
        assert not list(await tx.scalars(text("SELECT name || ': ' || last_error FROM job WHERE last_error <> ''")))
        assert not await tx.scalar(text("SELECT count(*) FROM job WHERE done_at IS NULL"))
        assert await tx.scalar(text("SELECT max(number) FROM shipment")) == 2
        assert await tx.scalar(text("SELECT count(*) FROM rating")) >= 4
        assert await tx.scalar(text("SELECT count(*) FROM trade_document")) >= 2
    assert [line for line in said if line.endswith(" deals")]

    published = {found for found in await in_the_clear(db) if found.startswith(PUBLIC)}
    assert published, "what the operator says of itself, and lists of controlled goods: for everybody to read"
    assert await in_the_clear(db) - published == {
        "assessment.scheduled seed_source",
        "bank_account.added masked",
        "bank_account.confirmed masked",
        "order.shipped carrier",
        "order.shipped vessel",
    }
    assert await unknown_files(settings, db) == set()

    counts = (await fingerprint(db))["counts"]
    assert await command.run(settings, SMALL, say=said.append) == printed
    assert (await fingerprint(db))["counts"] == counts

    kept = settings.data_dir / accounts.FILE
    assert kept.stat().st_mode & 0o777 == 0o600
    rows: list[dict[str, Any]] = json.loads(printed)
    assert {row["role"] for row in rows} == ROLES
    assert all(set(row) == {"role", "organisation", "email", "password", "api_key"} for row in rows)
    assert all(all(row.values()) for row in rows)
    async with db.transaction() as tx:
        for row in rows:
            assert (await sessions.by_key(tx, row["api_key"])).email == row["email"]
    await db.close()


def sentences(name: str, value: Any) -> set[str]:
    """The names under which a link says more in the clear than numbers, times, states, hashes and identifiers.

    What people wrote and who they are belongs to the names of `evidence.PERSONAL`.
    """
    if isinstance(value, dict):
        return {found for key, inner in value.items() for found in sentences(key, inner)}
    if isinstance(value, list):
        return {found for inner in value for found in sentences(name, inner)}
    return {name} if isinstance(value, str) and not re.fullmatch(r"[\w.:+/-]*", value, re.ASCII) else set()


async def in_the_clear(db: Database) -> set[str]:
    async with db.transaction(read_only=True) as tx:
        links = await tx.execute(text("SELECT kind, canonical FROM evidence_link"))
        return {f"{kind} {name}" for kind, said in links for name in sentences("", json.loads(said)["data"])}


async def unknown_files(settings: Settings, db: Database) -> set[str]:
    """Files of the store that the view `kept_file` does not know: they would be erased with the first deal that has
    the same bytes. A column that names files and is missing in the view shows here.
    """
    stored = {f"{path.parent.name}/{path.name}" for path in (settings.data_dir / "files").glob("??/*")}
    assert stored
    async with db.transaction(read_only=True) as tx:
        return stored - set(await tx.scalars(text("SELECT key FROM kept_file")))


async def test_the_same_seed_builds_the_same_world(settings: Settings, other_urls: Urls, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"database_url": other_urls.app, "data_dir": tmp_path / "elsewhere"})
    worlds = []
    for place in (settings, elsewhere):
        await command.run(place, TINY, say=lambda _: None)
        db = Database(place.database_url)
        worlds.append(await fingerprint(db))
        await db.close()
    assert worlds[0] == worlds[1]
    assert all(worlds[0].values())


async def test_letters_of_the_last_days_only_are_kept(settings: Settings, db: Database) -> None:
    now = clock.now()
    ctx = wiring.job_context(settings, db)
    errands = Errands(ctx, now - timedelta(days=2))
    for days in (3, 1):
        with clock.at(now - timedelta(days=days)):
            async with db.transaction() as tx:
                letter = {"recipient": "Li Wei", "token": f"{days}-days-ago"}
                await post.send(tx, to="a@b.example", locale="en", template="reset_password", context=letter)
            await errands.run()
            await errands.turn_to(0)
    [kept] = await KeptMailer(settings.data_dir / "mail", sender=settings.mail_from).letters()
    assert "token=1-days-ago" in kept.text
    async with db.transaction(read_only=True) as tx:
        assert not await tx.scalar(text("SELECT count(*) FROM job WHERE done_at IS NULL OR arguments <> '{}'"))


async def test_production_has_no_demo_world(settings: Settings) -> None:
    production = settings.model_copy(update={"environment": "production"})
    with pytest.raises(DemoRefused, match="development only"):
        await command.run(production, SMALL, say=lambda _: None)


async def test_a_world_cut_off_half_way_is_not_taken_for_whole(settings: Settings, db: Database) -> None:
    stage = await Stage.set_up(wiring.job_context(settings, db), clock.now(), world.SEED)
    await open_platform(stage, people.staff())
    with pytest.raises(DemoRefused, match="begin anew"):
        await command.run(settings, SMALL, say=lambda _: None)
