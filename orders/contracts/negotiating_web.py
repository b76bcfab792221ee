"""Addresses of negotiating a contract: its versions, comments on its text, what takes both sides, more time."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import limits
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders.contracts import commenting, expiring, queries, requesting, revisions, room
from orders.contracts.negotiating_schemas import (
    ChangedOut,
    CommentIn,
    RequestAnswerIn,
    RequestIn,
    RequestWithdrawalIn,
    RevisionOut,
    RunOut,
    SettlementIn,
    ThreadOut,
    VersionsOut,
)
from orders.contracts.schemas import ContractOut
from orders.contracts.states import LABELS, ContractState
from orders.contracts.values import read_in
from orders.contracts.web import done
from trust.access import CurrentMember, Member, Permission, require

router = HouseRouter(tags=["contracts"])

Version = Annotated[int | None, Query(ge=1)]


@router.get("/contracts/{contract_id}/versions", response_model=VersionsOut)
async def versions(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    since: Version = None,
    until: Version = None,
) -> Response:
    """Every version of the text, and the difference of two: from the one you last agreed to or wrote to the newest, or,
    where that is the newest, what was changed last.
    """
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    kept = await revisions.revisions(tx, view.id)
    known = [one.revision for one in kept]
    newest = until or known[-1]
    read = min(view.read_by(member.organisation_id), newest - 1)
    oldest = since or max((n for n in known if n <= read), default=known[0])
    shown = await room.redline(tx, view, oldest, newest)
    changed = [
        ChangedOut(
            place=one.passage.place,
            name=_(one.passage.label) if one.passage.label else shown.headings.get(one.passage.place, ""),
            parts={part.language: [RunOut(kind=run.kind, text=run.text) for run in part.runs] for part in one.parts},
        )
        for one in shown.changes
    ]
    listed = [RevisionOut(revision=k.revision, member_id=k.member_id, note=k.note, at=k.at) for k in kept]
    out = VersionsOut(revisions=listed, since=oldest, until=newest, changes=changed)
    people = {} if answer.json else await room.authors(tx, view)
    return answer.show(
        "orders/contract_versions.html",
        out,
        contract=view,
        revisions=kept,
        redline=shown,
        authors=people,
        language=read_in(),
        states=LABELS,
    )


async def _check_party(tx: AsyncSession, contract_id: UUID, member: Member) -> None:
    """Only who may do it has tries that are counted. Raises NotPermitted, ContractNotFound."""
    require(member, Permission.NEGOTIATE)
    await queries.contract(tx, contract_id, party=member.organisation_id)


@router.get("/contracts/{contract_id}/comments", response_model=list[ThreadOut])
async def comments(answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """Everything that was said about places of the text, also what is settled."""
    view = await queries.contract(tx, contract_id, party=member.organisation_id)
    threads = await commenting.threads(tx, view.id)
    out = [ThreadOut.model_validate(thread) for thread in threads.values()]
    people = {} if answer.json else await room.authors(tx, view)
    ordered = room.spoken_of(view, threads)
    return answer.show("orders/contract_comments.html", out, contract=view, threads=ordered, authors=people)


@router.post("/contracts/{contract_id}/comments", response_model=list[ThreadOut])
async def comment(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[CommentIn, Submitted(CommentIn)],
) -> Response:
    """Comment on a place of the text before it can be signed."""
    await _check_party(tx, contract_id, member)
    await limits.hit(request.app.state.db, f"comment:{member.id}", at_most=30, per_minutes=10)
    await commenting.comment(tx, contract_id, data.place, data.text, by=member)
    await tx.flush()
    out = [ThreadOut.model_validate(thread) for thread in (await commenting.threads(tx, contract_id)).values()]
    address = f"/contracts/{contract_id}#{data.place}"
    return answer.done(address, out, created=True, flash=_("Your comment stands beside the text."))


@router.post("/contracts/{contract_id}/comments/settlement", response_model=list[ThreadOut])
async def settle(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[SettlementIn, Submitted(SettlementIn)],
) -> Response:
    """Settle the comments on one place."""
    await commenting.settle(tx, contract_id, data.place, data.number, by=member)
    out = [ThreadOut.model_validate(thread) for thread in (await commenting.threads(tx, contract_id)).values()]
    return answer.done(f"/contracts/{contract_id}#{data.place}", out, flash=_("Settled."))


@router.post("/contracts/{contract_id}/requests", response_model=ContractOut)
async def ask(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[RequestIn, Submitted(RequestIn)],
) -> Response:
    """Ask the other side to open the frozen text again, or to let the contract go."""
    await _check_party(tx, contract_id, member)
    await limits.hit(request.app.state.db, f"request:{member.id}", at_most=20, per_minutes=60)
    await requesting.ask(tx, contract_id, data.kind, data.reason, by=member)
    return await done(answer, tx, contract_id, member, _("The other side was asked."))


@router.post("/contracts/{contract_id}/requests/answer", response_model=ContractOut)
async def reply(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[RequestAnswerIn, Submitted(RequestAnswerIn)],
) -> Response:
    """Assent to what the other side asked, or refuse it."""
    if data.answer == "refuse":
        await requesting.refuse(tx, contract_id, data.request_id, by=member)
        return await done(answer, tx, contract_id, member, _("Refused. Everything stays as it is."))
    contract = await requesting.assent(tx, contract_id, data.request_id, by=member)
    opened = contract.state == ContractState.DRAFT
    text = _("The text is open again: it can be changed.") if opened else _("Both let it go: the contract is void.")
    return await done(answer, tx, contract_id, member, text)


@router.post("/contracts/{contract_id}/requests/withdrawal", response_model=ContractOut)
async def take_back(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    contract_id: UUID,
    data: Annotated[RequestWithdrawalIn, Submitted(RequestWithdrawalIn)],
) -> Response:
    """Take back what your own side asked."""
    await requesting.withdraw(tx, contract_id, data.request_id, by=member)
    return await done(answer, tx, contract_id, member, _("Your request is withdrawn."))


@router.post("/contracts/{contract_id}/extension", response_model=ContractOut)
async def extend(answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """Give an unsigned contract more time, once."""
    await expiring.extend(tx, contract_id, by=member)
    return await done(answer, tx, contract_id, member, _("There is more time now to sign the contract."))
