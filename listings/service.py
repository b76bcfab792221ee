"""What is done with products: written, sent for review, published or refused, withdrawn."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.db import constraint
from app.core.i18n import _
from app.core.states import IllegalMove
from app.core.subject import Subject
from listings import controlled, fitting, guarding, hs, queries, rows, stopping
from listings.content import Content, card
from listings.errors import NothingToSubmit, ReferenceTaken
from listings.events import ProductPublished, ProductRejected, ProductSubmitted, ProductWithdrawn
from listings.models import Product, ProductRevision
from listings.states import ProductMove, ProductState, RevisionMove, RevisionState
from trust.access import Member, Permission, require
from trust.identity import service as people
from trust.reviews import service as reviews
from trust.risk.pictures import service as reading
from trust.screening.standing import check
from trust.screening.states import Point

REVIEW_KIND = "product"
REVIEW_SUBJECT = "product_revision"


async def create(tx: AsyncSession, content: Content, *, reference: str = "", by: Member) -> Product:
    """A new product with its first draft. Raises ReferenceTaken."""
    require(by, Permission.LIST_PRODUCTS)
    await hs.check(tx, content.hs_code)
    product = Product(organisation_id=by.organisation_id, reference=reference or None, category=content.category)
    await _add(tx, product)
    tx.add(ProductRevision(product_id=product.id, number=1, content=content, saved_by=by.id))
    await tx.flush()
    return product


async def _add(tx: AsyncSession, product: Product) -> None:
    try:
        async with tx.begin_nested():
            tx.add(product)
    except IntegrityError as error:
        if constraint(error) != "uq_product_organisation_id_reference":
            raise
        message = _("You have another product with this item number.")
        raise ReferenceTaken(message, reference=product.reference) from None


async def revise(
    tx: AsyncSession, product_id: UUID, content: Content, *, reference: str | None = None, by: Member
) -> ProductRevision:
    """Save what a product shall say next. A live or submitted version stays as it is; an open draft is rewritten.

    Locks the product. Raises ProductNotFound, ReferenceTaken.
    """
    require(by, Permission.LIST_PRODUCTS)
    await hs.check(tx, content.hs_code)
    product = await rows.product_for_update(tx, product_id, organisation_id=by.organisation_id)
    if reference is not None and reference != (product.reference or ""):
        product.reference = reference or None
        await _add(tx, product)
    newest = await rows.newest_revision(tx, product_id)
    if newest.state == RevisionState.DRAFT:
        newest.content, newest.saved_by, newest.saved_at = content, by.id, clock.now()
    elif newest.content != content:
        newest = ProductRevision(product_id=product.id, number=newest.number + 1, content=content, saved_by=by.id)
        tx.add(newest)
    if product.state != ProductState.PUBLISHED:
        product.category = content.category
    product.changed_at = clock.now()
    await tx.flush()
    return newest


async def submit(tx: AsyncSession, product_id: UUID, *, by: Member) -> None:
    """Send the newest version to review; an earlier one that still waits there is recalled.

    After a refusal or a withdrawal the same text may be sent again: it becomes a new version. Locks the product.
    Raises ProductNotFound, NotVerified, NothingToSubmit, NoticeStands, PartyStopped, GoodsRefused, GoodsHeld, Blocked,
    OnHold, LimitReached.
    """
    require(by, Permission.PUBLISH_PRODUCTS)
    product = await rows.product_for_update(tx, product_id, organisation_id=by.organisation_id)
    newest = await rows.newest_revision(tx, product_id)
    if newest.state in {RevisionState.SUBMITTED, RevisionState.LIVE}:
        raise NothingToSubmit(
            _("This product is under review already.")
            if newest.state == RevisionState.SUBMITTED
            else _("This product is published as it stands. Change it first.")
        )
    await stopping.check(tx, product_id)
    await fitting.check_room(tx, product)
    await check(tx, Point.PRODUCT, by.organisation_id)
    await controlled.check_listing(tx, product_id, newest.content, by=by)
    repeats = await guarding.check_listing(tx, product_id, newest.content, by=by)
    await guarding.check_browser(tx, by=by)
    await _recall(tx, product_id, by=by.id)
    if newest.state != RevisionState.DRAFT:
        again = ProductRevision(product_id=product.id, number=newest.number + 1, content=newest.content, saved_by=by.id)
        tx.add(again)
        await tx.flush()
        newest = again
    newest.repeats = repeats
    newest.move(RevisionMove.SUBMIT, by=by.id)
    if product.can(ProductMove.SUBMIT):
        product.move(ProductMove.SUBMIT, by=by.id)
    product.changed_at = clock.now()
    await tx.flush()
    title = newest.content.title.en or newest.content.title.zh
    subject = Subject(REVIEW_SUBJECT, newest.id)
    await reviews.open(tx, kind=REVIEW_KIND, subject=subject, organisation_id=product.organisation_id, title=title)
    await reading.ask(tx, subject, {picture.key for picture in newest.content.pictures})
    await _record(tx, product, newest, "product.submitted", actor=by.id)
    await outbox.publish(tx, ProductSubmitted(product.id, product.organisation_id, newest.number))


async def _recall(tx: AsyncSession, product_id: UUID, *, by: UUID | None) -> None:
    waiting = await rows.revision_in_state(tx, product_id, RevisionState.SUBMITTED)
    if waiting is not None:
        waiting.move(RevisionMove.RECALL, by=by)
        await tx.flush()
        await reviews.drop(tx, Subject(REVIEW_SUBJECT, waiting.id), by=by)


async def withdraw(tx: AsyncSession, product_id: UUID, *, by: Member) -> None:
    """Take a product off the market, and out of review. Locks the product. Raises ProductNotFound, IllegalMove."""
    require(by, Permission.LIST_PRODUCTS)
    product = await rows.product_for_update(tx, product_id, organisation_id=by.organisation_id)
    await _take_down(tx, product, "product.withdrawn", by=by.id)


async def remove(tx: AsyncSession, product_id: UUID, *, case: str) -> None:
    """A ruling takes a product down; it may be sent to review again. Nothing happens when it is not published."""
    product = await tx.scalar(select(Product).where(Product.id == product_id).with_for_update())
    if product is not None and product.state == ProductState.PUBLISHED:
        await _take_down(tx, product, "product.removed", by=None, note=case)


async def forbid(tx: AsyncSession, product_id: UUID, reason: str, *, by: UUID | None) -> None:
    """Goods that may not be traded go off the market, and their company is told why. Nothing happens when it is not
    published.
    """
    product = await tx.scalar(select(Product).where(Product.id == product_id).with_for_update())
    if product is None or product.state != ProductState.PUBLISHED:
        return
    live = await rows.revision_in_state(tx, product_id, RevisionState.LIVE)
    await _take_down(tx, product, "product.removed", by=by, note=reason)
    if live is not None:
        await _tell(tx, product, live, reason)


async def _take_down(tx: AsyncSession, product: Product, kind: str, *, by: UUID | None, note: str = "") -> None:
    was_public = product.state == ProductState.PUBLISHED
    product.move(ProductMove.WITHDRAW, by=by, note=note)
    product.changed_at = clock.now()
    await _recall(tx, product.id, by=by)
    live = await rows.revision_in_state(tx, product.id, RevisionState.LIVE)
    if live is not None:
        live.move(RevisionMove.RETIRE, by=by)
    if was_public and live is not None:
        await _record(tx, product, live, kind, actor=by)
        await outbox.publish(tx, ProductWithdrawn(product.id, product.organisation_id))
    await tx.flush()


async def publish(tx: AsyncSession, revision_id: UUID, *, by: UUID) -> None:
    """A moderator accepted a version: it goes live, an earlier one retires. Locks the product.

    A version that was recalled in the meantime stays so. Raises ProductNotFound.
    """
    product, revision = await _under_review(tx, revision_id)
    if revision.state != RevisionState.SUBMITTED:
        return
    before = await rows.revision_in_state(tx, product.id, RevisionState.LIVE)
    if before is not None:
        before.move(RevisionMove.RETIRE, by=by)
        await tx.flush()
    now = clock.now()
    revision.move(RevisionMove.ACCEPT, by=by)
    revision.decided_at = now
    product.card, product.category = card(revision.content), revision.content.category
    product.changed_at = now
    if product.can(ProductMove.PUBLISH):
        product.published_at = now
        product.move(ProductMove.PUBLISH, by=by)
    await tx.flush()
    await _record(tx, product, revision, "product.published", actor=by)
    await outbox.publish(tx, ProductPublished(product.id, product.organisation_id, product.category, revision.number))
    await _tell(tx, product, revision, "")
    await stopping.follow(tx, product.id)


async def reject(tx: AsyncSession, revision_id: UUID, reason: str, *, by: UUID) -> None:
    """A moderator refused a version, saying why; a live version stays live. Locks the product.

    A version that was recalled in the meantime stays so. Raises ProductNotFound.
    """
    product, revision = await _under_review(tx, revision_id)
    if revision.state != RevisionState.SUBMITTED:
        return
    revision.move(RevisionMove.REJECT, by=by, note=reason)
    revision.reason, revision.decided_at = reason, clock.now()
    if product.can(ProductMove.REJECT):
        product.move(ProductMove.REJECT, by=by, note=reason)
    product.changed_at = clock.now()
    await tx.flush()
    await _record(tx, product, revision, "product.rejected", actor=by, reason=reason)
    await outbox.publish(tx, ProductRejected(product.id, product.organisation_id, revision.number, reason))
    await _tell(tx, product, revision, reason)


async def _tell(tx: AsyncSession, product: Product, revision: ProductRevision, reason: str) -> None:
    title = revision.content.title
    context = {"title": title.en or title.zh, "reason": reason, "path": f"/products/{product.id}"}
    await people.notify(tx, product.organisation_id, Permission.LIST_PRODUCTS, "product_reviewed", context)


async def _under_review(tx: AsyncSession, revision_id: UUID) -> tuple[Product, ProductRevision]:
    found = await queries.revision(tx, revision_id)
    product = await rows.product_for_update(tx, found.id, organisation_id=found.organisation_id)
    revision = await tx.get_one(ProductRevision, revision_id, populate_existing=True)
    return product, revision


async def _record(
    tx: AsyncSession, product: Product, revision: ProductRevision, kind: str, *, actor: UUID | None, reason: str = ""
) -> None:
    said = {"revision": revision.number, "content_sha256": revision.content.digest()}
    await evidence.record(
        tx, Subject("product", product.id), kind, said | ({"reason": reason} if reason else {}), actor=actor
    )


__all__ = ["IllegalMove", "create", "publish", "reject", "remove", "revise", "submit", "withdraw"]
