"""As many products online as the company's plan has room for: what is beyond rests, and comes back by itself.

Nothing is deleted and nobody else's is touched. What the company marked to stay comes first, then what was changed
last.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from listings import queries, rows
from listings.events import ProductPublished, ProductWithdrawn
from listings.models import Product
from listings.states import ProductMove, ProductState, RevisionState
from trust.access import Member, Permission, require
from trust.entitlements import service as entitlements
from trust.entitlements.limits import Limit
from trust.rights import queries as rights

ONLINE = (ProductState.PUBLISHED, ProductState.PAUSED)


async def check_room(tx: AsyncSession, product: Product) -> None:
    """Whether one more product may be sent to review. Raises LimitReached. A product that is online has its room."""
    if product.state in ONLINE:
        return

    async def count() -> int:
        query = select(func.count()).where(
            Product.organisation_id == product.organisation_id,
            Product.id != product.id,
            Product.state.in_((*ONLINE, ProductState.SUBMITTED, ProductState.STOPPED)),
        )
        return (await tx.execute(query)).scalar_one()

    await entitlements.check(tx, product.organisation_id, Limit.PRODUCTS, count)


async def fit(tx: AsyncSession, organisation_id: UUID) -> None:
    """Bring what is online to what there is room for now. Locks the company's products; may be done twice."""
    most = (await entitlements.of(tx, organisation_id)).limits.products
    online = await queries.count_by_state(tx, organisation_id)
    if not online.get(ProductState.PAUSED) and (most is None or online.get(ProductState.PUBLISHED, 0) <= most):
        return
    query = (
        select(Product)
        .where(Product.organisation_id == organisation_id, Product.state.in_(ONLINE))
        .order_by(Product.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    products = list(await tx.scalars(query))
    down = await rights.down(tx, [row.id for row in products if row.state == ProductState.PAUSED])
    products = [row for row in products if row.id not in down]
    products.sort(key=lambda row: (row.kept_first, row.changed_at, row.id), reverse=True)
    room = len(products) if most is None else most
    for row in products[room:]:
        if row.can(ProductMove.PAUSE):
            row.move(ProductMove.PAUSE, by=None, note="beyond the plan")
            await outbox.publish(tx, ProductWithdrawn(row.id, organisation_id))
    for row in products[:room]:
        if row.can(ProductMove.RESUME):
            row.move(ProductMove.RESUME, by=None)
            live = await rows.revision_in_state(tx, row.id, RevisionState.LIVE)
            number = live.number if live else 0
            await outbox.publish(tx, ProductPublished(row.id, organisation_id, row.category, number))
    await tx.flush()


async def keep_first(tx: AsyncSession, product_id: UUID, *, first: bool, by: Member) -> None:
    """Mark a product to stay online before others, or not. Locks the product. Raises ProductNotFound."""
    require(by, Permission.LIST_PRODUCTS)
    product = await rows.product_for_update(tx, product_id, organisation_id=by.organisation_id)
    product.kept_first = first
    await tx.flush()
    if (await entitlements.of(tx, by.organisation_id)).limits.products is not None:
        await fit(tx, by.organisation_id)
