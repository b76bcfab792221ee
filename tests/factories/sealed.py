"""Something in every place that can hold what is sealed, and what all of it says."""

import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI
from sqlalchemy import literal_column, select

from app.core import clock
from app.core.config import DEVELOPMENT_SECRET
from app.core.crypto import KEY_ID, Vault
from app.core.db import Database
from app.core.payload import Upload
from app.core.storage import FileStore
from app.sealing import named
from app.sealing.registry import FIELDS, FILES, Field
from app.statutory import preparing
from app.tables import metadata
from tests.factories.files import PDF
from tests.factories.people import Actor
from tests.factories.rights import without_account
from tests.factories.world import World
from trust import sealed
from trust.goods import licences
from trust.goods import statements as end_use
from trust.incidents import doing
from trust.quality import service as quality
from trust.restrictions import answering
from trust.verification import drafts, reviewing
from trust.verification.papers import Paper, keep_papers
from trust.verification.register import RegistryEntry

OLD = DEVELOPMENT_SECRET
NEW = "another key of the vault, long enough for its work"
PLANTED = "planted in"


def rotated() -> Vault:
    """The new key seals, the old one still opens."""
    return Vault(NEW, older=[OLD], marking=OLD)


def renewed() -> Vault:
    """The old key is gone."""
    return Vault(NEW, marking=OLD)


async def fill(app: FastAPI, boss: asyncpg.Connection, world: World) -> None:
    """What a world of one of everything has not: each sealed column and each column of sealed files gets a value.

    boss  a superuser, who passes the guards of rows that are never changed
    """
    await _register(app, world)
    await without_account(app.state.jobs)
    await boss.execute("SET session_replication_role = replica")
    for field in FIELDS:
        await _plant(app.state.vault, boss, field)
    await _files(app, boss, world.actors["supplier owner"])
    await boss.execute("SET session_replication_role = origin")


async def _register(app: FastAPI, world: World) -> None:
    state, owner, keeper = app.state, world.actors["supplier owner"], world.actors["staff compliance"].member
    company = owner.organisation_id
    [shot] = await keep_papers(state.files, state.vault, company, [Paper("register", "page.pdf", PDF)])
    draft = await keep_papers(state.files, state.vault, company, [Paper("licence", "draft.pdf", PDF)])
    request = UUID(world.parameters["request_id"])
    async with state.db.transaction() as tx:
        named = await tx.scalar(
            select(literal_column("representative_sealed")).select_from(_table("verification_request"))
        )
        said = state.vault.open(named, f"verification:{company}")
        entry = RegistryEntry("CN", "1", "Supplier", representative=said)
        await reviewing.note_register(tx, state.vault, request, entry, source="public", screenshot=shot, by=keeper)
        await drafts.save(tx, state.vault, {"note": f"{PLANTED} a draft"}, draft, by=owner.member)


def _table(name: str) -> Any:
    return metadata.tables[name]


async def _plant(vault: Vault, boss: asyncpg.Connection, field: Field) -> None:
    [key] = metadata.tables[field.table].primary_key
    of = "".join(f", {sql} AS of{n}" for n, sql in enumerate(field.of))
    where = f"length({field.column}) > 0 IS NOT TRUE"
    row = await boss.fetchrow(f"SELECT {key.name}{of} FROM {field.table} WHERE {where} LIMIT 1")  # noqa: S608
    if row is not None:
        id_, *parts = row.values()
        value = vault.seal(f'["{PLANTED} {field}"]', field.context(*parts))
        await boss.execute(f"UPDATE {field.table} SET {field.column} = $1 WHERE {key.name} = $2", value, id_)  # noqa: S608


