"""A worker in a process of its own that kills itself at a chosen step: beside a commit, or a provider's answer."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import wiring
from app.core.config import Settings
from app.core.db import Database
from app.core.runner import drain
from app.core.storage import FileStore
from payments.stripe import StripeGateway
from tests.rails.servers import API_KEY, SECRET


class Fuse:
    """Burns down by one at each step, and ends in kill -9."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self.fuse = fuse

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        async with super().transaction(read_only=read_only) as tx:
            yield tx
            self.fuse.step()
        self.fuse.step()


class MortalGateway(StripeGateway):
    fuse: Fuse

    async def _ask(self, call: Awaitable[Any]) -> Any:
        self.fuse.step()
        answer = await super()._ask(call)
        self.fuse.step()
        return answer


class MortalFiles:
    """A file store whose worker ends once a file is kept, before any row can name it."""

    def __init__(self, files: FileStore, fuse: Fuse) -> None:
        self._files, self._fuse = files, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    async def put(self, *args: Any, **more: Any) -> Any:
        kept = await self._files.put(*args, **more)
        self._fuse.step()
        return kept

    async def put_file(self, *args: Any, **more: Any) -> Any:
        kept = await self._files.put_file(*args, **more)
        self._fuse.step()
        return kept


def live_until_kept(settings: Settings, files: int) -> None:
    """Run everything that is due, and end once so many files are kept."""
    asyncio.run(_live_until_kept(settings, Fuse(files)))


async def _live_until_kept(settings: Settings, fuse: Fuse) -> None:
    db = Database(settings.database_url)
    ctx = wiring.job_context(settings, db)
    await drain(replace(ctx, files=MortalFiles(ctx.files, fuse)))
    await db.close()


def live(settings: Settings, api_base: str, steps: int) -> None:
    """Run everything that is due and end well, unless the fuse is shorter than that takes."""
    asyncio.run(_live(settings, api_base, Fuse(steps)))


async def _live(settings: Settings, api_base: str, fuse: Fuse) -> None:
    db = MortalDatabase(settings.database_url, fuse)
    gateway = MortalGateway(API_KEY, SECRET, api_base=api_base)
    gateway.fuse = fuse
    ctx = replace(wiring.job_context(settings, db), gateway=gateway)
    await drain(ctx)
    fuse.left = 0
    await gateway.close()
    await db.close()
