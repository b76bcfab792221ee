"""Oversight, for compliance and administrators: what was let go before its time, and who took out how much."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import N_, _
from app.core.periods import day_of
from app.core.spreadsheets import write_csv
from app.core.web import Answer, HouseRouter, PageQuery, Tx
from trust.access import ROLE_LABELS, CurrentMember, Permission, require
from trust.exports import service
from trust.exports.service import Kind
from trust.risk import overrides
from trust.risk.overrides import Later, Override, Report

router = HouseRouter(tags=["oversight"])
LOOKED_BACK = 30
KIND_LABELS = {
    Kind.LINES: N_("lines of lists"),
    Kind.MESSAGE_FILES: N_("files of messages"),
    Kind.CONTRACTS: N_("contracts"),
    Kind.ORDERS: N_("files of orders"),
    Kind.TRADE_PAPERS: N_("trade documents"),
    Kind.INVOICES: N_("invoices"),
    Kind.BUNDLES: N_("evidence bundles"),
    Kind.IDENTITY: N_("papers of identity"),
    Kind.CASES: N_("exhibits"),
    Kind.RIGHTS: N_("papers of rights"),
    Kind.GOODS: N_("papers of controlled goods"),
    Kind.INDICATORS: N_("rows of indicators"),
}
HEADINGS = (
    *(N_("Week from"), N_("Rule"), N_("Thing"), N_("Company"), N_("Held since"), N_("Until"), N_("Asked by")),
    *(N_("Asked"), N_("Why"), N_("Agreed by"), N_("Let go"), N_("Found then"), N_("Found by now")),
    N_("Harm met later"),
)
FOUND = {True: N_("harm"), False: N_("no harm"), None: N_("not judged")}


class OverrideOut(BaseModel):
    """A hold that was let go. `harm`, as it was known then; `harm_now` and `harm_since` (findings) as it is now."""

    model_config = ConfigDict(from_attributes=True)

    hold: UUID
    rule: str
    subject: str
    company: str
    placed_at: datetime
    until: datetime
    asked_by: str
    asked_at: datetime
    reason: str
    released_by: str
    released_at: datetime
    harm: bool | None
    harm_now: bool | None = None
    harm_since: int = 0


class WeekOut(BaseModel):
    first_day: date
    made_at: datetime
    number: int


class ReportOut(BaseModel):
    first_day: date
    last_day: date
    made_at: datetime
    lines: list[OverrideOut]


class ExportDayOut(BaseModel):
    """What one member took out on a day."""

    day: date
    member: str
    role: str
    number: int
    kinds: dict[str, int]


class OversightOut(BaseModel):
    """Reports, the newest first; what was let go this week so far; the largest days of exports in LOOKED_BACK days."""

    weeks: list[WeekOut]
    total: int
    this_week: list[OverrideOut]
    exports: list[ExportDayOut]


@router.get("/oversight", response_model=OversightOut)
async def show(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]
) -> Response:
    """Weekly reports on holds that people let go, and who took out the most."""
    require(member, Permission.KEEP_RECORDS)
    zone = request.app.state.settings.reporting_zone
    today = day_of(clock.now(), zone)
    found = await overrides.reports(tx, offset=page.offset, limit=page.per_page)
    this_week = await overrides.let_go(tx, overrides.week_of(today, zone))
    exports = await service.most(tx, since=date.fromordinal(today.toordinal() - LOOKED_BACK))
    out = OversightOut(
        weeks=[WeekOut(first_day=first, made_at=made, number=number) for first, made, number in found],
        total=await overrides.count_reports(tx),
        this_week=await _lines(tx, this_week),
        exports=[
            ExportDayOut(day=day.day, member=who.name, role=day.role, number=day.number, kinds=day.kinds)
            for day, who in exports
        ],
    )
    words: dict[str, Any] = {"role_labels": ROLE_LABELS, "kind_labels": KIND_LABELS, "found_words": FOUND}
    return answer.show("trust/oversight.html", out, page=page, looked_back=LOOKED_BACK, **words)


async def _lines(tx: AsyncSession, lines: list[Override]) -> list[OverrideOut]:
    known = await overrides.later(tx, lines)
    return [_line(line, known[line.hold]) for line in lines]


def _line(line: Override, now: Later) -> OverrideOut:
    return OverrideOut.model_validate(line).model_copy(update={"harm_now": now.harm, "harm_since": now.since})


@router.get("/oversight/overrides/{first_day}", response_model=ReportOut)
async def report(answer: Answer, tx: Tx, member: CurrentMember, first_day: date) -> Response:
    """One week's report, and what was learned since."""
    require(member, Permission.KEEP_RECORDS)
    found = await overrides.report(tx, first_day)
    return answer.show("trust/override_report.html", await _out(tx, found), found_words=FOUND)


async def _out(tx: AsyncSession, found: Report) -> ReportOut:
    lines = await _lines(tx, list(found.lines))
    return ReportOut(first_day=found.first_day, last_day=found.last_day, made_at=found.made_at, lines=lines)


@router.get("/oversight/overrides/{first_day}/report.csv", include_in_schema=False)
async def report_csv(answer: Answer, tx: Tx, member: CurrentMember, first_day: date) -> Response:
    """The same for a spreadsheet."""
    require(member, Permission.KEEP_RECORDS)
    out = await _out(tx, await overrides.report(tx, first_day))
    rows = [
        (
            *(first_day.isoformat(), line.rule, line.subject, line.company),
            *(
                line.placed_at.isoformat(),
                line.until.isoformat(),
                line.asked_by,
                line.asked_at.isoformat(),
                line.reason,
            ),
            *(line.released_by, line.released_at.isoformat()),
            *(_(FOUND[line.harm]), _(FOUND[line.harm_now]), line.harm_since),
        )
        for line in out.lines
    ]
    return answer.file(
        write_csv([_(heading) for heading in HEADINGS], rows), f"overrides-{first_day}.csv", "text/csv; charset=utf-8"
    )
