"""What happens to credit files by itself."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext, every, handler, job
from app.core.outbox import enqueue
from trust.credit import export, linking, reading, service
from trust.credit.events import ExportAsked
from trust.credit.kinds import Kind
from trust.credit.models import CreditEntry, CreditExport
from trust.identity.models import Organisation
from trust.retention.classes import CREDIT_EXPORT
from trust.verification.models import VerifiedFact

AT_ONCE = 500
LOOKBACK = timedelta(days=7)
"""Facts that ended in the last days are looked at again; a job that stood still so long is told of by its age."""


@every(hours=1)
async def enter_expired(ctx: JobContext) -> None:
    """Facts that were not confirmed anew in time end in the file too."""
    last = UUID(int=0)
    while True:
        async with ctx.db.transaction(read_only=True) as tx:
            companies = await _expiring(tx, last)
        if not companies:
            return
        await ctx.tx(partial(_enter_facts, companies=companies))
        last = companies[-1]


async def _expiring(tx: AsyncSession, after: UUID) -> list[UUID]:
    entered = select(CreditEntry.id).where(
        CreditEntry.organisation_id == VerifiedFact.organisation_id,
        CreditEntry.source == func.concat("fact:", VerifiedFact.id, ":expired"),
        CreditEntry.kind == Kind.FACT_EXPIRED,
    )
    now = clock.now()
    query = (
        select(VerifiedFact.organisation_id)
        .where(VerifiedFact.valid_until.between(now - LOOKBACK, now), ~entered.exists())
        .where(VerifiedFact.organisation_id > after)
        .distinct()
    )
    return list(await tx.scalars(query.order_by(VerifiedFact.organisation_id).limit(AT_ONCE)))


async def _enter_facts(tx: AsyncSession, companies: list[UUID]) -> None:
    await service.enter(tx, await reading.of_facts(tx, companies))


@every(hours=12)
async def find_links(ctx: JobContext) -> None:
    """What companies share becomes links; those that matter, items at the desk."""
    vault = ctx.settings.vault
    last = UUID(int=0)
    while True:
        async with ctx.db.transaction(read_only=True) as tx:
            query = select(Organisation.id).where(Organisation.id > last, ~Organisation.is_platform)
            companies = list(await tx.scalars(query.order_by(Organisation.id).limit(AT_ONCE)))
        if not companies:
            break
        await ctx.tx(partial(linking.remember, vault=vault, companies=companies))
        last = companies[-1]
    while await ctx.tx(linking.find):
        pass
    await ctx.tx(linking.flag)


@handler(ExportAsked)
async def on_export_asked(tx: AsyncSession, event: ExportAsked) -> None:
    await enqueue(tx, make_export, key=f"credit-export:{event.export_id}", export_id=event.export_id)


@job
async def make_export(ctx: JobContext, export_id: UUID) -> None:
    """The file as it is now, as JSON and as a sealed PDF. May run twice: what is kept first stays."""
    async with ctx.db.transaction(read_only=True) as tx:
        taken = await export.taken(tx, export_id)
    if taken is not None:
        pdf = await export.sealed(ctx, taken)
        await ctx.tx(partial(export.keep, export_id=export_id, content=taken.content, pdf=pdf))


@every(hours=24)
async def forget_exports(ctx: JobContext) -> None:
    """The files go, their hashes stay."""
    await ctx.tx(_forget_exports)


async def _forget_exports(tx: AsyncSession) -> None:
    before = clock.now() - CREDIT_EXPORT.period
    old = (CreditExport.made_at < before, CreditExport.content.is_not(None))
    await tx.execute(update(CreditExport).where(*old).values(content=None, pdf=None))
