"""How far a company is believed: its verification level."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.i18n import _
from trust.identity.errors import OrganisationNotFound
from trust.identity.events import LevelChanged
from trust.identity.models import Organisation
from trust.identity.service.notices import audit


async def set_level(tx: AsyncSession, organisation_id: UUID, level: int, *, by: UUID | None) -> None:
    """The company's verification level is `level` (0 to 3) from now on. Locks the company; the same level is no change.

    by      the member who decided; None for a machine check
    raises  OrganisationNotFound
    """
    row = await _locked(tx, organisation_id)
    if row.level != level:
        await _change(tx, row, level, by)


async def raise_level(tx: AsyncSession, organisation_id: UUID, level: int, *, by: UUID | None) -> None:
    """As `set_level`, but never lowers."""
    row = await _locked(tx, organisation_id)
    if row.level < level:
        await _change(tx, row, level, by)


async def lapse(tx: AsyncSession, organisation_id: UUID, *, by: UUID | None) -> None:
    """The company's verification has been over for so long that it publishes nothing new. Locks the company."""
    row = await _locked(tx, organisation_id)
    if row.lapsed_at is None:
        row.lapsed_at = clock.now()
        audit(tx, row.id, by, "verification_lapsed")


async def resume(tx: AsyncSession, organisation_id: UUID, *, by: UUID | None) -> None:
    """It publishes again. Locks the company."""
    row = await _locked(tx, organisation_id)
    if row.lapsed_at is not None:
        row.lapsed_at = None
        audit(tx, row.id, by, "verification_resumed")


async def _locked(tx: AsyncSession, organisation_id: UUID) -> Organisation:
    row = await tx.scalar(select(Organisation).where(Organisation.id == organisation_id).with_for_update())
    if row is None:
        raise OrganisationNotFound(_("There is no such company."))
    return row


async def _change(tx: AsyncSession, row: Organisation, level: int, by: UUID | None) -> None:
    before, row.level = row.level, level
    audit(tx, row.id, by, "level_changed", before=before, after=level)
    await outbox.publish(tx, LevelChanged(row.id, before, level))
