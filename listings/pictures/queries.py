"""Which files are product pictures."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.storage import KEY
from listings.errors import PictureNotFound
from listings.models import PictureFile


async def content_type(tx: AsyncSession, key: str) -> str:
    """The media type of a product picture. Raises PictureNotFound for every other file."""
    sound = KEY.fullmatch(key)
    found = await tx.scalar(select(PictureFile.content_type).where(PictureFile.key == key)) if sound else None
    if found is None:
        raise PictureNotFound(_("There is no such picture."))
    return found
