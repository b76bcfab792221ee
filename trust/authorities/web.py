"""Addresses of the register of authorities' requests."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import N_, _
from app.core.ids import new_id
from app.core.web import Answer, HouseRouter, PageQuery, Reply, Submitted, Tx, not_replayed
from trust import sealed
from trust.access import CurrentMember, Member, Permission, require
from trust.authorities import packages, queries, schemas, service, states
from trust.authorities.queries import Shown
from trust.authorities.schemas import PackageOut, PublishedOut, RecordOut, RequestOut
from trust.authorities.states import PairMove, RequestMove
from trust.cases.statistics import LEAST
from trust.identity import queries as identity
from trust.identity.web.door import TheVault

router = HouseRouter(tags=["authorities"])
Why = Annotated[schemas.PurposeIn, Submitted(schemas.PurposeIn)]
WORDS: dict[str, Any] = {
    "organs": states.ORGANS,
    "parts": states.PARTS,
    "states": states.STATES,
    "tones": states.TONES,
    "pair_states": states.PAIR_STATES,
    "pair_tones": states.PAIR_TONES,
    "happened": states.HAPPENED,
    "tabs": {"waiting": N_("Waiting"), "over": N_("Over")},
}


@router.get("/transparency/authorities", response_model=list[PublishedOut])
async def public(request: Request, answer: Answer, tx: Tx) -> Response:
    """How many requests of authorities came, by half-year."""
    found = await queries.public_figures(tx, request.app.state.settings.reporting_zone)
    out = [PublishedOut.model_validate(one) for one in found]
    return answer.show("authorities/public.html", out, least=LEAST)


@router.get("/authority-requests", response_model=list[RequestOut])
async def register(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    show: Shown = "waiting",
) -> Response:
    """Requests of authorities, the newest first, and figures by country."""
    found, total = await queries.requests(tx, show, by=member, offset=page.offset, limit=page.per_page)
    figures = await queries.figures(tx, request.app.state.settings.reporting_zone, by=member)
    out = [RequestOut.model_validate(row) for row in found]
    return answer.show("authorities/register.html", out, total=total, page=page, shown=show, figures=figures, **WORDS)


@router.get("/authority-requests/new", include_in_schema=False)
async def form(answer: Answer, member: CurrentMember) -> Response:
    """The form in which a request is entered."""
    require(member, Permission.ANSWER_AUTHORITIES)
    return answer.show("authorities/new.html", None, **WORDS)


@router.post("/authority-requests", response_model=RecordOut)
async def enter(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    data: Annotated[schemas.ArrivedIn, Submitted(schemas.ArrivedIn)],
) -> Response:
    """Enter a request with its letter; a foreign one stops at once."""
    require(member, Permission.ANSWER_AUTHORITIES)
    id_, arrived = new_id(), data.arrived
    letter = await sealed.keep(request.app.state.files, vault, service.sealed_for(id_), data.letter, field="letter")
    row = await service.register(tx, id_, arrived, letter, by=member)
    text = _("Entered. A foreign organ: it stands still until China has approved it.") if row.foreign else _("Entered.")
    return await done(answer, tx, member, row.id, text, created=True)


@router.get("/authority-requests/{authority_request_id}", response_model=RecordOut)
async def one(answer: Answer, tx: Tx, member: CurrentMember, authority_request_id: UUID) -> Response:
    """One request: what is asked, what was given, and what happened so far."""
    row = await queries.request(tx, authority_request_id, by=member)
    approvals, made = await queries.approvals(tx, row.id), await queries.packages(tx, row.id)
    links = await queries.timeline(tx, row)
    ids = {link.actor for link in links if link.actor}
    return answer.show(
        "authorities/request.html",
        RecordOut.whole(row, approvals, made),
        row=row,
        approvals=approvals,
        made=made,
        links=links,
        names={id_: (await identity.member_view(tx, id_)).name for id_ in ids},
        **WORDS,
    )


async def done(
    answer: Reply, tx: AsyncSession, member: Member, request_id: UUID, text: str, *, created: bool = False
) -> Response:
    """The move is made: back to the request."""
    await tx.flush()
    row = await queries.request(tx, request_id, by=member)
    out = RecordOut.whole(row, await queries.approvals(tx, row.id), await queries.packages(tx, row.id))
    return answer.done(f"/authority-requests/{request_id}", out, created=created, flash=text)


@router.post("/authority-requests/{authority_request_id}/handling", response_model=RecordOut)
async def take(answer: Answer, tx: Tx, member: CurrentMember, authority_request_id: UUID) -> Response:
    """Review a request."""
    await service.take(tx, authority_request_id, by=member)
    return await done(answer, tx, member, authority_request_id, _("The request is under review."))


@router.post("/authority-requests/{authority_request_id}/stop", response_model=RecordOut)
async def stop(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    authority_request_id: UUID,
    data: Annotated[schemas.ReasonIn, Submitted(schemas.ReasonIn)],
) -> Response:
    """Let it stand still."""
    await service.stop(tx, authority_request_id, data.text, by=member)
    return await done(answer, tx, member, authority_request_id, _("The request stands still."))


@router.post("/authority-requests/{authority_request_id}/letter", include_in_schema=False)
@not_replayed
async def letter(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    authority_request_id: UUID,
    data: Why,
) -> Response:
    """The letter. A POST, because opening it is written down."""
    file = await service.letter(tx, authority_request_id, data.purpose, by=member)
    return await _file(request, answer, vault, authority_request_id, file)


async def _file(request: Request, answer: Reply, vault: TheVault, request_id: UUID, file: dict[str, Any]) -> Response:
    opened = await sealed.opened(request.app.state.files, vault, service.sealed_for(request_id), file["key"])
    return answer.file(opened, file["name"], file["content_type"])


@router.post("/authority-requests/{authority_request_id}/approvals", response_model=RecordOut)
async def enter_approval(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    authority_request_id: UUID,
    data: Annotated[schemas.ApprovalIn, Submitted(schemas.ApprovalIn)],
) -> Response:
    """Enter the approval that lets a stopped request go on; another person agrees."""
    row = await service.for_update(tx, authority_request_id, member)
    row.check(RequestMove.APPROVE)
    context = service.sealed_for(row.id)
    file = await sealed.keep(request.app.state.files, vault, context, data.document, field="document")
    said = (data.organ, data.document_number, data.issued_on, file)
    await service.enter_approval(tx, row.id, *said, by=member)
    return await done(answer, tx, member, row.id, _("Entered. Another person has to agree."), created=True)


_APPROVAL = "/authority-requests/{authority_request_id}/approvals/{authority_approval_id}"


@router.post(f"{_APPROVAL}/document", include_in_schema=False)
@not_replayed
async def approval_document(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    authority_request_id: UUID,
    authority_approval_id: UUID,
    data: Why,
) -> Response:
    """The approval's document."""
    said = (authority_request_id, authority_approval_id, data.purpose)
    file = await service.approval_file(tx, *said, by=member)
    return await _file(request, answer, vault, authority_request_id, file)


