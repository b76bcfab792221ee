"""Events in PostgreSQL, in a partition a day beside everything else."""

from datetime import date
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.traffic import rolling
from app.traffic.models import EVENT
from app.traffic.store import Batch, EventsRefused, Sign

COLUMNS = [column.name for column in EVENT.columns]


class PostgresEvents:
    """EventStore in the application's own database: a batch and its signature are one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, batch: Batch, sign: Sign) -> None:
        try:
            async with self._db.aside.transaction() as tx:
                if await sign(tx):
                    await copy(tx, "web_event", COLUMNS, batch.rows)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, UnicodeEncodeError) as error:
            raise EventsRefused(repr(error)) from error

    async def make_days(self, first: date, last: date) -> None:
        async with self._db.aside.transaction() as tx:
            await make_days(tx, first, last)

    async def roll_up(self, day: date) -> None:
        await self._db.retrying(lambda tx: rolling.roll_up(tx, day))

    async def create(self) -> None:
        """Nothing: migrations made it."""

    async def state(self) -> str:
        async with self._db.transaction(read_only=True) as tx:
            days = await tx.scalar(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'web_event'::regclass"))
        return f"PostgreSQL, room for {days} days of events"

    async def drop_days(self, before: date) -> None:
        await self._db.retrying(lambda tx: drop_days(tx, before))


async def copy(tx: AsyncSession, table: str, columns: list[str], rows: Any) -> None:
    """Write rows by COPY. Errors are asyncpg's own."""
    raw: Any = await (await tx.connection()).get_raw_connection()
    await raw.driver_connection.copy_records_to_table(table, records=rows, columns=columns)


async def make_days(tx: AsyncSession, first: date, last: date) -> None:
    """Make the partitions of days that have none."""
    await tx.execute(text("SELECT traffic_make_days(:first, :last)").bindparams(first=first, last=last))


async def drop_days(tx: AsyncSession, before: date) -> None:
    """Drop partitions and marks of members before this day; the database refuses days younger than 399."""
    await tx.execute(text("SELECT traffic_drop_days(:before)").bindparams(before=before))
