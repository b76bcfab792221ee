"""Bundles of evidence, packed and unpacked."""

from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

from app.core.jobs import JobContext
from app.core.runner import drain
from orders.bundles import queries, service
from orders.deals import queries as orders
from tests.factories.people import Actor


async def make_bundle(ctx: JobContext, order_id: UUID, asker: Actor) -> UUID:
    """The evidence of an order's deal, packed."""
    async with ctx.db.transaction() as tx:
        order = await orders.order(tx, order_id)
        row = await service.ask(tx, order.inquiry_id, by=asker.member)
    await drain(ctx)
    return row.id


async def unpack(ctx: JobContext, bundle_id: UUID, folder: Path) -> Path:
    """The ZIP's files, in a folder."""
    async with ctx.db.transaction(read_only=True) as tx:
        bundle = await queries.bundle(tx, bundle_id)
    archive = folder.with_suffix(".zip")
    archive.write_bytes(await ctx.files.get(bundle.file_key))
    with ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder
