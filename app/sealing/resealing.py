"""Sealing anew under the key that seals, while people work: fields in short transactions, files one by one.

What is done stands in the rows themselves, so that it may be cut off anywhere and begun again, and two may run at once.
Rows that somebody else has locked are passed over and come later; nothing here ever waits while it holds a lock.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Table, column, func, literal, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import KEY_ID, Unsealable, Vault
from app.core.db import Database
from app.core.resealed import ResealedFiles, move, settle
from app.core.storage import FileMissing, receipt
from app.sealing import counting, letters, named
from app.sealing.letters import FIRST, LETTERS, Letters
from app.sealing.named import Named
from app.sealing.registry import FIELDS, FILES, Field, Files
from app.tables import metadata
from trust.retention import service as retention

BATCH = 100
"""Rows that one transaction locks, for some hundredths of a second."""
IDLE = 10
"""Passes over the fields in which all that was left was locked, before it is left to another run."""
PAUSE = 0.5  # seconds between them
OPAQUE = "application/octet-stream"

Tell = Callable[[Field | Files | Letters, int], None]
"""Told after each batch: of which column, and how much of it was sealed anew in it."""


@dataclass(slots=True)
class Outcome:
    """What was done. By their rows: fields and files that no key of the vault opens, and files that the store does not
    have, or not yet."""

    fields: int = 0
    files: int = 0
    closed_fields: set[str] = field(default_factory=set)
    closed_files: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


async def reseal(db: Database, store: ResealedFiles, vault: Vault, tell: Tell) -> Outcome:
    """Seal everything anew that lies under another key.

    db  as the owner of the tables: of rows that are never changed, nobody else may change the sealed bytes
    """
    outcome = Outcome()
    for files in FILES:
        await _files(db, store, vault, files, outcome, tell)
    async with db.transaction() as tx:
        await retention.give_up(tx, await named.unnamed(tx))
    idle = 0
    while idle < IDLE:
        before = outcome.fields
        for one in FIELDS:
            await _fields(db, vault, one, outcome, tell)
        await _letters(db, vault, outcome, tell)
        left = counting.summed(await counting.fields(db), vault)
        if sum(left.older.values()) + left.unknown <= len(outcome.closed_fields):
            break
        idle = idle + 1 if outcome.fields == before else 0
        await asyncio.sleep(PAUSE)
    return outcome


async def _fields(db: Database, vault: Vault, one: Field, outcome: Outcome, tell: Tell) -> None:
    after: Any = None
    while True:
        async with db.transaction() as tx:
            rows = await _batch(tx, vault, one, after)
            fresh = _sealed(vault, one, rows, outcome)
            await _write(tx, one, fresh)
        outcome.fields += len(fresh)
        if fresh:
            tell(one, len(fresh))
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


async def _letters(db: Database, vault: Vault, outcome: Outcome, tell: Tell) -> None:
    after: UUID | None = FIRST
    while after is not None:
        async with db.transaction() as tx:
            fresh, after = await letters.reseal(tx, vault, after, BATCH, outcome.closed_fields)
        outcome.fields += fresh
        if fresh:
            tell(LETTERS, fresh)


def _columns(one: Field) -> tuple[Table, Any, Any]:
    """The table, its primary key, and the sealed column."""
    table = metadata.tables[one.table]
    [key] = table.primary_key
    return table, key, table.c[one.column]


async def _batch(tx: AsyncSession, vault: Vault, one: Field, after: Any) -> list[Any]:
    """The next rows that lie under another key, locked: primary key, sealed bytes, what their context is made of."""
    _table, key, sealed = _columns(one)
    query = select(key, sealed, *(literal_column(of) for of in one.of)).where(
        func.length(sealed) > 0, func.substr(sealed, 1, KEY_ID, type_=LargeBinary) != vault.current
    )
    if after is not None:
        query = query.where(key > after)
    query = query.order_by(key).limit(BATCH).with_for_update(skip_locked=True, key_share=True)
    return list(await tx.execute(query))


def _sealed(vault: Vault, one: Field, rows: list[Any], outcome: Outcome) -> dict[Any, bytes]:
    """Of these rows the new bytes."""
    fresh = {}
    for id_, sealed, *of in rows:
        try:
            fresh[id_] = vault.resealed(sealed, one.context(*of))
        except Unsealable:
            outcome.closed_fields.add(f"{one} {id_}")
    return fresh


async def _write(tx: AsyncSession, one: Field, fresh: dict[Any, bytes]) -> None:
    table, key, sealed = _columns(one)
    if fresh:
        ids, values = literal(list(fresh), ARRAY(key.type)), literal(list(fresh.values()), ARRAY(LargeBinary))
        given = func.unnest(ids, values).table_valued(column("id", key.type), column("value", LargeBinary))
        given = given.render_derived()
        await tx.execute(update(table).where(key == given.c.id).values({sealed: given.c.value}))


async def _files(db: Database, store: ResealedFiles, vault: Vault, files: Files, outcome: Outcome, tell: Tell) -> None:
    after = ""
    while True:
        async with db.transaction(read_only=True) as tx:
            page = await named.page(tx, files, after)
        done = sum([await _file(db, store, vault, files, one, outcome) for one in page])
        outcome.files += done
        if done:
            tell(files, done)
        if len(page) < named.PAGE:
            return
        after = page[-1].key


async def _file(db: Database, store: ResealedFiles, vault: Vault, files: Files, one: Named, outcome: Outcome) -> bool:
    """Whether it was sealed anew: the new bytes are there before the row says so, the old ones until after it."""
    if one.leaving:  # cut off before
        await _leave(db, store, files, one, one.leaving)
    if await named.lies_under(store.store, one) == vault.current:
        return False
    try:
        data = await store.store.get(one.place)
        fresh = await asyncio.to_thread(vault.resealed, data, files.context(one.part))
    except FileMissing:
        if not await store.exists(one.key):  # else somebody else has sealed it anew meanwhile
            outcome.missing.add(f"{files} {one.row}")
        return False
    except Unsealable:
        outcome.closed_files.add(f"{files} {one.row}")
        return False
    if not await _moved(db, store, one, fresh, vault.current):
        return False
    await _leave(db, store, files, one, one.place)
    return True


async def _moved(db: Database, store: ResealedFiles, one: Named, fresh: bytes, key_id: bytes) -> bool:
    """Put the new bytes and say that they are the file; False when somebody else did so first, or it is gone. Cut off
    between the two, they are given up already, as what nobody names."""
    place = receipt(fresh, OPAQUE).key
    async with db.transaction() as tx:
        await retention.give_up(tx, {place})
    await store.store.put(fresh, content_type=OPAQUE)
    async with db.transaction() as tx:
        moved = await move(tx, one.key, was=one.place, place=place, key_id=key_id)
        if moved:
            await retention.take_back(tx, {place})
    if not moved:
        await store.store.delete(place)
    return moved


async def _leave(db: Database, store: ResealedFiles, files: Files, one: Named, left: str) -> None:
    """Remove the bytes of before. Of what no row names any more, whoever removes what was given up removes both."""
    async with db.transaction() as tx:
        needed = await named.still(tx, files, one)
        if not needed:
            await retention.give_up(tx, {one.key})
    if needed:
        await store.store.delete(left)
        async with db.transaction() as tx:
            await settle(tx, one.key, left)
