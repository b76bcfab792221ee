"""What verification forgets, what it reminds of, and what follows when one ends."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, log
from app.core.jobs import JobContext, every
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.retention.classes import REFUSED_VERIFICATION, SELLER_IDENTITY, VERIFICATION_DRAFT
from trust.verification import drafts, expiry, levels, queries, reports, service

AT_ONCE = 200
logger = log.get("portolan.retention")


@every(hours=6)
async def forget_refused(ctx: JobContext) -> None:
    """What was not accepted goes after a year, what was accepted three years after its company has left; what the
    evidence has of either, when the law's three years are over."""
    now = clock.now()
    async with ctx.db.transaction(read_only=True) as tx:
        refused = await queries.to_forget(tx, now - REFUSED_VERIFICATION.period, limit=AT_ONCE)
        refused += await queries.of_those_who_left(tx, now - SELLER_IDENTITY.period, limit=AT_ONCE)
        over = await queries.to_erase(tx, now - evidence.KEPT, limit=AT_ONCE)
        untouched = await drafts.old(tx, now - VERIFICATION_DRAFT.period, limit=AT_ONCE)
    for request_id in refused:
        await _unless_held(ctx, service.forget, request_id)
    for request_id in over:
        await _unless_held(ctx, _erase, request_id)
    for organisation_id in untouched:
        before = now - VERIFICATION_DRAFT.period
        await ctx.tx(partial(drafts.discard, organisation_id=organisation_id, before=before))


async def _unless_held(ctx: JobContext, erase: Callable[..., Awaitable[None]], request_id: UUID) -> None:
    """A transaction each, so that one that is held meanwhile keeps none of the others."""
    try:
        await ctx.tx(partial(erase, request_id=request_id))
    except IntegrityError as error:
        logger.warning("verification.not_forgotten", request=str(request_id), why=str(error.orig))


async def _erase(tx: AsyncSession, request_id: UUID) -> None:
    subject = Subject("verification_request", request_id)
    await evidence.erase(tx, subject, basis=REFUSED_VERIFICATION.key, actor=None)


@every(hours=1)
async def watch_the_ends(ctx: JobContext) -> None:
    """Remind companies whose verification ends, and take the steps that follow when it has; each once."""
    await _each(ctx, expiry.ending, expiry.take_steps)
    await _each(ctx, expiry.fallen_back, partial(levels.settle, by=None))


async def _each(
    ctx: JobContext, found: Callable[..., Awaitable[list[UUID]]], act: Callable[..., Awaitable[Any]]
) -> None:
    """All of them, a page at a time and in a transaction each: one that fails keeps none of the others."""
    after, more = UUID(int=0), True
    while more:
        async with ctx.db.transaction(read_only=True) as tx:
            page = await found(tx, after=after, limit=AT_ONCE)
        for organisation_id in page:
            try:
                await ctx.tx(partial(act, organisation_id=organisation_id))
            except Exception:  # told to operators, and tried again in an hour
                logger.exception("verification.step_failed", organisation=str(organisation_id))
        after, more = page[-1] if page else after, len(page) == AT_ONCE


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
