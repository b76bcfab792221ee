"""What is asked about imports."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from listings.errors import ImportNotFound
from listings.imports.models import Import


async def import_of(tx: AsyncSession, import_id: UUID, *, organisation_id: UUID) -> Import:
    """Raises ImportNotFound, for a stranger's too."""
    return _found(
        await tx.scalar(select(Import).where(Import.id == import_id, Import.organisation_id == organisation_id))
    )


async def import_for_update(tx: AsyncSession, import_id: UUID) -> Import:
    """Locks the import. Raises ImportNotFound."""
    return _found(await tx.scalar(select(Import).where(Import.id == import_id).with_for_update()))


async def imports(tx: AsyncSession, organisation_id: UUID, *, offset: int, limit: int) -> tuple[list[Import], int]:
    """A company's imports, the newest first, and how many there are."""
    mine = Import.organisation_id == organisation_id
    rows = await tx.scalars(select(Import).where(mine).order_by(Import.id.desc()).offset(offset).limit(limit))
    total = await tx.scalar(select(func.count()).select_from(Import).where(mine))
    return list(rows), total or 0


def _found(row: Import | None) -> Import:
    if row is None:
        raise ImportNotFound(_("There is no such import."))
    return row


async def file_of(tx: AsyncSession, import_id: UUID) -> tuple[str, str]:
    """The key of an import's sheet, and the language to tell its faults in. Raises ImportNotFound."""
    row = (await tx.execute(select(Import.file_key, Import.locale).where(Import.id == import_id))).first()
    if row is None:
        raise ImportNotFound(_("There is no such import."))
    return row[0], row[1]
