"""Every night: deals whose time is over are forgotten, and files that nothing needs any more leave the store."""

from datetime import timedelta
from functools import partial

from sqlalchemy.exc import IntegrityError

from app.core import clock, log
from app.core.jobs import JobContext, every
from orders.forgetting import queries, service
from trust.retention import queries as retention
from trust.retention import service as holding

AT_ONCE = 200
SETTLED = timedelta(days=1)
"""Before a file is looked for in other places: whoever was uploading the same one has finished."""
logger = log.get("portolan.retention")


@every(hours=6)
async def forget_deals(ctx: JobContext) -> None:
    """A transaction each, so that one that cannot be forgotten keeps none of the others."""
    while True:
        cutoffs = service.cutoffs(clock.now())
        async with ctx.db.transaction(read_only=True) as tx:
            due = await queries.due(tx, cutoffs, limit=AT_ONCE)
        done = 0
        for inquiry_id, basis in due:
            try:
                done += await ctx.tx(partial(service.forget, inquiry_id=inquiry_id, basis=basis))
            except IntegrityError as error:  # a hold, or a word, that came meanwhile
                logger.warning("deal.not_forgotten", inquiry=str(inquiry_id), why=str(error.orig))
        if done < AT_ONCE:
            return


@every(hours=6)
async def erase_files(ctx: JobContext) -> None:
    """Files that no row needs leave the store. Cut off anywhere, it goes on the next time."""
    while True:
        before = clock.now() - SETTLED
        async with ctx.db.transaction(read_only=True) as tx:
            free, needed = await retention.unneeded(tx, before, limit=AT_ONCE)
        for key in free:
            await ctx.files.delete(key)
        await ctx.tx(partial(holding.settled, keys=[*free, *needed], before=before))
        if len(free) + len(needed) < AT_ONCE:
            return
