"""Keeping what is made of a report: each file once, and on the report's chain."""

from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.storage import StoredFile
from app.core.subject import Subject
from app.indicators.reporting import queries
from app.indicators.reporting.models import IndicatorReport, IndicatorReportFile
from app.indicators.reporting.queries import FORMS


def about(report_id: UUID) -> Subject:
    return Subject(IndicatorReport.SUBJECT, report_id)


async def keep(tx: AsyncSession, report_id: UUID, form: str, stored: StoredFile, facts: dict[str, str]) -> bool:
    """One file of a report, on its chain; with the last one it is ready. False when another run was faster. Locks the
    report."""
    row = (await tx.scalars(select(IndicatorReport).where(IndicatorReport.id == report_id).with_for_update())).one()
    file = {
        "report_id": report_id,
        "form": form,
        "digest": stored.sha256,
        "file_key": stored.key,
        "size": stored.size,
        "made_at": clock.now(),
    }
    if row.made_at is not None or form in (await queries.report(tx, report_id)).files:
        return False
    await tx.execute(insert(IndicatorReportFile).values(file))
    said = {"form": form, "sha256": stored.sha256, **facts}
    await evidence.record(
        tx, about(report_id), "report.locked" if form == FORMS[0] else "report.file", said, actor=None
    )
    if form == FORMS[-1]:
        await tx.execute(update(IndicatorReport).where(IndicatorReport.id == report_id).values(made_at=clock.now()))
    return True