@router.post(f"{_APPROVAL}/agreement", response_model=RecordOut)
async def agree_approval(
    answer: Answer, tx: Tx, member: CurrentMember, authority_request_id: UUID, authority_approval_id: UUID
) -> Response:
    """Agree to an approval: the review goes on."""
    await service.decide_approval(tx, authority_request_id, authority_approval_id, PairMove.AGREE, by=member)
    return await done(answer, tx, member, authority_request_id, _("Agreed. The review goes on."))


@router.post(f"{_APPROVAL}/refusal", response_model=RecordOut)
async def refuse_approval(
    answer: Answer, tx: Tx, member: CurrentMember, authority_request_id: UUID, authority_approval_id: UUID
) -> Response:
    """Refuse an approval: the request goes on standing still."""
    await service.decide_approval(tx, authority_request_id, authority_approval_id, PairMove.REFUSE, by=member)
    return await done(answer, tx, member, authority_request_id, _("Refused. The request stands still."))


_PACKAGE = "/authority-requests/{authority_request_id}/packages/{authority_package_id}"


@router.get(_PACKAGE, response_model=PackageOut)
async def package(
    answer: Answer, tx: Tx, member: CurrentMember, authority_request_id: UUID, authority_package_id: UUID
) -> Response:
    """What lies in a package, by name, size and hash."""
    row = await queries.request(tx, authority_request_id, by=member)
    found = await queries.package(tx, row.id, authority_package_id)
    out = PackageOut.model_validate(found)
    told = await queries.tellings(tx, found.id)
    return answer.show("authorities/package.html", out, row=row, package=found, tellings=told, **WORDS)


@router.post(f"{_PACKAGE}/opening", include_in_schema=False)
@not_replayed
async def look(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    authority_request_id: UUID,
    authority_package_id: UUID,
    data: Annotated[schemas.LookIn, Submitted(schemas.LookIn)],
) -> Response:
    """One file of it, for whoever decides; the look is written down."""
    store = request.app.state.files
    said = (authority_request_id, authority_package_id, data.name, data.purpose)
    opened = await packages.open_file(tx, store, vault, *said, by=member)
    return answer.file(opened, data.name.rpartition("/")[2], "application/octet-stream")


@router.post(f"{_PACKAGE}/agreement", response_model=RecordOut)
async def agree(
    answer: Answer, tx: Tx, member: CurrentMember, authority_request_id: UUID, authority_package_id: UUID
) -> Response:
    """Let a package leave that a colleague composed."""
    await packages.decide(tx, authority_request_id, authority_package_id, PairMove.AGREE, by=member)
    return await done(answer, tx, member, authority_request_id, _("Agreed. It can be fetched for the authority."))


@router.post(f"{_PACKAGE}/refusal", response_model=RecordOut)
async def refuse(
    answer: Answer, tx: Tx, member: CurrentMember, authority_request_id: UUID, authority_package_id: UUID
) -> Response:
    """Refuse a package."""
    await packages.decide(tx, authority_request_id, authority_package_id, PairMove.REFUSE, by=member)
    return await done(answer, tx, member, authority_request_id, _("Refused. It does not leave."))


@router.post(f"{_PACKAGE}/file", include_in_schema=False)
@not_replayed
async def give(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    authority_request_id: UUID,
    authority_package_id: UUID,
    data: Why,
) -> Response:
    """What leaves, to the one person who fetches it first, who has proved who they are."""
    state = request.app.state
    said = (authority_request_id, authority_package_id, data.purpose)
    file, name = await packages.give(tx, state.files, vault, *said, zone=state.settings.reporting_zone, by=member)
    return answer.file(file, name, "application/octet-stream")


@router.post("/authority-requests/{authority_request_id}/answer", response_model=RecordOut)
async def reply(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    authority_request_id: UUID,
    data: Annotated[schemas.AnswerIn, Submitted(schemas.AnswerIn)],
) -> Response:
    """It is over: answered in whole or part, or refused."""
    await service.answer(tx, authority_request_id, RequestMove(data.outcome), data.text, by=member)
    return await done(answer, tx, member, authority_request_id, _("Written down."))
