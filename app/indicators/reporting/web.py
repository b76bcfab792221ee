"""Reports: asking for one, seeing how far it is, fetching its files. Evaluators and administrators alone."""

import json
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import evidence, limits
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from app.indicators import words
from app.indicators.reporting import queries, service
from app.indicators.reporting.keeping import about
from app.indicators.reporting.making import TYPES
from app.indicators.reporting.queries import FORMS
from app.indicators.reporting.schemas import FetchedOut, ReportIn, ReportOut, ReportPageOut
from app.indicators.reporting.snapshot import SCHEMA, schema
from app.indicators.reporting.words import FORMS as NAMES
from trust.access import CurrentMember, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity

router = HouseRouter(tags=["indicators"])
SUFFIX = {"csv": "zip"}
SHOWN = 36
"""So many periods, the latest, are offered."""


@router.get("/indicators/reports", response_model=list[ReportOut])
async def reports(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Every report, the newest first."""
    require(member, Permission.READ_INDICATORS)
    found, total = await queries.reports(tx, offset=page.offset, limit=page.per_page)
    return answer.show(
        "indicators/reports.html",
        [ReportOut.of(view) for view in found],
        total=total,
        page=page,
        periods=await _periods(tx),
        period_name=words.period_name,
        spans=words.SPANS,
    )


async def _periods(tx: AsyncSession) -> list[tuple[str, str]]:
    """What can be chosen: value and name, by length, the latest first."""
    found = await service.periods(tx)
    return [
        (f"{span} {last:%Y-%m}", f"{_(words.SPANS[span])}: {words.period_name(span, last)}")
        for span in ("quarter", "year", "r12m", "month")
        for last in found[span][:SHOWN]
    ]


@router.post("/indicators/reports", response_model=ReportOut)
async def ask(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[ReportIn, Submitted(ReportIn)]
) -> Response:
    """Have a report made over a period whose months are final; thirty an hour."""
    require(member, Permission.READ_INDICATORS)
    if data.asked is None:
        raise Invalid(_("Choose a period."), field="period")
    await limits.hit(request.app.state.db, f"indicator-report:{member.id}", at_most=30, per_minutes=60)
    report_id = await service.ask(tx, data.asked, public=data.public, by=member)
    out = ReportOut.of(await queries.report(tx, report_id))
    return answer.done(f"/indicators/reports/{report_id}", out, created=True)


@router.get(SCHEMA, include_in_schema=False)
async def json_schema(answer: Answer) -> Response:
    """The JSON Schema of a report's locked data; public."""
    return answer.file(
        json.dumps(schema(), indent=1).encode(), "portolan-report-1.schema.json", "application/schema+json"
    )


@router.get("/indicators/reports/{indicator_report_id}", response_model=ReportPageOut)
async def report(answer: Answer, tx: Tx, member: CurrentMember, indicator_report_id: UUID) -> Response:
    """How far a report is, its files with their hashes, and who fetched them."""
    require(member, Permission.READ_INDICATORS)
    view = await queries.report(tx, indicator_report_id)
    out = ReportPageOut(report=ReportOut.of(view), fetched=await _fetched(tx, view.id))
    return answer.show(
        "indicators/report.html",
        out,
        block="status",
        report=out.report,
        names=NAMES,
        forms=FORMS,
        period=words.period_name(view.span, view.last),
        span=words.SPANS[view.span],
    )


async def _fetched(tx: AsyncSession, report_id: UUID) -> list[FetchedOut]:
    """The newest first."""
    links = [one for one in await evidence.chain(tx, about(report_id)) if one.kind == "report.fetched" and one.actor]
    names = {actor: (await identity.member_view(tx, actor)).name for actor in {one.actor for one in links if one.actor}}
    return [FetchedOut(form=one.data["form"], name=names[one.actor], at=one.at) for one in reversed(links) if one.actor]


@router.post(
    "/indicators/reports/{indicator_report_id}/files/{form}",
    include_in_schema=False,
    dependencies=[counted(Exported.INDICATORS)],
)
@not_replayed
async def fetch(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    indicator_report_id: UUID,
    form: Literal["json", "csv", "xlsx", "pdf"],
) -> Response:
    """A file of a report. A POST, because fetching is written down."""
    file = await service.fetched(tx, indicator_report_id, form, by=member)
    view = await queries.report(tx, indicator_report_id)
    data = await request.app.state.files.get(file.file_key)
    copy = "-public" if view.public else ""
    name = f"report-{view.span}-{view.last:%Y-%m}-{view.revision}{copy}.{SUFFIX.get(form, form)}"
    return answer.file(data, name, TYPES[form])
