"""What verification forgets, and when."""

from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.jobs import JobContext, every
from app.core.subject import Subject
from trust.retention.classes import REFUSED_VERIFICATION
from trust.verification import queries, service

AT_ONCE = 200


@every(hours=6)
async def forget_refused(ctx: JobContext) -> None:
    """What was not accepted goes after a year; what the evidence has of it, when the law's three years are over."""
    now = clock.now()
    async with ctx.db.transaction(read_only=True) as tx:
        refused = await queries.to_forget(tx, now - REFUSED_VERIFICATION.period, limit=AT_ONCE)
        over = await queries.to_erase(tx, now - evidence.KEPT, limit=AT_ONCE)
    for request_id in refused:
        await ctx.tx(partial(service.forget, request_id=request_id))
    for request_id in over:
        await ctx.tx(partial(_erase, request_id=request_id))


async def _erase(tx: AsyncSession, request_id: UUID) -> None:
    subject = Subject("verification_request", request_id)
    await evidence.erase(tx, subject, basis=REFUSED_VERIFICATION.key, actor=None)
