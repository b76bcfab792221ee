"""What is asked of the calendar of statutory reports."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.evidence import Link
from app.core.i18n import _
from app.statutory.errors import FilingNotFound
from app.statutory.models import StatutoryFiling, StatutoryRecipient, StatutoryVersion
from app.statutory.rules import Kind
from app.statutory.states import OUTSTANDING, FilingState
from trust.access import Member, Permission, require

MOST = 100
"""Versions and lines of a year that are shown: a quarter has one, or a few."""
until: ColumnElement[date] = func.coalesce(StatutoryFiling.deferred_to, StatutoryFiling.due_on)
"""The last day on which a report is in time."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What figures are counted from: a report that was due, until which day, and the day on which it was filed."""

    id: UUID
    kind: Kind
    first: date
    until: date
    filed_on: date | None


async def year(tx: AsyncSession, number: int, *, by: Member) -> list[StatutoryFiling]:
    """The reports due in a year, the first one first. Raises NotPermitted."""
    require(by, Permission.FILE_REPORTS)
    query = select(StatutoryFiling).where(StatutoryFiling.due_on.between(date(number, 1, 1), date(number, 12, 31)))
    return list(await tx.scalars(query.order_by(StatutoryFiling.due_on, StatutoryFiling.id).limit(MOST)))


async def years(tx: AsyncSession) -> list[int]:
    """From the first to the last year in the calendar."""
    query = select(func.min(StatutoryFiling.due_on), func.max(StatutoryFiling.due_on))
    first, last = (await tx.execute(query)).one()
    return list(range(first.year, last.year + 1)) if first and last else []


async def waiting(tx: AsyncSession) -> list[StatutoryFiling]:
    """What is to be made or filed, the nearest first."""
    query = select(StatutoryFiling).where(StatutoryFiling.state.in_(OUTSTANDING))
    return list(await tx.scalars(query.order_by(until, StatutoryFiling.id).limit(MOST)))


async def upcoming(tx: AsyncSession) -> StatutoryFiling | None:
    """What comes next."""
    query = select(StatutoryFiling).where(StatutoryFiling.state == FilingState.UPCOMING)
    return await tx.scalar(query.order_by(StatutoryFiling.due_on, StatutoryFiling.id).limit(1))


async def filing(tx: AsyncSession, filing_id: UUID, *, by: Member) -> StatutoryFiling:
    """Raises NotPermitted, FilingNotFound."""
    require(by, Permission.FILE_REPORTS)
    row = await tx.scalar(select(StatutoryFiling).where(StatutoryFiling.id == filing_id))
    if row is None:
        raise FilingNotFound(_("There is no such report."))
    return row


async def for_update(tx: AsyncSession, filing_id: UUID) -> StatutoryFiling:
    """Locks the report. Raises FilingNotFound."""
    query = select(StatutoryFiling).where(StatutoryFiling.id == filing_id).with_for_update()
    row = await tx.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise FilingNotFound(_("There is no such report."))
    return row


async def versions(tx: AsyncSession, filing_id: UUID) -> list[StatutoryVersion]:
    """The newest first."""
    query = select(StatutoryVersion).where(StatutoryVersion.filing_id == filing_id)
    return list(await tx.scalars(query.order_by(StatutoryVersion.number.desc()).limit(MOST)))


async def newest(tx: AsyncSession, filing_id: UUID) -> StatutoryVersion | None:
    query = select(StatutoryVersion).where(StatutoryVersion.filing_id == filing_id)
    return await tx.scalar(query.order_by(StatutoryVersion.number.desc()).limit(1))


async def version(tx: AsyncSession, filing_id: UUID, version_id: UUID) -> StatutoryVersion:
    """Raises FilingNotFound, also for another report's."""
    query = select(StatutoryVersion).where(StatutoryVersion.filing_id == filing_id, StatutoryVersion.id == version_id)
    row = await tx.scalar(query)
    if row is None:
        raise FilingNotFound(_("There is no such version."))
    return row


async def timeline(tx: AsyncSession, row: StatutoryFiling) -> list[Link]:
    return await evidence.chain(tx, row.itself)


async def recipient(tx: AsyncSession) -> StatutoryRecipient | None:
    """The tax authority as it is known now."""
    return await tx.scalar(select(StatutoryRecipient).order_by(StatutoryRecipient.id.desc()).limit(1))


async def counted(tx: AsyncSession, first: date, last: date) -> list[Counted]:
    """Reports whose last day in time is one of `first` to `last`, but for those that were not due; by id."""
    filed_on = (
        select(func.min(StatutoryVersion.filed_on))
        .where(StatutoryVersion.filing_id == StatutoryFiling.id)
        .scalar_subquery()
    )
    query = select(StatutoryFiling.id, StatutoryFiling.kind, StatutoryFiling.first_day, until, filed_on).where(
        until.between(first, last), StatutoryFiling.state != FilingState.NOT_DUE
    )
    rows = await tx.execute(query.order_by(StatutoryFiling.id))
    return [Counted(id_, Kind(kind), day, last, filed) for id_, kind, day, last, filed in rows]
