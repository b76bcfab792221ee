"""Companies that leave, for tests."""

from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.db import Database
from app.core.jobs import JobContext
from tests.factories.people import Actor, stepped_up
from trust.leaving import jobs, queries, service
from trust.leaving.queries import DepartureView

NOTICE = timedelta(days=30)


async def announce(db: Database, owner: Actor, change: UUID | None = None) -> UUID:
    """An owner says that the company leaves."""
    async with db.transaction() as tx:
        row = await service.announce(tx, change, confirmed=True, by=(await stepped_up(tx, owner)).member)
        return row.id


async def stay(db: Database, owner: Actor) -> None:
    async with db.transaction() as tx:
        await service.stay(tx, by=(await stepped_up(tx, owner)).member)


async def leave(ctx: JobContext, owner: Actor) -> UUID:
    """A company with nothing open leaves: its thirty days are over, and the job has come by."""
    departure = await announce(ctx.db, owner)
    clock.advance(days=NOTICE.days)
    await jobs.close_companies(ctx)
    return departure


async def departure_of(db: Database, owner: Actor) -> DepartureView | None:
    async with db.transaction(read_only=True) as tx:
        return await queries.standing(tx, owner.organisation_id)
