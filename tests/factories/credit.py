"""Deals that are over, and entries of credit files, for tests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.runner import drain
from orders.deals import ratings
from orders.deals import service as deals
from tests.factories.contracts import Partners, fund, make_order
from tests.factories.people import Actor
from tests.factories.shipments import deliver, ship
from trust.credit import queries, service
from trust.credit.kinds import Kind
from trust.credit.models import CreditEntry, PartyLink
from trust.credit.queries import File
from trust.credit.reading import Draft


async def complete(ctx: JobContext, partners: Partners, tracking: str = "BMRU6123456780") -> UUID:
    """An order paid, shipped, delivered and accepted; the jobs that follow have run."""
    order = await make_order(ctx, partners)
    await fund(ctx, order)
    await deliver(ctx.db, order, partners, await ship(ctx.db, order, partners, tracking=tracking))
    async with ctx.db.transaction() as tx:
        await deals.accept(tx, order, by=partners.buyer.member)
    await drain(ctx)
    return order


async def rate(ctx: JobContext, order: UUID, by: Actor, *, stars: int = 5, text: str = "As agreed.") -> None:
    async with ctx.db.transaction() as tx:
        await deals.rate(tx, order, goods=stars, service=stars, time=stars, text=text, by=by.member)
    await drain(ctx)


async def enter(
    tx: AsyncSession, company: Actor, kind: Kind = Kind.DEAL_DONE, *, other: Actor | None = None, **more: Any
) -> UUID:
    """One entry of its own source; a completed deal unless said otherwise. Facts but `at` and `made_by`."""
    at: datetime = more.pop("at", clock.now())
    made_by: UUID | None = more.pop("made_by", None)
    draft = Draft(
        organisation_id=company.organisation_id,
        source=f"test:{new_id()}",
        kind=kind,
        at=at,
        facts=more or ({"how": "accepted"} if kind is Kind.DEAL_DONE else {}),
        other_id=other.organisation_id if other else None,
        made_by=made_by,
    )
    assert await service.enter(tx, [draft]) == 1
    return (await tx.scalars(select(CreditEntry.id).where(CreditEntry.source == draft.source))).one()


async def file_of(db: Database, company: Actor) -> File:
    async with db.transaction(read_only=True) as tx:
        return await queries.file(tx, company.organisation_id)


async def said_of(db: Database, company: Actor) -> list[tuple[str, Any]]:
    """Kinds and facts of a file, oldest first."""
    return [(str(entry.kind), entry.facts) for entry in reversed((await file_of(db, company)).entries)]


async def score_of(db: Database, company: Actor, part: str) -> int | None:
    return next(s.value for s in (await file_of(db, company)).scores if s.part == part)


async def make_credit(ctx: JobContext, partners: Partners, stranger: Actor) -> dict[str, UUID]:
    """What addresses name: an entry of the supplier's, an appeal against another, a link that nobody has
    decided, a file taken along, and the buyer's rating of the supplier.
    """
    order = await complete(ctx, partners, tracking="BMRU7654321098")
    await rate(ctx, order, partners.buyer)
    async with ctx.db.transaction() as tx:
        entry = await enter(tx, partners.supplier)
        against = await enter(tx, partners.supplier, Kind.COMPLAINT_UPHELD, topic="quality")
        objection = await service.appeal(tx, against, "It was settled.", by=partners.supplier.member)
        (rating, *_), _total = await ratings.about(tx, partners.supplier.organisation_id, offset=0, limit=1)
        a, b = sorted((partners.supplier.organisation_id, stranger.organisation_id))
        link = PartyLink(a_id=a, b_id=b, reasons=["phone"], strong=False)
        tx.add(link)
        taken = await service.ask_export(tx, by=partners.supplier.member)
    await drain(ctx)
    found = {"entry_id": entry, "objection_id": objection, "rating_id": rating.id}
    return found | {"link_id": link.id, "export_id": taken.id}
