"""Addresses of the privacy desk: requests, the register with its history, and the log of looks."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.identity import queries as identity
from trust.identity.web.door import TheVault
from trust.privacy import columns, desk, looks, queries, requests
from trust.privacy.purposes import REGISTER, in_force
from trust.privacy.queries import Shown
from trust.privacy.schemas import AnswerIn, ExtensionIn, LookOut, PurposeOut, RequestOut
from trust.privacy.settings_web import ROLES
from trust.privacy.states import RequestMove, RequestState
from trust.privacy.web import WORDS

router = HouseRouter(tags=["privacy"])


@router.get("/privacy/desk", response_model=list[RequestOut])
async def queue(
    answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()], show: Shown = "waiting"
) -> Response:
    """Requests of persons, the soonest due first."""
    found, total = await queries.requests(tx, show, by=member, offset=page.offset, limit=page.per_page)
    out = [RequestOut.of(row) for row in found]
    return answer.show("privacy/desk.html", out, found=found, total=total, page=page, shown=show, **WORDS)


@router.get("/privacy/desk/looks", response_model=list[LookOut])
async def all_looks(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Who of the platform looked at what, for what."""
    found, total = await looks.all_looks(tx, by=member, offset=page.offset, limit=page.per_page)
    out = [LookOut.of(look, named=True) for look in found]
    return answer.show("privacy/looks.html", out, looks=found, total=total, page=page, whats=looks.WHATS, roles=ROLES)


@router.get("/privacy/desk/register", response_model=list[PurposeOut])
async def register(answer: Answer, member: CurrentMember) -> Response:
    """Every version of every purpose, and what each column of the house is."""
    require(member, Permission.ANSWER_PRIVACY)
    fields = {one.code: columns.of_purpose(one.code) for one in in_force()}
    out = [PurposeOut.of(one) for one in REGISTER]
    return answer.show("privacy/register.html", out, register=REGISTER, fields=fields, current=in_force(), **WORDS)


@router.get("/privacy/desk/{privacy_request_id}", response_model=RequestOut)
async def one(answer: Answer, tx: Tx, vault: TheVault, member: CurrentMember, privacy_request_id: UUID) -> Response:
    """One request; who asks and in which words, for whoever has taken it."""
    row = await queries.request(tx, privacy_request_id, by=member)
    mine = row.handler_id == member.id and row.member_id != member.id
    running = row.due_at is not None and row.due_at > clock.now()
    whose = await identity.member_view(tx, row.member_id) if mine and row.member_id else None
    handler = await identity.member_view(tx, row.handler_id) if row.handler_id else None
    return answer.show(
        "privacy/desk_request.html",
        RequestOut.of(row),
        row=row,
        mine=mine,
        own=row.member_id == member.id,
        handler=handler,
        whose=whose,
        said=requests.person(vault, row) if mine else None,
        extension=requests.opened(vault, row, row.extension_sealed) if mine else "",
        letter=requests.opened(vault, row, row.answer_sealed) if mine else "",
        may_extend=mine and running and row.state == RequestState.TAKEN and row.extended_at is None,
        steps=await queries.steps(tx, row),
        **WORDS,
    )


@router.post("/privacy/desk/{privacy_request_id}/handling", response_model=RequestOut)
async def take(answer: Answer, tx: Tx, member: CurrentMember, privacy_request_id: UUID) -> Response:
    """Take a request on; its words open to you, which is written down."""
    await desk.take(tx, privacy_request_id, by=member)
    return await _done(answer, tx, member, privacy_request_id, _("The request is yours."))


@router.post("/privacy/desk/{privacy_request_id}/return", response_model=RequestOut)
async def give_back(answer: Answer, tx: Tx, member: CurrentMember, privacy_request_id: UUID) -> Response:
    """Leave a request to a colleague."""
    await desk.give_back(tx, privacy_request_id, by=member)
    return await _done(answer, tx, member, privacy_request_id, _("The request waits for a colleague."))


@router.post("/privacy/desk/{privacy_request_id}/extension", response_model=RequestOut)
async def extend(
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    privacy_request_id: UUID,
    data: Annotated[ExtensionIn, Submitted(ExtensionIn)],
) -> Response:
    """Two months more, once; the person is told why."""
    await desk.extend(tx, vault, privacy_request_id, data.reason, by=member)
    return await _done(answer, tx, member, privacy_request_id, _("Extended. The person was told why."))


@router.post("/privacy/desk/{privacy_request_id}/answer", response_model=RequestOut)
async def reply(
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    privacy_request_id: UUID,
    data: Annotated[AnswerIn, Submitted(AnswerIn)],
) -> Response:
    """Answer for good, with a letter."""
    await desk.answer(tx, vault, privacy_request_id, RequestMove(data.outcome), data.letter, by=member)
    return await _done(answer, tx, member, privacy_request_id, _("Answered. The letter is on its way."))


async def _done(answer: Answer, tx: AsyncSession, member: CurrentMember, request_id: UUID, text: str) -> Response:
    await tx.flush()
    row = await queries.request(tx, request_id, by=member)
    return answer.done(f"/privacy/desk/{request_id}", RequestOut.of(row), flash=text)
