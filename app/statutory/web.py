"""Addresses of statutory reports."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.periods import day_of
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from app.statutory import filing, preparing, queries, schemas, showing, states
from app.statutory.filing import Receipt
from app.statutory.preparing import Desk
from app.statutory.rules import RULES
from app.statutory.schemas import CalendarOut, ReportOut, RowsQuery, YearQuery
from trust import sealed
from trust.access import CurrentMember, Member, Permission
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity
from trust.identity.web.door import TheVault
from trust.verification.report_file import FINDINGS

router = HouseRouter(tags=["statutory"])
PAGE = "/statutory"
WORDS: dict[str, Any] = {
    "kinds": states.KINDS,
    "states": states.STATES,
    "tones": states.TONES,
    "happened": states.HAPPENED,
    "statuses": states.STATUSES,
    "rules": RULES,
    "labels": FINDINGS,
}


def _may(member: Member) -> dict[str, bool]:
    """What the pages lead to elsewhere."""
    wanted = (Permission.KEEP_RECORDS, Permission.BOOK_MONEY, Permission.ADMINISTER)
    return {permission.value: member.may(permission) for permission in wanted}


def _desk(request: Request) -> Desk:
    state = request.app.state
    return Desk(state.files, state.vault, state.settings.base_url, state.settings.reporting_zone)


@router.get("/statutory", response_model=CalendarOut)
async def calendar(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[YearQuery, Query()]
) -> Response:
    """The reports of a year by their due days, what waits, and what comes next."""
    today = day_of(clock.now(), _desk(request).zone)
    out = await showing.calendar(tx, asked.year or today.year, today, by=member)
    years, to = await queries.years(tx), await queries.recipient(tx)
    return answer.show("statutory/calendar.html", out, years=years, recipient=to, may=_may(member), **WORDS)


@router.post("/statutory/recipients", response_model=CalendarOut)
async def add(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[schemas.RecipientIn, Submitted(schemas.RecipientIn)],
) -> Response:
    """Whom tables of tax information are encrypted for from now on."""
    await filing.add_recipient(tx, data.name, data.certificate.data, by=member)
    today = day_of(clock.now(), _desk(request).zone)
    text = _("From now on files are encrypted for this certificate.")
    return answer.done(PAGE, await showing.calendar(tx, today.year, today, by=member), created=True, flash=text)


@router.get("/statutory/{statutory_filing_id}", response_model=ReportOut)
async def one(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    statutory_filing_id: UUID,
    asked: Annotated[RowsQuery, Query()],
) -> Response:
    """One report: its versions, the rows of one of them, and what happened to it."""
    desk = _desk(request)
    row = await queries.filing(tx, statutory_filing_id, by=member)
    out, totals = await showing.report(tx, desk, row, asked)
    actors = {link.actor for link in out.timeline if link.actor}
    return answer.show(
        "statutory/report.html",
        out,
        page=asked,
        totals=[(_("In all"), showing.sum_of(one)) for one in totals],
        names={id_: (await identity.member_view(tx, id_)).name for id_ in sorted(actors)},
        today=day_of(clock.now(), desk.zone),
        may=_may(member),
        **WORDS,
    )


@router.post("/statutory/{statutory_filing_id}/versions", response_model=ReportOut)
async def prepare(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    statutory_filing_id: UUID,
    data: Annotated[schemas.PrepareIn, Submitted(schemas.PrepareIn)],
) -> Response:
    """Prepare the report now, or once more: the next version, with its reason."""
    await preparing.prepare(tx, _desk(request), statutory_filing_id, data.reason, by=member)
    return await _done(request, answer, tx, member, statutory_filing_id, _("The report was prepared."), created=True)


@router.post(
    "/statutory/{statutory_filing_id}/versions/{statutory_version_id}/file",
    include_in_schema=False,
    dependencies=[counted(Exported.IDENTITY)],
)
@not_replayed
async def fetch(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    statutory_filing_id: UUID,
    statutory_version_id: UUID,
) -> Response:
    """A version's tables, encrypted for the authority. A POST, because fetching is written down."""
    desk = _desk(request)
    data, name = await filing.fetch(tx, desk, statutory_filing_id, statutory_version_id, by=member)
    return answer.file(data, name, "application/pkcs7-mime")


