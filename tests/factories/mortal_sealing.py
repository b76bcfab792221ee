"""Sealing anew that ends at a chosen step: beside a commit, or a call of the store. By an error, or by kill -9."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Database
from app.core.resealed import ResealedFiles
from app.core.storage import LocalFiles, StoredFile, from_url
from app.sealing.resealing import reseal


class Cut(BaseException):
    """No handler takes this for something to go on after."""


def raised() -> None:
    raise Cut


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Fuse:
    """Burns down by one at each step."""

    def __init__(self, steps: int, end: Callable[[], None]) -> None:
        self.left, self.end = steps, end

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.end()


class MortalDatabase(Database):
    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url, pool=2)
        self.fuse = fuse

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        async with super().transaction(read_only=read_only) as tx:
            yield tx
            if not read_only:
                self.fuse.step()
        if not read_only:
            self.fuse.step()


class MortalFiles(LocalFiles):
    def __init__(self, root: Path, fuse: Fuse) -> None:
        super().__init__(root)
        self.fuse = fuse

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        stored = await super().put(data, content_type=content_type)
        self.fuse.step()
        return stored

    async def delete(self, key: str) -> None:
        self.fuse.step()
        await super().delete(key)
        self.fuse.step()


def ignored(*_told: Any) -> None:
    """Is told nothing."""


async def mortal(settings: Settings, fuse: Fuse) -> None:
    """Seal everything anew with the keys of `settings`, as far as the fuse lets it."""
    db = MortalDatabase(settings.migration_database_url, fuse)
    try:
        files = ResealedFiles(db, MortalFiles(settings.data_dir / "files", fuse))
        await reseal(db, files, settings.vault, ignored)
    finally:
        await db.close()


async def immortal(settings: Settings) -> Any:
    """The same to its end; what was done."""
    db = Database(settings.migration_database_url, pool=2)
    try:
        return await reseal(db, ResealedFiles(db, from_url(settings.files_url)), settings.vault, ignored)
    finally:
        await db.close()


def in_a_process(settings: Settings, steps: int) -> None:
    asyncio.run(mortal(settings, Fuse(steps, killed)))
