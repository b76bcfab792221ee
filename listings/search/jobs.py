"""Keeps the index: what happens to a product is followed one by one; now and then all of it is built anew."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.jobs import JobContext, handler, job
from listings import queries
from listings.events import ProductPublished, ProductWithdrawn
from listings.search.documents import documents
from listings.search.index import Document, SearchIndex
from trust.identity.events import LevelChanged
from trust.leaving.events import DepartureChanged
from trust.restrictions.events import RestrictionsChanged

BATCH = 500


@handler(ProductPublished)
async def on_published(tx: AsyncSession, event: ProductPublished) -> None:
    await outbox.enqueue(tx, index_products, product_ids=[event.product_id])


@handler(ProductWithdrawn)
async def on_withdrawn(tx: AsyncSession, event: ProductWithdrawn) -> None:
    await outbox.enqueue(tx, index_products, product_ids=[event.product_id])


@handler(LevelChanged)
async def on_level_changed(tx: AsyncSession, event: LevelChanged) -> None:
    """What is known of a supplier stands in the documents of its products."""
    await _index_all(tx, event.organisation_id)


@handler(RestrictionsChanged)
async def on_restrictions_changed(tx: AsyncSession, event: RestrictionsChanged) -> None:
    """What a supplier may not publish leaves the index, and comes back."""
    await _index_all(tx, event.organisation_id)


@handler(DepartureChanged)
async def on_departure_changed(tx: AsyncSession, event: DepartureChanged) -> None:
    """What a company that leaves had on offer leaves the index, and comes back if it stays."""
    await _index_all(tx, event.organisation_id)


async def _index_all(tx: AsyncSession, organisation_id: UUID) -> None:
    ids = await queries.published_ids_of(tx, organisation_id)
    for start in range(0, len(ids), BATCH):
        await outbox.enqueue(tx, index_products, product_ids=ids[start : start + BATCH])


@job
async def index_products(ctx: JobContext, product_ids: list[UUID]) -> None:
    """Bring the index to what the database says of these products now. May run twice.

    Looks again after writing, because two of these may run at once for one product and the slower one must not win.
    """
    index: SearchIndex = ctx.search
    seen: dict[UUID, int] | None = None
    while True:
        found = await ctx.tx(documents, product_ids)
        versions = {document.product_id: document.version for document in found}
        if versions == seen:
            return
        await _follow(index, product_ids, found)
        seen = versions


async def _follow(index: SearchIndex, product_ids: Iterable[UUID], found: list[Document]) -> None:
    gone = set(product_ids) - {document.product_id for document in found}
    if found:
        await index.put(found)
    if gone:
        await index.remove(gone)


@job
async def reindex(ctx: JobContext) -> None:
    """Build a new index beside the old one and swap them; searches go on meanwhile."""
    index: SearchIndex = ctx.search
    started = clock.now()
    await index.begin()
    last: UUID | None = None
    while True:
        async with ctx.db.transaction(read_only=True) as tx:
            ids = await queries.published_ids(tx, after=last, limit=BATCH)
            found = await documents(tx, ids)
        if not ids:
            break
        await index.fill(found)
        last = ids[-1]
    await index.swap()
    async with ctx.db.transaction(read_only=True) as tx:
        changed = await queries.changed_since(tx, started)
    for start in range(0, len(changed), BATCH):
        await index_products(ctx, product_ids=changed[start : start + BATCH])
