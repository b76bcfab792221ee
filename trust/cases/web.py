"""Addresses of cases for their two companies; the desk reads the same page."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.cases import exhibits, pages, queries, service, states
from trust.cases.exhibits import Translation
from trust.cases.schemas import (
    CaseOut,
    CasesOut,
    LineOut,
    ReasonIn,
    SatisfactionIn,
    StatementIn,
    TranslationIn,
)
from trust.cases.service import Speaker
from trust.cases.states import Side
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported

router = HouseRouter(tags=["cases"])


@router.get("/cases", response_model=CasesOut)
async def cases(
    answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()], show: str = "open"
) -> Response:
    """The company's cases, newest first; `show` is open or ended."""
    ended = show == "ended"
    counts = {over: await queries.count_of(tx, member.organisation_id, ended=over) for over in (False, True)}
    found = await queries.of_company(tx, member.organisation_id, ended=ended, offset=page.offset, limit=page.per_page)
    out = CasesOut(total=counts[ended], items=[LineOut.model_validate(line) for line in found])
    return answer.show(
        "trust/cases.html",
        out,
        lines=found,
        ended=ended,
        counts=counts,
        page=page,
        kinds=states.KINDS,
        labels=states.LABELS,
        sides=states.SIDES,
    )


@router.get("/cases/{matter_id}", response_model=CaseOut)
async def case(answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID) -> Response:
    """One case: what both sides said and showed, its clocks, and what was decided."""
    file = await queries.file_for(tx, matter_id, member)
    shown = await pages.context(tx, file, base=f"/cases/{matter_id}", member=member)
    desk = await pages.for_desk(tx, file, member) if file.case.reader is Side.PLATFORM else {}
    return answer.show("trust/case.html", CaseOut.of(file), **shown, **desk)


@router.get("/cases/{matter_id}/exhibits/{label}", include_in_schema=False, dependencies=[counted(Exported.CASES)])
async def exhibit(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID, label: str
) -> Response:
    """A file that was shown, for those who may see it."""
    found = await queries.for_reading(tx, matter_id)
    row = await queries.exhibit(tx, found, label, queries.side_of(found, member))
    state = request.app.state
    data = await exhibits.opened(state.files, state.vault, matter_id, row.key)
    return answer.file(data, row.name, row.content_type)


@router.post("/cases/{matter_id}/statements", response_model=CaseOut)
async def say(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    matter_id: UUID,
    data: Annotated[StatementIn, Submitted(StatementIn)],
) -> Response:
    """Say something and show files. Whoever is waited for moves the case on by it."""
    require(member, Permission.NEGOTIATE)
    found, side = await queries.as_party(tx, matter_id, member)
    files = await exhibits.keep(request.app.state.files, request.app.state.vault, matter_id, data.files)
    await service.say(tx, found, data.text, files, by=Speaker(side, member))
    return await pages.done(answer, tx, matter_id, member, _("Sent."))


@router.post("/cases/{matter_id}/translations", response_model=CaseOut)
async def translate(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    matter_id: UUID,
    data: Annotated[TranslationIn, Submitted(TranslationIn)],
) -> Response:
    """Add a translation of an exhibit; it is marked as made by a person or a machine, beside its original."""
    found = await queries.for_update(tx, matter_id)
    side = queries.side_of(found, member)
    require(member, Permission.JUDGE if side is Side.PLATFORM else Permission.NEGOTIATE)
    original = await queries.exhibit(tx, found, data.of, side)
    state = request.app.state
    [kept] = await exhibits.keep(state.files, state.vault, matter_id, [data.file], field="file")
    made = Translation(data.of, data.how, data.language)
    await service.translate(tx, found, kept, made, by=Speaker(side, member), audience=original.audience)
    return await pages.done(answer, tx, matter_id, member, _("The translation stands beside its original."))


@router.post("/cases/{matter_id}/appeal", response_model=CaseOut)
async def appeal(
    answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID, data: Annotated[ReasonIn, Submitted(ReasonIn)]
) -> Response:
    """Ask that another person looks again."""
    require(member, Permission.NEGOTIATE)
    found, side = await queries.as_party(tx, matter_id, member)
    await service.appeal(tx, found, data.reason, by=Speaker(side, member))
    return await pages.done(answer, tx, matter_id, member, _("Another person looks at it again."))


@router.post("/cases/{matter_id}/agreement", response_model=CaseOut)
async def agree(answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID) -> Response:
    """Live with the decision; when both sides do, it is final at once."""
    require(member, Permission.NEGOTIATE)
    found, side = await queries.as_party(tx, matter_id, member)
    await service.agree(tx, found, by=Speaker(side, member))
    return await pages.done(answer, tx, matter_id, member, _("Thank you. It is on the record."))


@router.post("/cases/{matter_id}/withdrawal", response_model=CaseOut)
async def withdraw(answer: Answer, tx: Tx, member: CurrentMember, matter_id: UUID) -> Response:
    """Take the case back."""
    require(member, Permission.NEGOTIATE)
    found, side = await queries.as_party(tx, matter_id, member)
    await service.withdraw(tx, found, by=Speaker(side, member))
    return await pages.done(answer, tx, matter_id, member, _("The case is withdrawn."))


@router.post("/cases/{matter_id}/satisfaction", response_model=CaseOut)
async def rate(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    matter_id: UUID,
    data: Annotated[SatisfactionIn, Submitted(SatisfactionIn)],
) -> Response:
    """How the case was handled, in the eyes of one side."""
    require(member, Permission.NEGOTIATE)
    found, side = await queries.as_party(tx, matter_id, member)
    await service.rate(tx, found, data.stars, data.text, side=side)
    return await pages.done(answer, tx, matter_id, member, _("Thank you."))
