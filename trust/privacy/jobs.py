"""What happens to people's data by itself."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log, outbox
from app.core.jobs import JobContext, every, handler, job
from trust.privacy import erasing, exporting, forgetting
from trust.privacy.events import ExportAsked
from trust.privacy.models import PrivacyLook
from trust.retention.classes import LOOKS

AT_ONCE = 200
logger = log.get("portolan.privacy")


@handler(ExportAsked)
async def on_export_asked(tx: AsyncSession, event: ExportAsked) -> None:
    await outbox.enqueue(tx, make_export, key=f"personal-export:{event.export_id}", export_id=event.export_id)


@job
async def make_export(ctx: JobContext, export_id: UUID) -> None:
    """Pack one member's data. May run twice."""
    await exporting.pack(ctx, export_id)


@every(hours=1)
async def throw_away(ctx: JobContext) -> None:
    """Copies whose seven days are over."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await exporting.past(tx, limit=AT_ONCE)
    for export_id in over:
        key = await ctx.tx(exporting.expire, export_id)
        if key:
            await ctx.files.delete(key)


@every(hours=1)
async def erase_members(ctx: JobContext) -> None:
    """Those whose seven days are over, a transaction each: one that must wait keeps none of the others."""
    async with ctx.db.transaction(read_only=True) as tx:
        due = await erasing.due(tx, limit=AT_ONCE)
        logs = await erasing.logs_due(tx, limit=AT_ONCE)
    for erasure_id in due:
        await _unless_kept(ctx, erasure_id)
    await ctx.tx(erasing.blank_last_letters)
    for erasure_id in logs:
        await ctx.tx(erasing.erase_logs, erasure_id)


async def _unless_kept(ctx: JobContext, erasure_id: UUID) -> None:
    try:
        if not await ctx.tx(erasing.erase, erasure_id):
            logger.info("privacy.erasure_waits", erasure=str(erasure_id))
    except IntegrityError as error:
        logger.warning("privacy.not_erased", erasure=str(erasure_id), why=str(error.orig))


@every(hours=1)
async def let_lapse(ctx: JobContext) -> None:
    """Requests that nobody confirmed."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await forgetting.unconfirmed(tx, limit=AT_ONCE)
    for request_id in over:
        await ctx.tx(forgetting.lapse, request_id)


@every(hours=6)
async def forget_requests(ctx: JobContext) -> None:
    """What was asked and answered, when the time to prove it is over."""
    async with ctx.db.transaction(read_only=True) as tx:
        over = await forgetting.answered_before(tx, limit=AT_ONCE)
    for request_id in over:
        await ctx.tx(forgetting.forget, request_id)


@every(hours=24)
async def forget_looks(ctx: JobContext) -> None:
    await ctx.tx(_forget_looks)


async def _forget_looks(tx: AsyncSession) -> None:
    await tx.execute(delete(PrivacyLook).where(PrivacyLook.at < clock.now() - LOOKS.period))