@router.post("/statutory/{statutory_filing_id}/filing", response_model=ReportOut)
async def file(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    statutory_filing_id: UUID,
    data: Annotated[schemas.FiledIn, Submitted(schemas.FiledIn)],
) -> Response:
    """The authority has taken the newest version in."""
    desk = _desk(request)
    _row, version = await filing.to_file(tx, statutory_filing_id, by=member)
    paper = None
    if data.receipt is not None:
        paper = await sealed.keep(desk.store, vault, preparing.sealed_for(version.id), data.receipt, field="receipt")
    receipt = Receipt(data.receipt_number, data.filed_on, paper)
    await filing.file(tx, statutory_filing_id, receipt, findings_seen=data.findings_seen, zone=desk.zone, by=member)
    return await _done(request, answer, tx, member, statutory_filing_id, _("Filed."))


@router.post(
    "/statutory/{statutory_filing_id}/versions/{statutory_version_id}/receipt",
    include_in_schema=False,
    dependencies=[counted(Exported.IDENTITY)],
)
@not_replayed
async def receipt(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    statutory_filing_id: UUID,
    statutory_version_id: UUID,
) -> Response:
    """The authority's receipt. A POST, because opening it is written down."""
    paper = await filing.receipt_of(tx, statutory_filing_id, statutory_version_id, by=member)
    context = preparing.sealed_for(statutory_version_id)
    data = await sealed.opened(request.app.state.files, vault, context, paper["key"])
    return answer.file(data, paper["name"], paper["content_type"])


@router.post("/statutory/{statutory_filing_id}/failures", response_model=ReportOut)
async def fail(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    statutory_filing_id: UUID,
    data: Annotated[schemas.ReasonIn, Submitted(schemas.ReasonIn)],
) -> Response:
    """The newest version could not be sent."""
    await filing.fail(tx, statutory_filing_id, data.reason, by=member)
    text = _("Written down. The version waits to be sent again.")
    return await _done(request, answer, tx, member, statutory_filing_id, text)


@router.post("/statutory/{statutory_filing_id}/deferral", response_model=ReportOut)
async def defer(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    statutory_filing_id: UUID,
    data: Annotated[schemas.DeferralIn, Submitted(schemas.DeferralIn)],
) -> Response:
    """An authority has put the report off."""
    zone = _desk(request).zone
    said = (data.deferred_to, data.reason, data.reference)
    await filing.defer(tx, statutory_filing_id, *said, zone=zone, by=member)
    return await _done(request, answer, tx, member, statutory_filing_id, _("Put off."))


@router.post("/statutory/{statutory_filing_id}/waiver", response_model=ReportOut)
async def propose_waiver(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    statutory_filing_id: UUID,
    data: Annotated[schemas.ReasonIn, Submitted(schemas.ReasonIn)],
) -> Response:
    """Say that the report is not due."""
    await filing.propose_waiver(tx, statutory_filing_id, data.reason, by=member)
    return await _done(request, answer, tx, member, statutory_filing_id, _("A second person has to agree."))


@router.post("/statutory/{statutory_filing_id}/waiver/agreement", response_model=ReportOut)
async def agree_waiver(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, statutory_filing_id: UUID
) -> Response:
    """A second person finds so too."""
    await filing.agree_waiver(tx, statutory_filing_id, by=member)
    return await _done(request, answer, tx, member, statutory_filing_id, _("It is not due."))


@router.post("/statutory/{statutory_filing_id}/waiver/refusal", response_model=ReportOut)
async def refuse_waiver(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, statutory_filing_id: UUID
) -> Response:
    """It stays due."""
    await filing.refuse_waiver(tx, statutory_filing_id, by=member)
    return await _done(request, answer, tx, member, statutory_filing_id, _("It stays due."))


async def _done(
    request: Request,
    answer: Answer,
    tx: AsyncSession,
    member: Member,
    filing_id: UUID,
    text: str,
    *,
    created: bool = False,
) -> Response:
    await tx.flush()
    row = await queries.filing(tx, filing_id, by=member)
    out, _totals = await showing.report(tx, _desk(request), row, RowsQuery())
    return answer.done(f"{PAGE}/{filing_id}", out, created=created, flash=text)
