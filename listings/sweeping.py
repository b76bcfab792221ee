"""What is published, compared with entries of lists that came into force since; and what people found of it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext, every, handler
from listings import controlled, service
from listings.models import Product, ProductRevision
from listings.states import ProductState, RevisionState
from trust.goods import checking, lists
from trust.goods.checking import Met
from trust.goods.events import GoodsConfirmed
from trust.goods.matching import Book, Entry
from trust.goods.states import Kind

AT_ONCE = 200
ROUNDS = 50
"""So many batches a run; the next run goes on."""


@every(minutes=10)
async def sweep(ctx: JobContext) -> None:
    """Compare what is published with new entries: what is prohibited goes, the rest comes before moderators."""
    for _round in range(ROUNDS):
        if not await ctx.tx(sweep_batch):
            return


async def sweep_batch(tx: AsyncSession, *, limit: int = AT_ONCE) -> bool:
    """One batch, written together with how far it went; whether there is more to do."""
    entries = {entry.id: entry for entry in await lists.unswept(tx)}
    if not entries:
        return False
    far = await lists.reached(tx, list(entries))
    if not far:
        return False
    since = min(far.values(), key=lambda last: (last is not None, last))
    now = [entries[id_] for id_, last in far.items() if last == since]
    query = (
        select(Product.id, Product.organisation_id, ProductRevision.content)
        .join(ProductRevision, ProductRevision.product_id == Product.id)
        .where(Product.state == ProductState.PUBLISHED, ProductRevision.state == RevisionState.LIVE)
        .order_by(Product.id)
        .limit(limit)
    )
    rows = list(await tx.execute(query if since is None else query.where(Product.id > since)))
    book, day = Book(now), clock.now().date()
    found = []
    for product_id, supplier, content in rows:
        asked = controlled.asked(product_id, content, supplier)
        found += [(asked, Met(line, hit)) for line in asked.lines for hit in book.hits(line.goods, day=day)]
    for asked, one in await checking.unruled(tx, found):
        if one.hit.certain and one.hit.entry.kind is Kind.PROHIBITED:
            await service.forbid(tx, asked.subject.id, _why(one.hit.entry), by=None)
        else:
            await checking.note(tx, asked, one)
    last = rows[-1][0] if len(rows) == limit else None
    await lists.sweep_on(tx, [entry.id for entry in now], last, len(found))
    return True


def _why(entry: Entry) -> str:
    """In both languages: nobody knows here who reads it."""
    return f"{entry.text_en} {entry.text_zh} ({entry.source})"


@handler(GoodsConfirmed)
async def on_goods_confirmed(tx: AsyncSession, event: GoodsConfirmed) -> None:
    """A reviewer found that a listing is of goods that may not be traded: it goes."""
    if event.subject.type == "product" and event.prohibited:
        entry = (await lists.entry(tx, event.entry_id)).entry
        await service.forbid(tx, event.subject.id, _why(entry), by=None)
