"""Events that lie in PostgreSQL, taken over into another store: what an installation does once, before it changes."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from sqlalchemy import column, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.traffic.models import EVENT
from app.traffic.store import Batch, EventStore

AT_ONCE = 50_000


async def move(db: Database, store: EventStore) -> AsyncIterator[tuple[date, int]]:
    """Copy every day's events, with how many they were. May be cut off and repeated: nothing is there twice, for no
    event ever changes its place, and a batch is told by its day and number. Nothing is taken away here."""
    async with db.transaction(read_only=True) as tx:
        days = (await tx.execute(select(EVENT.c.day).distinct().order_by(EVENT.c.day))).scalars().all()
    for day in days:
        yield day, await _day(db, store, day)


async def _day(db: Database, store: EventStore, day: date) -> int:
    query = select(EVENT).where(EVENT.c.day == day).order_by(column("ctid"))
    events = number = 0
    async with db.transaction(read_only=True) as tx:
        found = await tx.stream(query, execution_options={"yield_per": AT_ONCE})
        async for rows in found.partitions(AT_ONCE):
            number, events = number + 1, events + len(rows)
            # Read and written at once, although nothing else may be: nobody else is at work, and nothing is locked.
            await store.write(Batch(UUID(int=day.toordinal()), number, [tuple(row) for row in rows]), _unsigned)
    return events


async def _unsigned(_tx: AsyncSession) -> bool:
    """These were signed when they were first written."""
    return True
