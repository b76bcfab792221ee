"""Files on their way to an object store: kept in the database first, sent on by a job.

Putting a file so is one more insert: no request waits for another server inside its transaction, and while the object
store is away files can still be put, and read again at once.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import LargeBinary, String, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, outbox
from app.core.columns import created
from app.core.db import Base, Database
from app.core.jobs import JobContext, job
from app.core.storage import FileStore, StoredFile, receipt, sound_key, verified


class SpooledFile(Base):
    """A file that the object store does not have yet."""

    __tablename__ = "spooled_file"

    key: Mapped[str] = mapped_column(String(67), primary_key=True)
    content_type: Mapped[str] = mapped_column(String(120))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = created()


class SpooledFiles:
    """A FileStore in front of another one."""

    def __init__(self, db: Database, store: FileStore) -> None:
        self._db = db
        self._store = store

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        """In a transaction of its own: the file is there before anything that speaks of it."""
        stored = receipt(data, content_type)
        row = {"key": stored.key, "content_type": content_type, "data": data, "created_at": clock.now()}
        async with self._db.aside.transaction() as tx:
            if await tx.scalar(insert(SpooledFile).values(row).on_conflict_do_nothing().returning(SpooledFile.key)):
                await outbox.enqueue(tx, send_on, file=stored.key)
        return stored

    async def get(self, key: str) -> bytes:
        waiting = await self._waiting(sound_key(key))
        return verified(key, waiting.data) if waiting else await self._store.get(key)

    async def put_file(self, path: Path, *, content_type: str) -> StoredFile:
        """Straight to the store: what is too large for memory is too large for a row."""
        return await self._store.put_file(path, content_type=content_type)

    async def pieces(self, key: str) -> AsyncIterator[bytes]:
        waiting = await self._waiting(sound_key(key))
        if waiting:
            yield verified(key, waiting.data)
            return
        async for piece in self._store.pieces(key):
            yield piece

    async def exists(self, key: str) -> bool:
        return await self._waiting(key) is not None or await self._store.exists(key)

    async def delete(self, key: str) -> None:
        async with self._db.aside.transaction() as tx:
            await tx.execute(delete(SpooledFile).where(SpooledFile.key == key))
        await self._store.delete(key)

    def url(self, key: str) -> str:
        return self._store.url(key)

    async def send_on(self, key: str) -> None:
        """Hand a file over to the store, and forget it here."""
        waiting = await self._waiting(key)
        if waiting is None:
            return
        await self._store.put(waiting.data, content_type=waiting.content_type)
        async with self._db.aside.transaction() as tx:
            await tx.execute(delete(SpooledFile).where(SpooledFile.key == key))

    async def _waiting(self, key: str) -> SpooledFile | None:
        async with self._db.aside.transaction(read_only=True) as tx:
            found: SpooledFile | None = await tx.scalar(select(SpooledFile).where(SpooledFile.key == key))
            return found


@job
async def send_on(ctx: JobContext, file: str) -> None:
    """Send one file to the object store. Fails, to be tried again, while that is away."""
    files: SpooledFiles = ctx.files
    await files.send_on(file)
