"""Companies that leave are gone once nothing is open, and their partners hear of it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from app.core.jobs import JobContext, every, handler, job
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.leaving import matters, queries, service
from trust.leaving.events import DepartureChanged
from trust.leaving.states import DepartureState

AT_ONCE = 100


@every(hours=1)
async def close_companies(ctx: JobContext) -> None:
    """Those whose notice is over, a page at a time; what still waits is tried again in an hour."""
    after: UUID | None = None
    while True:
        async with ctx.db.transaction(read_only=True) as tx:
            due = await queries.due(tx, after=after, limit=AT_ONCE)
        await ctx.each(service.close, due)
        if len(due) < AT_ONCE:
            return
        after = due[-1]


@handler(DepartureChanged)
async def on_departure_changed(tx: AsyncSession, event: DepartureChanged) -> None:
    """Who has something open with the company is told that it leaves, and that it stays after all. When it has left,
    nobody has."""
    if event.state != DepartureState.LEFT:
        await _begin(tx, event.departure_id, event.organisation_id, event.state, None)


async def _begin(tx: AsyncSession, departure_id: UUID, organisation_id: UUID, state: str, after: UUID | None) -> None:
    await outbox.enqueue(
        tx,
        tell_partners,
        key=f"departure-{departure_id}-{state}-{after or ''}",
        departure_id=departure_id,
        organisation_id=organisation_id,
        state=state,
        after=after,
    )


@job
async def tell_partners(
    ctx: JobContext, departure_id: UUID, organisation_id: UUID, state: str, after: UUID | None
) -> None:
    """Write to the partners after this one; the letters and the next page of them are queued in one transaction."""
    await ctx.tx(_tell, departure_id, organisation_id, state, after)


async def _tell(tx: AsyncSession, departure_id: UUID, organisation_id: UUID, state: str, after: UUID | None) -> None:
    company = await identity.organisation(tx, organisation_id)
    if (company.closes_at is None) == (state == DepartureState.ANNOUNCED):
        return  # it has changed its mind since
    known = await matters.partners_of(tx, organisation_id)
    page = [partner for partner in known if after is None or partner > after][:AT_ONCE]
    closes = f"{company.closes_at:%Y-%m-%d}" if company.closes_at else ""
    facts = {"company": company.name_latin, "state": state, "closes": closes, "path": "/orders"}
    for partner in page:
        await people.notify(tx, partner, Permission.NEGOTIATE, "departure_of_partner", facts)
    if len(page) == AT_ONCE:
        await _begin(tx, departure_id, organisation_id, state, page[-1])
