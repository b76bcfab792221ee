"""Asking for a report, and fetching its files."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Conflict
from app.core.i18n import _
from app.core.ids import new_id
from app.core.outbox import enqueue
from app.indicators import calendar
from app.indicators import queries as indicators
from app.indicators.figures import groups
from app.indicators.figures.base import months_before
from app.indicators.reporting import jobs, queries
from app.indicators.reporting.keeping import about
from app.indicators.reporting.models import IndicatorReport
from trust.access import Member, Permission, require

LENGTHS = {"month": (1, 1), "quarter": (3, 3), "year": (12, 12), "r12m": (12, 1)}
"""Of each span: how many months it has, and after how many one ends."""


class NotClosed(Conflict):
    """A month of the period is not final yet."""

    code = "not_closed"


@dataclass(frozen=True, slots=True)
class Period:
    span: str
    last: date


async def periods(tx: AsyncSession) -> dict[str, list[date]]:
    """Over what a report can be made: span → last days, the newest first. All its months since the first one that was
    ever counted are final, but for renewal, disputes and completion, which become so later."""
    there = await indicators.revisions(tx)
    counted = {last for _name, last in there}
    closed = {
        last
        for last in counted
        if there.get((groups.FIGURES, last), -1) >= calendar.FINAL
        and all((name, last) in there for name in groups.CLOSINGS)
    }
    return {
        span: [
            last
            for last in sorted(closed, reverse=True)
            if last.month % step == 0 and _months(last, length, min(counted)) <= closed
        ]
        for span, (length, step) in LENGTHS.items()
    }


def _months(last: date, length: int, first: date) -> set[date]:
    begin = months_before(last, length)
    return {day for day in (calendar.before(last, n) for n in range(length)) if day >= max(begin, first)}


async def ask(tx: AsyncSession, period: Period, *, public: bool, by: Member) -> UUID:
    """Have a report made; the one that is being made already, if one is. Raises NotPermitted, NotClosed."""
    require(by, Permission.READ_INDICATORS)
    if period.last not in (await periods(tx))[period.span]:
        raise NotClosed(_("A month of this period is not final yet: choose another one."))
    row = {
        "id": new_id(),
        "span": period.span,
        "last": period.last,
        "public": public,
        "revision": await queries.next_revision(tx, period.span, period.last, public=public),
        "asked_by": by.id,
        "asked_at": clock.now(),
    }
    made = insert(IndicatorReport).values(row).on_conflict_do_nothing().returning(IndicatorReport.id)
    report_id = await tx.scalar(made)
    if report_id is None:
        there = await queries.making(tx, period.span, period.last, public=public)
        if there is None:  # it was made between the two statements
            return await ask(tx, period, public=public, by=by)
        return there
    said = {"span": period.span, "last": period.last.isoformat(), "public": public, "revision": row["revision"]}
    await evidence.record(tx, about(report_id), "report.asked", said, actor=by.id)
    await enqueue(tx, jobs.make_report, key=f"indicator-report:{report_id}", report_id=report_id)
    return report_id


async def fetched(tx: AsyncSession, report_id: UUID, form: str, *, by: Member) -> queries.FileView:
    """A file that goes out, which is written down. Raises NotPermitted, ReportNotFound."""
    require(by, Permission.READ_INDICATORS)
    file = (await queries.report(tx, report_id)).files.get(form)
    if file is None:
        raise queries.ReportNotFound(_("There is no such report."))
    await evidence.record(tx, about(report_id), "report.fetched", {"form": form, "sha256": file.digest}, actor=by.id)
    return file
