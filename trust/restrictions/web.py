"""Addresses of restrictions, for the company that one was placed on, and for the public."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import SCOPE_LABELS, CurrentMember, Member, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity
from trust.restrictions import answering, publishing, queries, service
from trust.restrictions.errors import RestrictionNotFound
from trust.restrictions.ladder import ENFORCED, KINDS, MEANS
from trust.restrictions.queries import RestrictionView
from trust.restrictions.schemas import AnswerIn, PublishedOut, RestrictionOut
from trust.restrictions.states import LABELS, OUTCOMES

router = HouseRouter(tags=["restrictions"])
WORDS: dict[str, Any] = {
    "kinds": KINDS,
    "means": MEANS,
    "scope_labels": SCOPE_LABELS,
    "labels": LABELS,
    "outcomes": OUTCOMES,
}


@router.get("/transparency/restrictions", response_model=list[PublishedOut])
async def register(answer: Answer, tx: Tx, page: Annotated[PageQuery, Query()]) -> Response:
    """Measures against illegal acts, for everybody to read. E-Commerce Law (PRC) art. 36."""
    found, total = await queries.published(tx, offset=page.offset, limit=page.per_page)
    return answer.show(
        "trust/restrictions_published.html",
        [PublishedOut.of(view) for view in found],
        found=found,
        total=total,
        page=page,
        **WORDS,
    )


@router.get("/restrictions", response_model=list[RestrictionOut])
async def own(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """What was placed on the member's company, newest first."""
    found, total = await queries.of_company(tx, member.organisation_id, offset=page.offset, limit=page.per_page)
    return answer.show(
        "trust/restrictions.html",
        [RestrictionOut.of(view, shown=view.read_at is not None) for view in found],
        found=found,
        total=total,
        page=page,
        **WORDS,
    )


async def seen(tx: AsyncSession, restriction_id: UUID, member: Member) -> RestrictionView:
    """A restriction as the member may see it: the desk any, a company its own. Raises RestrictionNotFound."""
    desk = member.may(Permission.RESTRICT)
    return await queries.restriction(tx, restriction_id, of=None if desk else member.organisation_id)


@router.get("/restrictions/{restriction_id}", response_model=RestrictionOut)
async def one(answer: Answer, tx: Tx, member: CurrentMember, restriction_id: UUID) -> Response:
    """One restriction: what it takes away, until when, why, what was said to it. The company opens the statement of
    facts by a step of its own, for the time is kept."""
    view = await seen(tx, restriction_id, member)
    desk = member.may(Permission.RESTRICT)
    shown = desk or view.read_at is not None
    return answer.show(
        "trust/restriction.html",
        RestrictionOut.of(view, shown=shown),
        r=view,
        desk=desk,
        shown=shown,
        said=await queries.statements(tx, view.id) if shown else [],
        appeal=await queries.appeal(tx, restriction_id=view.id),
        may_answer=not desk and member.may(Permission.MANAGE_MEMBERS),
        enforced=ENFORCED,
        **(await _for_the_desk(tx, view) if desk else {}),
        **WORDS,
    )


async def _for_the_desk(tx: AsyncSession, view: RestrictionView) -> dict[str, Any]:
    company = await identity.organisation(tx, view.organisation_id)
    finding = await queries.finding(tx, view.finding_id) if view.finding_id else None
    return {"company": company, "finding": finding, "public_name": publishing.public_name(company)}


@router.post("/restrictions/{restriction_id}/reading", response_model=RestrictionOut)
async def read(answer: Answer, tx: Tx, member: CurrentMember, restriction_id: UUID) -> Response:
    """Open the statement of facts; the first time is kept."""
    await service.read(tx, restriction_id, by=member)
    return await _done(answer, tx, restriction_id, member, "")


@router.post("/restrictions/{restriction_id}/statements", response_model=RestrictionOut)
async def state(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    restriction_id: UUID,
    data: Annotated[AnswerIn, Submitted(AnswerIn)],
) -> Response:
    """Say the company's side of the matter."""
    files = await _kept(request, tx, member, restriction_id, data)
    await answering.state(tx, restriction_id, data.text, files, by=member)
    return await _done(answer, tx, restriction_id, member, _("Sent. It stands with the restriction from now on."))


@router.post("/restrictions/{restriction_id}/appeal", response_model=RestrictionOut)
async def appeal(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    restriction_id: UUID,
    data: Annotated[AnswerIn, Submitted(AnswerIn)],
) -> Response:
    """Ask for another person's decision, once."""
    files = await _kept(request, tx, member, restriction_id, data)
    await answering.appeal(tx, restriction_id, data.text, files, by=member)
    text = _("Sent. Somebody who had no hand in it decides within ten working days.")
    return await _done(answer, tx, restriction_id, member, text)


async def _kept(
    request: Request, tx: AsyncSession, member: Member, restriction_id: UUID, data: AnswerIn
) -> list[dict[str, Any]]:
    require(member, Permission.MANAGE_MEMBERS)
    await queries.restriction(tx, restriction_id, of=member.organisation_id)
    state = request.app.state
    given = [data.file] if data.file else []
    return await answering.keep_files(state.files, state.vault, member.organisation_id, given)


@router.post(
    "/restrictions/{restriction_id}/statements/{statement_id}/copy",
    include_in_schema=False,
    dependencies=[counted(Exported.CASES)],
)
async def file(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, restriction_id: UUID, statement_id: UUID
) -> Response:
    """The file that came with a statement. A POST, because looking is written down."""
    view = await seen(tx, restriction_id, member)
    said = {statement.id: statement for statement in await queries.statements(tx, view.id)}
    if statement_id not in said:
        raise RestrictionNotFound(_("There is no such file."))
    state, files = request.app.state, said[statement_id].files
    data, name, kind = await answering.read_file(state.files, state.vault, view.organisation_id, files, 0)
    answering.looked(tx, view.organisation_id, by=member, restriction_id=view.id)
    return answer.file(data, name, kind)


async def _done(answer: Answer, tx: AsyncSession, restriction_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    view = await queries.restriction(tx, restriction_id, of=member.organisation_id)
    out = RestrictionOut.of(view, shown=view.read_at is not None)
    return answer.done(f"/restrictions/{restriction_id}", out, flash=text)
