"""Addresses of the half-yearly identity reports."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, Upload, not_replayed
from trust.access import CurrentMember, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.verification import report_file, reports

FIRST = 50
"""Sellers with findings that the page shows; the report has them all."""
router = HouseRouter(tags=["verification"])


class RecipientIn(BaseModel):
    """An authority and its X.509 certificate in PEM."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
    certificate: Upload


class ReportsOut(BaseModel):
    """`findings`: what is wrong with sellers today, by kind → how many."""

    recipient: str
    sellers: int
    findings: dict[str, int]
    reports: list[dict[str, Any]]


@router.get("/identity-reports", response_model=ReportsOut)
async def show(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Reports prepared, to whom, and what is missing today."""
    require(member, Permission.KEEP_RECORDS)
    found, total = await reports.reports(tx, offset=page.offset, limit=page.per_page)
    to, today = await reports.recipient(tx), await reports.counts(tx)
    out = ReportsOut(
        recipient=to.name if to else "",
        sellers=today.sellers,
        findings=today.findings,
        reports=[{"id": r.id, "period": r.period, "number": r.number, "digest": r.digest} for r in found],
    )
    return answer.show(
        "trust/identity_reports.html",
        out,
        reports=found,
        total=total,
        page=page,
        recipient=to,
        usable=to is not None and reports.usable(to),
        issued_to=reports.subject_of(to) if to else "",
        sellers=today.sellers,
        wrong=await reports.sellers(tx, wrong=True, limit=FIRST),
        wrong_count=today.wrong,
        period=report_file.reported(clock.now().date()),
        labels=report_file.FINDINGS,
    )


@router.post("/identity-reports/recipients")
async def add(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[RecipientIn, Submitted(RecipientIn)]
) -> Response:
    """Whom reports are encrypted for from now on."""
    made = await reports.add_recipient(tx, data.name, data.certificate.data, by=member)
    text = _("From now on reports are encrypted for this certificate.")
    return answer.done("/identity-reports", {"id": made}, created=True, flash=text)


@router.post("/identity-reports")
async def prepare(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Prepare the report over the last half-year now."""
    state = request.app.state
    made = await reports.prepare(tx, state.files, state.settings.base_url, by=member)
    return answer.done("/identity-reports", {"id": made}, created=True, flash=_("The report was prepared."))


@router.post("/identity-reports/{report_id}/file", include_in_schema=False, dependencies=[counted(Exported.IDENTITY)])
@not_replayed
async def fetch(request: Request, answer: Answer, tx: Tx, member: CurrentMember, report_id: UUID) -> Response:
    """The encrypted file. A POST, because fetching is written down."""
    data, name = await reports.fetch(tx, request.app.state.files, report_id, by=member)
    return answer.file(data, name, "application/pkcs7-mime")
