"""Which files the rows name, a page at a time, and where they lie."""

from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Subquery, Uuid, column, select, text, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import KEY_ID
from app.core.resealed import ResealedFile
from app.core.storage import FileMissing, FileStore
from app.sealing.registry import FILES, Files

PAGE = 200


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a row names: by `key`, of what its context is made, where it lies, and under which key of the vault
    if it was ever sealed anew; `leaving` is the place before, where that was not removed yet."""

    row: Any
    key: str
    part: Any
    place: str
    key_id: bytes | None
    leaving: str


def _rows(files: Files) -> Subquery:
    named = text(files.rows).columns(column("id", Uuid), column("key", String), column("part", Uuid)).subquery()
    return select(named).where(named.c.key != "").subquery()


async def page(tx: AsyncSession, files: Files, after: str) -> list[Named]:
    """The next files by their keys, each once."""
    rows, moved = _rows(files), ResealedFile
    query: Select[Any] = (
        select(rows.c.id, rows.c.key, rows.c.part, moved.place, moved.key_id, moved.leaving)
        .ext(distinct_on(rows.c.key))
        .outerjoin(moved, moved.key == rows.c.key)
        .where(rows.c.key > after)
        .order_by(rows.c.key, rows.c.id)
        .limit(PAGE)
    )
    found = await tx.execute(query)
    return [
        Named(id_, key, part, place or key, under, leaving or "") for id_, key, part, place, under, leaving in found
    ]


async def still(tx: AsyncSession, files: Files, one: Named) -> bool:
    """Whether a row names this file: the same one, or by now another."""
    rows, every = _rows(files), _every()
    if await _any(tx, rows, rows.c.id == one.row, rows.c.key == one.key):
        return True
    return await _any(tx, every, every.c.key == one.key)


async def unnamed(tx: AsyncSession) -> set[str]:
    """Files that were moved when a run was cut off, and that no row names any more."""
    moved, every = ResealedFile, _every()
    query = select(moved.key).where(moved.leaving != "", ~select(every).where(every.c.key == moved.key).exists())
    return set(await tx.scalars(query))


def _every() -> Subquery:
    """All names of files, in one statement: it sees one moment, in which a file may pass from row to row."""
    return union_all(*(select(_rows(files).c.key) for files in FILES)).subquery()


async def _any(tx: AsyncSession, rows: Subquery, *where: ColumnElement[bool]) -> bool:
    return await tx.scalar(select(rows.c.key).where(*where).limit(1)) is not None


async def lies_under(store: FileStore, one: Named) -> bytes | None:
    """The id of the key under which a file lies; None where there is no file."""
    if one.key_id is not None:
        return one.key_id
    try:
        async with aclosing(store.pieces(one.key)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                return piece[:KEY_ID]
    except FileMissing:
        return None
    return b""
