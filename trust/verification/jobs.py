"""What verification forgets, and when."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, log
from app.core.jobs import JobContext, every
from app.core.subject import Subject
from trust.retention.classes import REFUSED_VERIFICATION
from trust.verification import queries, service

AT_ONCE = 200
logger = log.get("portolan.retention")


@every(hours=6)
async def forget_refused(ctx: JobContext) -> None:
    """What was not accepted goes after a year; what the evidence has of it, when the law's three years are over."""
    now = clock.now()
    async with ctx.db.transaction(read_only=True) as tx:
        refused = await queries.to_forget(tx, now - REFUSED_VERIFICATION.period, limit=AT_ONCE)
        over = await queries.to_erase(tx, now - evidence.KEPT, limit=AT_ONCE)
    for request_id in refused:
        await _unless_held(ctx, service.forget, request_id)
    for request_id in over:
        await _unless_held(ctx, _erase, request_id)


async def _unless_held(ctx: JobContext, erase: Callable[..., Awaitable[None]], request_id: UUID) -> None:
    """A transaction each, so that one that is held meanwhile keeps none of the others."""
    try:
        await ctx.tx(partial(erase, request_id=request_id))
    except IntegrityError as error:
        logger.warning("verification.not_forgotten", request=str(request_id), why=str(error.orig))


async def _erase(tx: AsyncSession, request_id: UUID) -> None:
    subject = Subject("verification_request", request_id)
    await evidence.erase(tx, subject, basis=REFUSED_VERIFICATION.key, actor=None)
