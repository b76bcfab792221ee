"""Listings and notices of rights: down while one stands against them, back by themselves when none does.

E-Commerce Law (PRC) art. 42, 43. The version that was live stays so while the listing is down, and is what comes back.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.subject import Subject
from listings import rows
from listings.errors import NoticeStands
from listings.events import ProductPublished, ProductWithdrawn
from listings.models import Product, ProductRevision
from listings.states import ProductMove, ProductState, RevisionMove, RevisionState
from trust.reviews import service as reviews
from trust.rights import queries as rights


async def check(tx: AsyncSession, product_id: UUID) -> None:
    """Raises NoticeStands: what a notice took down is not sent to review either."""
    if await rights.down(tx, [product_id]):
        raise NoticeStands(_("A notice of somebody's right stands against this product. See Rights for what to do."))


async def follow(tx: AsyncSession, product_id: UUID, *, notice: str = "") -> None:
    """Bring a product to what the notices that stand against it ask for now. Locks it; may be done twice, and in any
    order: what was withdrawn meanwhile stays so.
    """
    product = await tx.scalar(
        select(Product).where(Product.id == product_id).with_for_update().execution_options(populate_existing=True)
    )
    if product is None:
        return
    down = bool(await rights.down(tx, [product_id]))
    live = await rows.revision_in_state(tx, product_id, RevisionState.LIVE)
    if down and product.state == ProductState.PUBLISHED:
        await _move(tx, product, live, ProductMove.STOP, "product.stopped", notice)
        await _recall(tx, product_id)
        await outbox.publish(tx, ProductWithdrawn(product.id, product.organisation_id))
    elif not down and product.state == ProductState.STOPPED and live is not None:
        await _move(tx, product, live, ProductMove.RESTORE, "product.restored", notice)
        await outbox.publish(tx, ProductPublished(product.id, product.organisation_id, product.category, live.number))


async def _move(
    tx: AsyncSession, product: Product, live: ProductRevision | None, move: ProductMove, kind: str, notice: str
) -> None:
    product.move(move, by=None, note=notice)
    product.changed_at = clock.now()
    await tx.flush()
    said = {"revision": live.number, "content_sha256": live.content.digest()} if live else {}
    await evidence.record(tx, Subject("product", product.id), kind, said | {"notice": notice}, actor=None)


async def _recall(tx: AsyncSession, product_id: UUID) -> None:
    """A new version that waits in the queue is not judged while the product is down."""
    waiting = await rows.revision_in_state(tx, product_id, RevisionState.SUBMITTED)
    if waiting is not None:
        waiting.move(RevisionMove.RECALL, by=None)
        await tx.flush()
        await reviews.drop(tx, Subject("product_revision", waiting.id), by=None)
