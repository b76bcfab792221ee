"""Packing bundles, and throwing them away when their time is over."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.jobs import JobContext, every, handler, job
from app.core.runner import Again
from app.core.signing.timestamps import NoTimestamp
from orders.bundles import packing, queries, service
from orders.bundles.events import BundleAsked

TRY_TIMESTAMP_AGAIN = timedelta(minutes=5)


@handler(BundleAsked)
async def on_asked(tx: AsyncSession, event: BundleAsked) -> None:
    await outbox.enqueue(tx, make, bundle_id=event.bundle_id)


@job
async def make(ctx: JobContext, bundle_id: UUID) -> None:
    """Pack one bundle; cut off anywhere, it begins again. Raises Again while no timestamp authority answers."""
    try:
        await packing.pack(ctx, bundle_id)
    except NoTimestamp:
        raise Again(TRY_TIMESTAMP_AGAIN) from None


@every(hours=1)
async def throw_away(ctx: JobContext) -> None:
    async with ctx.db.transaction(read_only=True) as tx:
        over = await queries.past(tx, clock.now())
    for bundle_id in over:
        key = await ctx.tx(service.expire, bundle_id)
        if key:
            await ctx.files.delete(key)
