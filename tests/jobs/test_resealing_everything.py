"""A world with something in every place that can be sealed changes its key."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from sqlalchemy import text

from app import wiring
from app.commands.keys import keys
from app.core import auditing, post
from app.core.auditing import Counts
from app.core.config import Settings
from app.core.crypto import KEY_ID, Vault, key_id
from app.core.db import Database
from app.sealing.registry import FIELDS, FILES
from app.sealing.resealing import reseal
from tests.factories.sealed import NEW, OLD, PLANTED, dump, fill, opened, renewed, rotated, rows_under
from tests.factories.world import make_world
from tests.fakes import FakeGateway
from tests.sql import connect
from trust.verification import queries as verification
from trust.verification.register import ManualRegistry, represented

NEEDLES = (PLANTED.encode(), b"6217001234567890123", b"Machines were running", b"What do you have?")


@pytest.fixture
async def owner_db(settings: Settings) -> AsyncIterator[Database]:
    db = Database(settings.migration_database_url, pool=2)
    yield db
    await db.close()


def objects(settings: Settings) -> dict[str, bytes]:
    """The beginnings of all files in the store, by their places."""
    folder = settings.data_dir / "files"
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in folder.glob("??/*")}


async def faults(db: Database) -> list[str]:
    async with db.transaction(read_only=True) as tx:
        return [str(fault) async for fault in auditing.chains(tx, Counts())]


def environment(settings: Settings, *vault_keys: str) -> dict[str, str]:
    listed = ", ".join(f'"{key}"' for key in vault_keys)
    return {
        "PORTOLAN_ENVIRONMENT": "test",
        "PORTOLAN_DATABASE_URL": settings.database_url,
        "PORTOLAN_MIGRATION_DATABASE_URL": settings.migration_database_url,
        "PORTOLAN_DATA_DIR": str(settings.data_dir),
        "PORTOLAN_VAULT_KEYS": f"[{listed}]",
    }


async def command(settings: Settings, *words: str, vault_keys: tuple[str, ...]) -> tuple[int, str]:
    made = CliRunner(env=environment(settings, *vault_keys))
    result = await asyncio.to_thread(made.invoke, keys, list(words))
    return result.exit_code, result.output


async def waiting(boss: Any, vault: Vault) -> dict[UUID, dict[str, Any]]:
    """What the letters say that are not sent yet."""
    rows = await boss.fetch("SELECT id, arguments FROM job WHERE done_at IS NULL AND arguments ? 'sealed'")
    said = {row["id"]: json.loads(row["arguments"]) for row in rows}
    return {id_: post.opened(vault, one["sealed"], one["template"]) for id_, one in said.items()}


async def test_everything_is_sealed_anew(app: FastAPI, settings: Settings, urls, db: Database, owner_db: Database):
    app.state.jobs = replace(app.state.jobs, gateway=FakeGateway())
    world = await make_world(app)
    boss = await connect(urls.super)
    await fill(app, boss, world)
    vault, store = app.state.vault, app.state.files
    before = await opened(db, store, vault)
    assert [place for place, found in before.items() if not found] == [], "each place has something in it"
    known = {f"{one.table}.{one.column}" for one in FIELDS}
    assert await rows_under(boss, key_id(OLD)) <= known, "say in app/sealing/registry.py for what these are sealed"
    named = {name for files in FILES for name in before[str(files)]}
    lying = {place for place, data in objects(settings).items() if data[:KEY_ID] == key_id(OLD)}
    assert lying - named == set(), "say in app/sealing/registry.py who names these files"
    assert await faults(db) == []
    due = await boss.fetchval("SELECT count(*) FROM screening_due")
    letters = await waiting(boss, app.state.vault)
    assert letters, "some wait to be sent"

    told = await command(settings, "status", vault_keys=(NEW, OLD))
    assert told[0] == 2
    assert f"member.totp_sealed{'':26}{key_id(OLD).hex()}" in told[1]

    done, said = await command(settings, "reseal", vault_keys=(NEW, OLD))
    assert done == 0, said
    fields = sum(len(before[str(f)]) for f in FIELDS) + len(letters)
    assert f"Sealed anew: {fields} fields and {len(named)} files." in said
    assert f"Nothing lies under {key_id(OLD).hex()} any more." in said

    assert await opened(db, store, renewed()) == before
    assert await waiting(boss, renewed()) == letters
    assert await rows_under(boss, key_id(OLD)) == set()
    assert [place for place, data in objects(settings).items() if data[:KEY_ID] == key_id(OLD)] == []
    assert await faults(db) == [], "no chain covers what lies sealed"
    assert await boss.fetchval("SELECT count(*) FROM screening_due") == due, "the same names are not compared again"
    await the_register_still_agrees(db, world.parameters)
    whole = await dump(boss)
    assert [needle for needle in NEEDLES if needle in whole] == []

    again = await reseal(owner_db, wiring.resealed_files(settings, owner_db), rotated(), nobody)
    assert (again.fields, again.files, again.closed_fields, again.closed_files) == (0, 0, set(), set())
    assert (await command(settings, "status", vault_keys=(NEW, OLD)))[0] == 0
    assert (await command(settings, "status", vault_keys=(NEW,)))[0] == 0
    assert (await command(settings, "status", vault_keys=(OLD,)))[0] == 1
    await boss.close()


def nobody(_place: object, _number: int) -> None:
    """Is told nothing."""


async def the_register_still_agrees(db: Database, parameters: dict[str, str]) -> None:
    async with db.transaction(read_only=True) as tx:
        request = await verification.request(tx, UUID(parameters["request_id"]))
        country, number = (
            await tx.execute(
                text("SELECT country, registration_number FROM organisation WHERE id = :id"),
                {"id": request.organisation_id},
            )
        ).one()
        noted = await ManualRegistry(tx, renewed()).newest(country, number)
    assert noted is not None
    assert represented(request.claims, request.representative_mark, noted) is True
