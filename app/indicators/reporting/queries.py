"""Reading reports, their files, and the figures that a report is made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.core.i18n import _
from app.indicators import queries
from app.indicators.figures.base import WHOLE, Cut, Figure
from app.indicators.models import IndicatorValue
from app.indicators.queries import Close
from app.indicators.reporting.models import IndicatorReport, IndicatorReportFile

FORMS = ("json", "csv", "xlsx", "pdf")
"""The files of a report, in the order in which they are made."""


class ReportNotFound(NotFound):
    """There is no such report, or it has no such file yet."""


@dataclass(frozen=True, slots=True)
class FileView:
    form: str
    digest: str
    file_key: str
    size: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """`files` by form, those that are made; with all of them it is ready."""

    id: UUID
    span: str
    last: date
    public: bool
    revision: int
    asked_by: UUID
    asked_at: datetime
    made_at: datetime | None
    files: dict[str, FileView]


@dataclass(frozen=True, slots=True)
class Value:
    """A figure with the version of its definition, and the counting it is from."""

    close: Close
    version: int
    figure: Figure


Values = dict[tuple[str, Cut], Value]
"""By code and cut."""


async def report(tx: AsyncSession, report_id: UUID) -> ReportView:
    """Raises ReportNotFound."""
    found = await _views(tx, [row] if (row := await tx.get(IndicatorReport, report_id)) else [])
    if not found:
        raise ReportNotFound(_("There is no such report."))
    return found[0]


async def reports(tx: AsyncSession, *, offset: int = 0, limit: int = 24) -> tuple[list[ReportView], int]:
    """The newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(IndicatorReport))).scalar_one()
    query = select(IndicatorReport).order_by(IndicatorReport.id.desc()).offset(offset).limit(limit)
    return await _views(tx, list(await tx.scalars(query))), total


async def _views(tx: AsyncSession, rows: Sequence[IndicatorReport]) -> list[ReportView]:
    files: dict[UUID, dict[str, FileView]] = {row.id: {} for row in rows}
    query = select(IndicatorReportFile).where(IndicatorReportFile.report_id.in_(files))
    for file in await tx.scalars(query) if rows else ():
        files[file.report_id][file.form] = FileView(file.form, file.digest, file.file_key, file.size)
    return [
        ReportView(
            row.id, row.span, row.last, row.public, row.revision, row.asked_by, row.asked_at, row.made_at, files[row.id]
        )
        for row in rows
    ]


async def making(tx: AsyncSession, span: str, last: date, *, public: bool) -> UUID | None:
    """The report over a period that is being made."""
    return await tx.scalar(
        select(IndicatorReport.id).where(
            IndicatorReport.span == span,
            IndicatorReport.last == last,
            IndicatorReport.public == public,
            IndicatorReport.made_at.is_(None),
        )
    )


async def next_revision(tx: AsyncSession, span: str, last: date, *, public: bool) -> int:
    query = select(func.max(IndicatorReport.revision)).where(
        IndicatorReport.span == span, IndicatorReport.last == last, IndicatorReport.public == public
    )
    return (await tx.scalar(query) or 0) + 1


async def known(tx: AsyncSession, digest: str) -> tuple[ReportView, str] | None:
    """The report that a file with this SHA-256 is of, and its form; None for a strange file."""
    query = (
        select(IndicatorReportFile).where(IndicatorReportFile.digest == digest).order_by(IndicatorReportFile.made_at)
    )
    file = (await tx.scalars(query.limit(1))).first()
    if file is None:
        return None
    return await report(tx, file.report_id), file.form


async def newest_closes(tx: AsyncSession, lasts: Collection[date]) -> dict[tuple[str, date], Close]:
    """(closing, last day) → its newest revision."""
    found = await queries.closes_of(tx, lasts)
    return {(one.closing, one.last): one for one in found}


async def values(
    tx: AsyncSession, closes: Sequence[Close], span: str, *, whole: bool, parts_of: Sequence[Cut] = ()
) -> dict[date, Values]:
    """Figures of these closes by their last day. `whole`: without their parts, but for the cuts `parts_of`."""
    by_id = {one.id: one for one in closes}
    query = select(IndicatorValue).where(IndicatorValue.close_id.in_(by_id), IndicatorValue.span == span)
    if whole:
        query = query.where(tuple_(IndicatorValue.cut, IndicatorValue.key).in_([WHOLE, *parts_of]))
    found: dict[date, Values] = {}
    for row in await tx.scalars(query):
        close, cut = by_id[row.close_id], (row.cut, row.key)
        figure = Figure(row.code, cut, row.value, row.numerator, row.denominator)
        found.setdefault(close.last, {})[row.code, cut] = Value(close, row.version, figure)
    return found
