"""The title in the foot of every page, while it is held. Each process reads it by itself: no page asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

from app.assessment import queries
from app.core import log
from app.core.db import Database

PAUSE = 30
"""Seconds: so long at most a title is shown that is not held any more."""
logger = log.get("portolan.assessment")


@dataclass(frozen=True, slots=True)
class Held:
    name_en: str
    name_zh: str
    certificate: str
    valid_from: date


class Badge:
    """`title` is the one that was held when last read; None without one, or where it cannot be read."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.title: Held | None = None

    async def read(self) -> None:
        async with self._db.reading() as tx:
            row = await queries.title(tx)
        self.title = Held(row.name_en, row.name_zh, row.certificate, row.valid_from) if row else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read it again and again while the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.read()
            except (SQLAlchemyError, PostgresError, InterfaceError, OSError) as error:
                self.title = None
                logger.warning("assessment.title_not_read", error=repr(error))
            await asyncio.sleep(PAUSE)
