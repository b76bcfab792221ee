"""What is asked of holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.subject import Subject
from trust.identity.models import MemberRow
from trust.retention.errors import HoldNotFound
from trust.retention.models import ErasedFile, LegalHold

_NEEDED = text("SELECT DISTINCT key FROM kept_file WHERE key = ANY(CAST(:keys AS text[]))")


@dataclass(frozen=True, slots=True)
class HoldView:
    id: UUID
    subject: Subject
    label: str
    reason: str
    reference: str
    placed_by: UUID
    placed_by_name: str
    placed_at: datetime
    lifted_at: datetime | None
    lifted_because: str


async def holds(tx: AsyncSession, *, offset: int = 0, limit: int = 50) -> tuple[list[HoldView], int, int]:
    """Those in force first, then the lifted ones, the newest first; how many there are, and how many in force."""
    counted = select(func.count(), func.count().filter(LegalHold.lifted_at.is_(None))).select_from(LegalHold)
    total, in_force = (await tx.execute(counted)).one()
    rows = await tx.execute(
        select(LegalHold, MemberRow.name)
        .join(MemberRow, MemberRow.id == LegalHold.placed_by)
        .order_by(LegalHold.lifted_at.is_not(None), LegalHold.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_view(row, name) for row, name in rows], total, in_force


async def hold(tx: AsyncSession, hold_id: UUID) -> HoldView:
    """Raises HoldNotFound."""
    query = select(LegalHold, MemberRow.name).join(MemberRow, MemberRow.id == LegalHold.placed_by)
    row = (await tx.execute(query.where(LegalHold.id == hold_id))).first()
    if row is None:
        raise HoldNotFound(_("There is no such hold."))
    return _view(*row)


async def unneeded(tx: AsyncSession, before: datetime, *, limit: int) -> tuple[list[str], list[str]]:
    """Files given up before a moment: those that nothing needs, and those that something else does."""
    query = select(ErasedFile.key).where(ErasedFile.since < before).order_by(ErasedFile.since).limit(limit)
    keys: Sequence[str] = (await tx.scalars(query)).all()
    needed = set(await tx.scalars(_NEEDED, {"keys": list(keys)})) if keys else set()
    return [key for key in keys if key not in needed], sorted(needed)


def _view(row: LegalHold, placed_by_name: str) -> HoldView:
    return HoldView(
        id=row.id,
        subject=Subject(row.subject_type, row.subject_id),
        label=row.label,
        reason=row.reason,
        reference=row.reference,
        placed_by=row.placed_by,
        placed_by_name=placed_by_name,
        placed_at=row.placed_at,
        lifted_at=row.lifted_at,
        lifted_because=row.lifted_because,
    )
