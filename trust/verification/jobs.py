"""What verification forgets, what it reminds of, and what follows when one ends."""

from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.jobs import JobContext, every
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.retention.classes import REFUSED_VERIFICATION, VERIFICATION_DRAFT
from trust.verification import drafts, expiry, levels, queries, reports, service

AT_ONCE = 200


@every(hours=6)
async def forget_refused(ctx: JobContext) -> None:
    """What was not accepted goes after a year; what the evidence has of it, when the law's three years are over."""
    now = clock.now()
    async with ctx.db.transaction(read_only=True) as tx:
        refused = await queries.to_forget(tx, now - REFUSED_VERIFICATION.period, limit=AT_ONCE)
        over = await queries.to_erase(tx, now - evidence.KEPT, limit=AT_ONCE)
        untouched = await drafts.old(tx, now - VERIFICATION_DRAFT.period, limit=AT_ONCE)
    for request_id in refused:
        await ctx.tx(partial(service.forget, request_id=request_id))
    for request_id in over:
        await ctx.tx(partial(_erase, request_id=request_id))
    for organisation_id in untouched:
        before = now - VERIFICATION_DRAFT.period
        await ctx.tx(partial(drafts.discard, organisation_id=organisation_id, before=before))


async def _erase(tx: AsyncSession, request_id: UUID) -> None:
    subject = Subject("verification_request", request_id)
    await evidence.erase(tx, subject, basis=REFUSED_VERIFICATION.key, actor=None)


@every(hours=1)
async def watch_the_ends(ctx: JobContext) -> None:
    """Remind companies whose verification ends, and take the steps that follow when it has; each once."""
    async with ctx.db.transaction(read_only=True) as tx:
        ending = await expiry.ending(tx, limit=AT_ONCE)
        fallen = await expiry.fallen_back(tx, limit=AT_ONCE)
    for organisation_id in ending:
        await ctx.tx(partial(expiry.take_steps, organisation_id=organisation_id))
    for organisation_id in fallen:
        await ctx.tx(partial(levels.settle, organisation_id=organisation_id, by=None))


@every(hours=6)
async def report_identities(ctx: JobContext) -> None:
    """Each January and July, the report over the half-year before (Measures, art. 25); later when it was missed."""
    async with ctx.db.transaction(read_only=True) as tx:
        is_due = await reports.is_due(tx)
    if is_due:
        await ctx.tx(partial(_report, files=ctx.files, base_url=ctx.settings.base_url))


async def _report(tx: AsyncSession, files: FileStore, base_url: str) -> None:
    if await reports.is_due(tx):  # nobody has prepared it meanwhile
        await reports.prepare(tx, files, base_url, by=None)
