"""Product pictures: drawn anew in every size and stored under the digest of their bytes."""

import asyncio
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.images import Rendition, Size, read_image
from app.core.payload import Upload
from app.core.storage import FileStore
from listings.content import Picture, Shown, Text
from listings.models import PictureFile
from trust.risk.likeness import prints
from trust.risk.likeness import service as likeness


async def store(
    tx: AsyncSession, files: FileStore, upload: Upload, *, organisation_id: UUID, alt: Text, field: str
) -> Picture:
    """Read, redraw and keep one upload. Stored files of a transaction that fails stay behind, unreferenced.

    field   the form field to name in errors
    raises  WrongFileType, FileTooLarge, FileUnreadable (all Invalid)
    """
    if not upload.data:
        raise Invalid(_("The file is empty."), field=field)
    picture = await read_image(upload.data, field=field)
    kept: dict[Rendition, Shown] = {}
    for rendition in picture.renditions.values():  # sizes may share one
        if rendition not in kept:
            stored = await files.put(rendition.data, content_type=picture.content_type)
            kept[rendition] = Shown(key=stored.key, width=rendition.width, height=rendition.height)
    facts = {"content_type": picture.content_type, "organisation_id": organisation_id, "stored_at": clock.now()}
    rows = [facts | {"key": shown.key} for shown in kept.values()]
    await tx.execute(insert(PictureFile).values(rows).on_conflict_do_nothing())
    await _remember(tx, kept[picture.renditions[Size.FULL]].key, picture.renditions[Size.THUMB].data, organisation_id)
    return Picture(alt=alt, sizes={str(size): kept[rendition] for size, rendition in picture.renditions.items()})


async def _remember(tx: AsyncSession, key: str, thumb: bytes, organisation_id: UUID) -> None:
    """Keep the print of a picture by which copies of it are found, unless it shows next to nothing."""
    print_ = await asyncio.to_thread(prints.picture_print, thumb)
    if print_ is not None:
        await likeness.remember_picture(tx, key, print_, organisation_id)
