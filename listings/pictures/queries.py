"""Which files are product pictures, and of which a listing was sent in with."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.storage import KEY
from listings.content import Content
from listings.errors import PictureNotFound
from listings.models import PictureFile, ProductRevision
from listings.states import RevisionState


async def content_type(tx: AsyncSession, key: str) -> str:
    """The media type of a product picture. Raises PictureNotFound for every other file."""
    sound = KEY.fullmatch(key)
    found = await tx.scalar(select(PictureFile.content_type).where(PictureFile.key == key)) if sound else None
    if found is None:
        raise PictureNotFound(_("There is no such picture."))
    return found


async def sent_in(tx: AsyncSession, product_id: UUID) -> Content | None:
    """What the version says that was sent in last, for the moderation desk; None where none was."""
    query = select(ProductRevision.content).where(
        ProductRevision.product_id == product_id, ProductRevision.state != RevisionState.DRAFT
    )
    found: Content | None = await tx.scalar(query.order_by(ProductRevision.number.desc()).limit(1))
    return found
