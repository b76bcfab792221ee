"""Files that were sealed anew: what rows and chains name them by stays, where they lie does not.

A key names a file by the bytes that were put first. Sealed under another key the file has other bytes and so another
place in the store; `resealed_file` says which (ADR 43).
"""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Index, LargeBinary, String, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.columns import moment
from app.core.db import Base, Database
from app.core.storage import FileMissing, FileStore, StoredFile, missing


class ResealedFile(Base):
    """Where a file lies that was sealed anew.

    key      the name by which rows and chains know it
    place    the key of its present bytes in the store
    leaving  the place before, until it is removed; "" then
    key_id   of the vault's key under which it lies
    """

    __tablename__ = "resealed_file"
    __table_args__ = (Index("ix_resealed_file_leaving", "key", postgresql_where=text("leaving <> ''")),)

    key: Mapped[str] = mapped_column(String(67), primary_key=True)
    place: Mapped[str] = mapped_column(String(67))
    leaving: Mapped[str] = mapped_column(String(67))
    key_id: Mapped[bytes] = mapped_column(LargeBinary(4))
    resealed_at: Mapped[datetime] = moment()


class ResealedFiles:
    """A FileStore in front of another one: what does not lie under its name is looked for where it was moved.

    Files that were never sealed anew cost nothing. A file that moves while it is read is found at its next place.
    """

    def __init__(self, db: Database, store: FileStore) -> None:
        self._db = db
        self.store = store
        """Where the bytes are, by their places."""

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        return await self.store.put(data, content_type=content_type)

    async def put_file(self, path: Path, *, content_type: str) -> StoredFile:
        return await self.store.put_file(path, content_type=content_type)

    async def get(self, key: str) -> bytes:
        place = key
        while True:
            try:
                return await self.store.get(place)
            except FileMissing:
                place = await self._moved(key, place)

    async def pieces(self, key: str) -> AsyncIterator[bytes]:
        place = key
        while True:
            try:
                async for piece in self.store.pieces(place):
                    yield piece
            except FileMissing:  # comes before the first piece, or not at all
                place = await self._moved(key, place)
            else:
                return

    async def exists(self, key: str) -> bool:
        place = key
        while not await self.store.exists(place):
            try:
                place = await self._moved(key, place)
            except FileMissing:
                return False
        return True

    async def delete(self, key: str) -> None:
        """First under its own name, then where it was moved: in this order no move at the same time is overlooked."""
        await self.store.delete(key)
        async with self._db.aside.transaction() as tx:
            gone = delete(ResealedFile).where(ResealedFile.key == key)
            row = (await tx.execute(gone.returning(ResealedFile.place, ResealedFile.leaving))).first()
        for place in row or ():
            if place:
                await self.store.delete(place)

    def url(self, key: str) -> str:
        return self.store.url(key)

    async def _moved(self, key: str, place: str) -> str:
        """Another place than this one. Raises FileMissing."""
        async with self._db.aside.transaction(read_only=True) as tx:
            found = await tx.scalar(select(ResealedFile.place).where(ResealedFile.key == key))
        if found is None or found == place:
            raise missing(key)
        return found


async def move(tx: AsyncSession, key: str, *, was: str, place: str, key_id: bytes) -> bool:
    """From now on a file lies at `place`; False when it no longer lay where it `was`."""
    said = {"place": place, "leaving": was, "key_id": key_id, "resealed_at": clock.now()}
    if was == key:
        first = insert(ResealedFile).values(key=key, **said).on_conflict_do_nothing()
        return await tx.scalar(first.returning(ResealedFile.key)) is not None
    again = update(ResealedFile).where(ResealedFile.key == key, ResealedFile.place == was, ResealedFile.leaving == "")
    return await tx.scalar(again.values(**said).returning(ResealedFile.key)) is not None


async def settle(tx: AsyncSession, key: str, left: str) -> None:
    """The place before is removed."""
    done = update(ResealedFile).where(ResealedFile.key == key, ResealedFile.leaving == left)
    await tx.execute(done.values(leaving=""))
