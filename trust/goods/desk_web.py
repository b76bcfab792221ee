"""Addresses of the desk of controlled goods: what waits, and the lists with their proposals."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _, _n
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.goods import lists, sheet
from trust.goods.models import EndUserStatement, ExportReport, GoodsLicence
from trust.goods.reports import STANDING
from trust.goods.schemas import (
    DeskOut,
    EndingIn,
    EntriesOut,
    EntryOut,
    EntryProposalIn,
    FaultOut,
    ImportIn,
    ImportOut,
)
from trust.goods.states import KINDS, POINTS, Kind, LicenceState, ReportState, StatementState
from trust.identity.words import country_name

router = HouseRouter(tags=["controlled goods"])


class EntriesQuery(PageQuery):
    show: Literal["all", "waiting", "prohibited", "licence", "dual_use"] = "all"


@router.get("/goods", response_model=DeskOut)
async def desk(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """How much waits for compliance."""
    require(member, Permission.CONTROL_GOODS)
    out = await waiting(tx)
    return answer.show("goods/desk.html", out)


async def waiting(tx: AsyncSession) -> DeskOut:
    _entries, proposals = await lists.entries(tx, waiting=True, limit=0)
    licences = select(func.count()).select_from(GoodsLicence).where(GoodsLicence.state == LicenceState.SUBMITTED)
    statements = (
        select(func.count()).select_from(EndUserStatement).where(EndUserStatement.state == StatementState.SUBMITTED)
    )
    reports = select(func.count()).select_from(ExportReport).where(ExportReport.state.in_(STANDING))
    overdue = reports.where(ExportReport.state == ReportState.DUE, ExportReport.due_at <= clock.now())
    row = (await tx.execute(select(*(one.scalar_subquery() for one in (licences, statements, reports, overdue))))).one()
    return DeskOut(proposals=proposals, licences=row[0], statements=row[1], reports=row[2], overdue=row[3])


@router.get("/goods/entries", response_model=EntriesOut)
async def show_entries(
    answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[EntriesQuery, Query()]
) -> Response:
    """The lists: what is controlled, since when, by which law; and what waits for a second person."""
    require(member, Permission.CONTROL_GOODS)
    kind = Kind(asked.show) if asked.show in set(Kind) else None
    found, total = await lists.entries(
        tx, waiting=asked.show == "waiting", kind=kind, offset=asked.offset, limit=asked.per_page
    )
    today = clock.now().date()
    out = EntriesOut(entries=[EntryOut.of(view, today) for view in found], total=total)
    return answer.show(
        "goods/entries.html",
        out,
        found=found,
        today=today,
        page=asked,
        kinds=KINDS,
        points=POINTS,
        kind_options=[(key.value, _(label)) for key, label in KINDS.items()],
        point_options=[(key.value, _(label)) for key, label in POINTS.items()],
        country_name=country_name,
    )


@router.post("/goods/entries", response_model=EntryOut)
async def propose(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[EntryProposalIn, Submitted(EntryProposalIn)]
) -> Response:
    """Propose an entry; another person has to agree."""
    [made] = await lists.propose(tx, [data.proposed()], reason=data.reason, by=member)
    return await _done(answer, tx, made, _("Proposed. A second person has to agree."), created=True)


async def _done(answer: Answer, tx: AsyncSession, entry_id: UUID, text: str, *, created: bool = False) -> Response:
    out = EntryOut.of(await lists.entry(tx, entry_id), clock.now().date())
    return answer.done("/goods/entries", out, created=created, flash=text)


@router.get("/goods/template.csv", include_in_schema=False)
async def template(answer: Answer, member: CurrentMember) -> Response:
    """An example to fill in."""
    require(member, Permission.CONTROL_GOODS)
    return answer.file(("\ufeff" + sheet.TEMPLATE).encode(), "controlled-goods.csv", "text/csv; charset=utf-8")


@router.post("/goods/imports", response_model=ImportOut)
async def take_in(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[ImportIn, Submitted(ImportIn)]
) -> Response:
    """Propose all rows of a CSV, or say what is wrong with which; with `dry_run` nothing is proposed."""
    require(member, Permission.CONTROL_GOODS)
    read = await asyncio.to_thread(sheet.read, data.sheet.data)
    faults = [FaultOut(row=fault.row, field=fault.field, message=fault.message) for fault in read.faults]
    if faults or data.dry_run:
        out = ImportOut(rows=read.rows, proposed=0, faults=faults)
        return answer.show("goods/import.html", out, status=422 if faults else 200)
    made = await lists.propose(tx, read.entries, reason=data.reason or data.sheet.filename, by=member)
    text = _n("%(num)d entry proposed.", "%(num)d entries proposed.", len(made)) % {"num": len(made)}
    out = ImportOut(rows=read.rows, proposed=len(made), faults=[])
    return answer.done("/goods/entries?show=waiting", out, created=True, flash=text)


@router.post("/goods/entries/{entry_id}/agreement", response_model=EntryOut)
async def agree(answer: Answer, tx: Tx, member: CurrentMember, entry_id: UUID) -> Response:
    """Agree with an entry that somebody else proposed."""
    await lists.decide(tx, entry_id, agreed=True, by=member)
    return await _done(answer, tx, entry_id, _("Agreed. It is in force from its day on."))


@router.post("/goods/entries/{entry_id}/rejection", response_model=EntryOut)
async def reject(answer: Answer, tx: Tx, member: CurrentMember, entry_id: UUID) -> Response:
    """Do not agree with it."""
    await lists.decide(tx, entry_id, agreed=False, by=member)
    return await _done(answer, tx, entry_id, _("Not agreed. Nothing changes."))


@router.post("/goods/entries/{entry_id}/ending", response_model=EntryOut)
async def end(
    answer: Answer, tx: Tx, member: CurrentMember, entry_id: UUID, data: Annotated[EndingIn, Submitted(EndingIn)]
) -> Response:
    """Propose the last day of an entry in force."""
    await lists.propose_ending(tx, entry_id, data.last_day, reason=data.reason, by=member)
    return await _done(answer, tx, entry_id, _("Proposed. A second person has to agree."))


@router.post("/goods/endings/{ending_id}/agreement", response_model=EntryOut)
async def agree_ending(answer: Answer, tx: Tx, member: CurrentMember, ending_id: UUID) -> Response:
    """Agree with the last day that somebody else proposed."""
    entry_id = await lists.decide_ending(tx, ending_id, agreed=True, by=member)
    return await _done(answer, tx, entry_id, _("Agreed. It ends with this day."))


@router.post("/goods/endings/{ending_id}/rejection", response_model=EntryOut)
async def reject_ending(answer: Answer, tx: Tx, member: CurrentMember, ending_id: UUID) -> Response:
    """Do not agree with it."""
    entry_id = await lists.decide_ending(tx, ending_id, agreed=False, by=member)
    return await _done(answer, tx, entry_id, _("Not agreed. Nothing changes."))
