"""Addresses of compliance: statements of end users to accept, and reports to the authority with their clock."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.states import history
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.goods import printing, reports, statements
from trust.goods.reports import Sent
from trust.goods.schemas import (
    DecisionIn,
    OutcomeIn,
    ReportOut,
    ReportsOut,
    SentIn,
    StatementDecisionIn,
    StatementOut,
    StatementsOut,
)
from trust.goods.statements import FLAGS
from trust.goods.states import REPORTS, STATEMENTS, StatementState
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.words import country_name

router = HouseRouter(tags=["controlled goods"])


class StatementsQuery(PageQuery):
    state: Literal["submitted", "accepted", "more", "replaced"] = "submitted"


class ReportsQuery(PageQuery):
    show: Literal["standing", "over"] = "standing"


@router.get("/goods/statements", response_model=StatementsOut)
async def show_statements(
    answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[StatementsQuery, Query()]
) -> Response:
    """Statements of end users in a state; those that wait, the longest waiting first."""
    require(member, Permission.CONTROL_GOODS)
    found, total = await statements.statements(
        tx, state=StatementState(asked.state), offset=asked.offset, limit=asked.per_page
    )
    out = StatementsOut(statements=[StatementOut.of(one) for one in found], total=total)
    return answer.show(
        "goods/statements.html", out, found=found, page=asked, states=STATEMENTS, flags=FLAGS, country_name=country_name
    )


@router.get("/goods/statements/{end_use_id}", response_model=StatementOut)
async def show_statement(answer: Answer, tx: Tx, member: CurrentMember, end_use_id: UUID) -> Response:
    """One statement with what is flagged about it."""
    require(member, Permission.CONTROL_GOODS)
    found = await statements.statement(tx, end_use_id)
    return answer.show(
        "goods/statement.html",
        StatementOut.of(found),
        s=found,
        companies=await identity.organisations(tx, [found.buyer_id, found.supplier_id]),
        past=await history(tx, Subject("end_user_statement", found.id)),
        states=STATEMENTS,
        flags=FLAGS,
        country_name=country_name,
    )


@router.post("/goods/statements/{end_use_id}/sheet", include_in_schema=False, dependencies=[counted(Exported.GOODS)])
async def sheet(request: Request, answer: Answer, tx: Tx, member: CurrentMember, end_use_id: UUID) -> Response:
    """The signed and stamped sheet. That somebody looks at it is written down, hence a post."""
    require(member, Permission.CONTROL_GOODS)
    found, state = await statements.statement(tx, end_use_id), request.app.state
    data = await statements.sheet(tx, state.files, state.vault, found, by=member)
    kept = found.document or {}
    return answer.file(data, kept["name"], kept["content_type"])


@router.post("/goods/statements/{end_use_id}/decision", response_model=StatementOut)
async def decide(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    end_use_id: UUID,
    data: Annotated[StatementDecisionIn, Submitted(StatementDecisionIn)],
) -> Response:
    """Accept a statement, or ask for more; both sides are told, the reason goes to the buyer."""
    found = await statements.decide(tx, end_use_id, accepted=data.accepted, reason=data.reason, by=member)
    news = "statement_accepted" if data.accepted else "statement_more"
    context = {"news": news, "name": found.number, "day": "", "path": f"/orders/{found.order_id}/end-use"}
    told = "" if data.accepted else data.reason
    await people.notify(tx, found.buyer_id, Permission.ACCEPT_GOODS, "control_news", context | {"reason": told})
    if data.accepted:
        await people.notify(tx, found.supplier_id, Permission.SHIP, "control_news", context | {"reason": ""})
    return answer.done(
        f"/goods/statements/{end_use_id}", StatementOut.of(found), flash=_("Decided. The company was told.")
    )


@router.get("/goods/reports", response_model=ReportsOut)
async def show_reports(
    answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[ReportsQuery, Query()]
) -> Response:
    """Suspicions and reports that stand, or that are over."""
    require(member, Permission.CONTROL_GOODS)
    found, total = await reports.reports(
        tx, standing=asked.show == "standing", offset=asked.offset, limit=asked.per_page
    )
    out = ReportsOut(reports=[ReportOut.of(one) for one in found], total=total)
    return answer.show("goods/reports.html", out, found=found, page=asked, states=REPORTS, now=clock.now())


@router.get("/goods/reports/{export_report_id}", response_model=ReportOut)
async def show_report(answer: Answer, tx: Tx, member: CurrentMember, export_report_id: UUID) -> Response:
    """One suspicion: what was known, what was decided, and that the authority was told."""
    found = await reports.report(tx, export_report_id, by=member)
    return answer.show(
        "goods/report.html",
        ReportOut.of(found),
        r=found,
        facts=printing.flat(found.dossier),
        companies=await identity.organisations(tx, [found.buyer_id, found.supplier_id]),
        past=await history(tx, Subject("export_report", found.id)),
        states=REPORTS,
    )


@router.get(
    "/goods/reports/{export_report_id}/report.pdf", include_in_schema=False, dependencies=[counted(Exported.GOODS)]
)
async def report_pdf(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, export_report_id: UUID
) -> Response:
    """What goes to the authority."""
    found = await reports.report(tx, export_report_id, by=member)
    data = await printing.report(found, font_dir=request.app.state.settings.font_dir)
    return answer.file(data, f"report-{found.number}.pdf", "application/pdf", inline=True)


async def _done(answer: Answer, tx: Tx, report_id: UUID, text: str, member: CurrentMember) -> Response:
    out = ReportOut.of(await reports.report(tx, report_id, by=member))
    return answer.done(f"/goods/reports/{report_id}", out, flash=text)


@router.post("/goods/reports/{export_report_id}/confirmation", response_model=ReportOut)
async def confirm(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    export_report_id: UUID,
    data: Annotated[DecisionIn, Submitted(DecisionIn)],
) -> Response:
    """Another person agrees: the authority is to be told."""
    zone = request.app.state.settings.reporting_zone
    await reports.confirm(tx, export_report_id, data.decision, zone=zone, by=member)
    return await _done(answer, tx, export_report_id, _("Confirmed. The clock runs."), member)


@router.post("/goods/reports/{export_report_id}/dismissal", response_model=ReportOut)
async def dismiss(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    export_report_id: UUID,
    data: Annotated[DecisionIn, Submitted(DecisionIn)],
) -> Response:
    """Another person finds nothing in it."""
    await reports.dismiss(tx, export_report_id, data.decision, by=member)
    text = _("Dismissed. On the desk of risk another person lets go what is held.")
    return await _done(answer, tx, export_report_id, text, member)


@router.post("/goods/reports/{export_report_id}/sending", response_model=ReportOut)
async def send(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    export_report_id: UUID,
    data: Annotated[SentIn, Submitted(SentIn)],
) -> Response:
    """Write down when and to whom it was sent, and under which number it was received."""
    await reports.send(tx, export_report_id, Sent(data.sent_to, data.moment, data.receipt), by=member)
    return await _done(answer, tx, export_report_id, _("Written down."), member)


@router.post("/goods/reports/{export_report_id}/closing", response_model=ReportOut)
async def close(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    export_report_id: UUID,
    data: Annotated[OutcomeIn, Submitted(OutcomeIn)],
) -> Response:
    """The authority has answered, or there is nothing more to wait for."""
    await reports.close(tx, export_report_id, data.outcome, by=member)
    return await _done(answer, tx, export_report_id, _("Closed. What is held ends by its time."), member)
