"""Reads pictures in the background, a few at a time, and forgets what was read long ago."""

import asyncio
from typing import cast

from sqlalchemy import CursorResult, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.jobs import JobContext, every
from app.core.reading import Unreadable
from app.core.storage import FileDamaged, FileMissing
from trust.retention.classes import RISK
from trust.risk.pictures import finding, service
from trust.risk.pictures.models import PictureAsk, PictureReading
from trust.risk.pictures.service import Claimed

SECONDS = 10.0
"""So long a run goes on to the next picture: another twenty seconds later goes on from there."""
AT_ONCE = 5_000
logger = log.get("portolan.pictures")


@every(seconds=20)
async def read_pictures(ctx: JobContext) -> None:
    """Read what waits, the oldest first, one at a time. Without a reader it waits."""
    if ctx.reader is None:
        return
    time = asyncio.get_running_loop().time
    until = time() + SECONDS
    while (claimed := await ctx.tx(service.claim)) is not None:
        await _read(ctx, claimed)
        if time() >= until:
            return


async def _read(ctx: JobContext, claimed: Claimed) -> None:
    """What cannot be read is tried once more, for the machine may have been busy."""
    if claimed.hopeless:
        await ctx.tx(service.record, claimed.key, [], fault="tried too often")
        return
    try:
        pages = await ctx.reader.read(await ctx.files.get(claimed.key))
    except (Unreadable, FileMissing, FileDamaged) as problem:
        logger.warning("picture_unreadable", key=claimed.key, tries=claimed.tries, why=str(problem)[-300:])
        if claimed.last:
            await ctx.tx(service.record, claimed.key, [], fault=type(problem).__name__)
        return
    await ctx.tx(service.record, claimed.key, finding.found(pages))


@every(hours=24)
async def forget_old_readings(ctx: JobContext) -> None:
    while await ctx.tx(forget) >= AT_ONCE:
        pass


async def forget(tx: AsyncSession) -> int:
    """Erase what was asked for longer ago than findings of risk are kept, and what nobody asks for then; how many."""
    before = clock.now() - RISK.period
    identity = tuple_(PictureAsk.subject_type, PictureAsk.subject_id, PictureAsk.key)
    old = select(PictureAsk.subject_type, PictureAsk.subject_id, PictureAsk.key).where(PictureAsk.asked_at < before)
    asks = delete(PictureAsk).where(identity.in_(old.limit(AT_ONCE)))
    asked = select(PictureAsk.key).where(PictureAsk.key == PictureReading.key).exists()
    done = cast("CursorResult[object]", await tx.execute(asks)).rowcount
    left = select(PictureReading.key).where(PictureReading.asked_at < before, ~asked).limit(AT_ONCE)
    readings = await tx.execute(delete(PictureReading).where(PictureReading.key.in_(left)))
    return done + cast("CursorResult[object]", readings).rowcount