async def _files(app: FastAPI, boss: asyncpg.Connection, owner: Actor) -> None:
    """Files of kinds that a world names without having them."""

    async def kept(context: str) -> dict[str, Any]:
        upload = Upload("paper.pdf", "application/pdf", PDF + context.encode())
        return await sealed.keep(app.state.files, app.state.vault, context, upload, field="file")

    await boss.set_type_codec("jsonb", encoder=json.dumps, decoder=str, schema="pg_catalog")
    for table, column, of, context in (
        ("goods_licence", "document", "organisation_id", licences.context),
        ("end_user_statement", "document", "order_id", end_use.context),
        ("incident_duty", "file", "id", doing.sealed_for),
        ("quality_work", "file", "id", quality.sealed_for),
    ):
        for id_, part in await boss.fetch(f"SELECT id, {of} FROM {table}"):  # noqa: S608
            await boss.execute(f"UPDATE {table} SET {column} = $1 WHERE id = $2", await kept(context(part)), id_)  # noqa: S608
    for (id_,) in await boss.fetch("SELECT id FROM statutory_version"):
        await boss.execute(
            "UPDATE statutory_version SET receipt = $1, receipt_number = '1', filed_on = $2, filed_at = $3,"
            " filed_by = $4 WHERE id = $5",
            await kept(preparing.sealed_for(id_)),
            clock.now().date(),
            clock.now(),
            owner.id,
            id_,
        )
    await boss.execute(
        "INSERT INTO authority_finding (id, organisation_id, organ, document_number, kind, decided_on, files,"
        " recorded_by, recorded_at) VALUES ($1, $2, 'Court', '1', 'x', $3, $4, $5, $6)",
        uuid4(),
        owner.organisation_id,
        clock.now().date(),
        [await kept(answering.seal_context(owner.organisation_id))],
        owner.id,
        clock.now(),
    )


async def opened(db: Database, store: FileStore, vault: Vault) -> dict[str, dict[Any, bytes]]:
    """What everything says that lies sealed, by its place and row or key. Raises Unsealable."""
    found: dict[str, dict[Any, bytes]] = {}
    for field in FIELDS:
        table = metadata.tables[field.table]
        [key] = table.primary_key
        query = select(key, table.c[field.column], *(literal_column(of) for of in field.of))
        async with db.transaction(read_only=True) as tx:
            rows = list(await tx.execute(query))
        found[str(field)] = {id_: vault.open_bytes(value, field.context(*of)) for id_, value, *of in rows if value}
    for files in FILES:
        async with db.transaction(read_only=True) as tx:
            page = await named.page(tx, files, "")
        assert len(page) < named.PAGE, "a test has fewer"
        found[str(files)] = {
            one.key: vault.open_bytes(await store.get(one.key), files.context(one.part)) for one in page
        }
    return found


async def columns_of_bytes(boss: asyncpg.Connection) -> list[tuple[str, str]]:
    return [
        (row[0], row[1])
        for row in await boss.fetch(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE a.atttypid = 'bytea'::regtype AND c.relkind = 'r' AND NOT a.attisdropped"
            " AND c.relnamespace = 'public'::regnamespace"
        )
    ]


async def rows_under(boss: asyncpg.Connection, key_id: bytes) -> set[str]:
    """Columns with a value that begins with the id of a key, whoever knows them."""
    found = set()
    for table, column in await columns_of_bytes(boss):
        query = f"SELECT EXISTS (SELECT FROM {table} WHERE substr({column}, 1, $1) = $2 AND length({column}) > 32)"  # noqa: S608
        if await boss.fetchval(query, KEY_ID, key_id):
            found.add(f"{table}.{column}")
    return found


async def dump(boss: asyncpg.Connection) -> bytes:
    """Everything that stands in the database: every row as text, and every column of bytes as it is."""
    whole = []
    for (table,) in await boss.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ):
        whole += [(row[0] or "").encode() for row in await boss.fetch(f"SELECT to_jsonb(t)::text FROM {table} t")]  # noqa: S608
    for table, column in await columns_of_bytes(boss):
        whole += [row[0] or b"" for row in await boss.fetch(f"SELECT {column} FROM {table}")]  # noqa: S608
    return b"\n".join(whole)
