"""`portolan credit`."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import click
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import settings as given
from app.core.db import Database
from orders.deals import crediting
from payments.chargebacks import queries as chargebacks
from payments.chargebacks.states import OVER
from trust.credit import service
from trust.credit.filling import Past, portion

AT_ONCE = 500
FIRST = UUID(int=0)
Step = Callable[..., Awaitable[tuple[int, UUID | None]]]


@click.group()
def credit() -> None:
    """Credit files."""


@credit.command()
def backfill() -> None:
    """Enter all that happened and is not in the files yet. May run at any time, and again."""
    click.echo(f"{asyncio.run(_backfill())} entries made")


async def _backfill() -> int:
    db = Database(given().database_url, pool=1)
    try:
        return await fill(db)
    finally:
        await db.close()


async def fill(db: Database) -> int:
    """In transactions of `AT_ONCE` things each; how many entries were made."""
    steps: list[Step] = [partial(portion, past=past, limit=AT_ONCE) for past in Past]
    total = 0
    for step in (*steps, _orders):
        after: UUID | None = FIRST
        while after is not None:
            made, after = await db.retrying(partial(step, after=after))
            total += made
    offset, more = 0, True
    while more:
        made, more = await db.retrying(partial(_chargebacks, offset=offset))
        total, offset = total + made, offset + AT_ONCE
    return total


async def _orders(tx: AsyncSession, after: UUID) -> tuple[int, UUID | None]:
    drafts, last = await crediting.everything(tx, after, limit=AT_ONCE)
    return await service.enter(tx, drafts), last


async def _chargebacks(tx: AsyncSession, offset: int) -> tuple[int, bool]:
    found, total = await chargebacks.chargebacks(tx, states=OVER, offset=offset, limit=AT_ONCE)
    return await service.enter(tx, crediting.of_chargebacks(found)), offset + AT_ONCE < total
