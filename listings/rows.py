"""The rows behind a product's moves."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import once
from app.core.i18n import _
from listings.errors import ProductNotFound
from listings.models import Product, ProductRevision
from listings.states import RevisionState


async def product_for_update(tx: AsyncSession, product_id: UUID, *, organisation_id: UUID) -> Product:
    """Locks the product. Raises ProductNotFound, for a stranger's product too."""
    row: Product | None = await tx.scalar(*_locked(product_id, organisation_id))
    if row is None:
        raise ProductNotFound(_("There is no such product."))
    return row


@once
def _locked(product_id: UUID, organisation_id: UUID) -> Select[Product]:
    own = (Product.id == product_id, Product.organisation_id == organisation_id)
    return select(Product).where(*own).with_for_update()


async def revision_in_state(tx: AsyncSession, product_id: UUID, state: RevisionState) -> ProductRevision | None:
    found: ProductRevision | None = await tx.scalar(*_in_state(product_id, state))
    return found


@once
def _in_state(product_id: UUID, state: RevisionState) -> Select[ProductRevision]:
    return select(ProductRevision).where(ProductRevision.product_id == product_id, ProductRevision.state == state)


async def newest_revision(tx: AsyncSession, product_id: UUID) -> ProductRevision:
    found: ProductRevision = (await tx.scalars(*_newest(product_id))).one()
    return found


@once
def _newest(product_id: UUID) -> Select[ProductRevision]:
    query = select(ProductRevision).where(ProductRevision.product_id == product_id)
    return query.order_by(ProductRevision.number.desc()).limit(1)
