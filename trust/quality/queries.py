"""What the register of quality and brand work asks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.evidence import Link
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.quality.errors import WorkNotFound
from trust.quality.models import QualityFinding, QualityWork
from trust.quality.states import Kind, WorkState

AT_ONCE = 1000
MOST_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in a list; of what was found under it, how much is not settled yet."""

    row: QualityWork
    found: int
    open: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What figures are counted from: an entry that stands. `facts` as `trust.quality.states.FACTS` names them."""

    id: UUID
    kind: Kind
    day: date
    done_on: date | None
    about: Subject | None
    organisation_id: UUID | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CountedFinding:
    id: UUID
    work_id: UUID
    kind: Kind
    facts: dict[str, Any]
    product_id: UUID | None
    found_at: datetime
    over_at: datetime | None


async def works(tx: AsyncSession, kind: Kind | None, *, by: Member, offset: int, limit: int) -> tuple[list[Line], int]:
    """Entries, the newest first."""
    require(by, Permission.KEEP_QUALITY)
    wanted = QualityWork.kind == kind if kind else true()
    total = await tx.scalar(select(func.count()).select_from(QualityWork).where(wanted)) or 0
    of_it = QualityFinding.work_id == QualityWork.id
    found = select(func.count()).where(of_it).scalar_subquery()
    still = select(func.count()).where(of_it, QualityFinding.over_at.is_(None)).scalar_subquery()
    query = select(QualityWork, found, still).where(wanted).order_by(QualityWork.id.desc())
    rows = await tx.execute(query.offset(offset).limit(limit))
    return [Line(row, number, open_) for row, number, open_ in rows], total


async def work(tx: AsyncSession, work_id: UUID, *, by: Member) -> QualityWork:
    """Raises NotPermitted, WorkNotFound."""
    require(by, Permission.KEEP_QUALITY)
    row = await tx.scalar(select(QualityWork).where(QualityWork.id == work_id))
    if row is None:
        raise WorkNotFound(_("There is no such entry."))
    return row


async def findings(tx: AsyncSession, work_id: UUID) -> list[QualityFinding]:
    """Found under an entry, the oldest first: the first so many."""
    query = select(QualityFinding).where(QualityFinding.work_id == work_id)
    return list(await tx.scalars(query.order_by(QualityFinding.id).limit(MOST_FINDINGS)))


async def timeline(tx: AsyncSession, row: QualityWork) -> list[Link]:
    return await evidence.chain(tx, row.itself)


async def counted(tx: AsyncSession, kinds: tuple[Kind, ...], before: date) -> AsyncIterator[Counted]:
    """Entries of these kinds that stand, whose day lies before one; by id."""
    query = select(QualityWork).where(
        QualityWork.kind.in_(kinds), QualityWork.state != WorkState.WITHDRAWN, QualityWork.day < before
    )
    found = await tx.stream_scalars(query.order_by(QualityWork.id), execution_options={"yield_per": AT_ONCE})
    async for row in found:
        yield Counted(row.id, Kind(row.kind), row.day, row.done_on, row.about, row.organisation_id, row.facts)


async def counted_findings(tx: AsyncSession, before: datetime) -> AsyncIterator[CountedFinding]:
    """What was found before a moment, under entries that stand; by id."""
    query = (
        select(QualityFinding, QualityWork.kind, QualityWork.facts)
        .join(QualityWork, QualityWork.id == QualityFinding.work_id)
        .where(QualityWork.state != WorkState.WITHDRAWN, QualityFinding.found_at < before)
        .order_by(QualityFinding.id)
    )
    async for row, kind, facts in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        yield CountedFinding(row.id, row.work_id, Kind(kind), facts, row.product_id, row.found_at, row.over_at)
