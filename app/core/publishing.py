"""Publishes the root over all evidence of each day that is over, and has it timestamped."""

import hashlib
from datetime import timedelta
from functools import partial

from pyhanko.sign.timestamps import TimeStamper
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, transparency
from app.core.jobs import JobContext, every
from app.core.signing.timestamps import NoTimestamp, with_first
from app.core.transparency import SETTLES, TreeHead


@every(hours=1)
async def publish_day(ctx: JobContext) -> None:
    """Yesterday (UTC), once it has settled; days that nobody published lie within it. Then the missing timestamps."""
    await ctx.tx(transparency.publish, (clock.now() - SETTLES).date() - timedelta(days=1))
    async with ctx.db.transaction(read_only=True) as tx:
        without = select(TreeHead).where(TreeHead.token.is_(None))
        waiting = list(await tx.scalars(without.order_by(TreeHead.day).limit(50)))
    for tree in waiting:
        try:
            token = await with_first(ctx.timestamps, partial(_token, tree.root))
        except NoTimestamp:
            return  # the next hour asks again
        await ctx.tx(_keep, tree, token)


async def _token(root: bytes, stamper: TimeStamper) -> bytes:
    """RFC 3161, over the 32 bytes of the root."""
    token: bytes = (await stamper.async_timestamp(hashlib.sha256(root).digest(), "sha256")).dump()
    return token


async def _keep(tx: AsyncSession, tree: TreeHead, token: bytes) -> None:
    row = await tx.get(TreeHead, tree.day, with_for_update=True)
    if row is not None and row.token is None:
        row.token = token
