"""A request of an authority from its arrival to the answer; a foreign one stands still until China has approved it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import reference
from app.core.periods import latest_today
from trust.access import Member, Permission, require
from trust.authorities.errors import (
    ApprovalNeeded,
    NothingGiven,
    PartNotFound,
    RequestNotFound,
    SecondPersonNeeded,
)
from trust.authorities.models import AuthorityApproval, AuthorityPackage, AuthorityRequest
from trust.authorities.states import (
    ANSWERS,
    ApprovalState,
    Organ,
    PackageState,
    PairMove,
    RequestMove,
)
from trust.identity import queries as identity
from trust.reviews import service as reviews

QUEUE = "authority"
OURS = timedelta(days=10)
"""Ours where a request names no day: answered, or refused with reasons, within ten days."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request as it came in. `tell_after`: where it forbids telling the companies, the day from which they are."""

    kind: Organ
    organ: str
    country: str
    document_number: str
    basis: str
    asked: str
    about: str
    received_at: datetime
    due_at: datetime | None
    tell_after: date | None


def sealed_for(id_: UUID) -> str:
    """The context under which the files of a request lie sealed."""
    return f"authority_request:{id_}"


async def register(
    tx: AsyncSession, id_: UUID, said: Arrived, letter: dict[str, Any], *, by: Member
) -> AuthorityRequest:
    """Put a request on the register; a foreign one stops at once. Raises NotPermitted, Invalid."""
    require(by, Permission.ANSWER_AUTHORITIES)
    now = clock.now()
    if said.received_at > now:
        raise Invalid(_("This moment lies in the future."), field="received_at")
    row = AuthorityRequest(
        id=id_,
        number=reference("AR", id_),
        kind=said.kind,
        organ=said.organ,
        country=said.country,
        document_number=said.document_number,
        basis=said.basis,
        asked=said.asked,
        about=said.about,
        letter=letter,
        secret=said.tell_after is not None,
        tell_after=said.tell_after,
        received_at=said.received_at,
        due_at=said.due_at,
        entered_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    facts = {"country": row.country, "document": row.document_number, "letter": letter["sha256"], "text": row.asked}
    await evidence.record(tx, row.itself, "authority.received", facts | {"facts": row.about}, actor=by.id)
    await reviews.open(
        tx,
        kind=QUEUE,
        subject=row.itself,
        organisation_id=await identity.platform_id(tx),
        title=f"{row.number} {row.country}",
        within=(row.due_at or row.received_at + OURS) - now,
    )
    if row.foreign:
        await _stop(tx, row, "PIPL 41", by=by)
    return row


async def for_update(tx: AsyncSession, request_id: UUID, by: Member) -> AuthorityRequest:
    """Locks the request. Raises NotPermitted, RequestNotFound."""
    require(by, Permission.ANSWER_AUTHORITIES)
    row = await tx.scalar(select(AuthorityRequest).where(AuthorityRequest.id == request_id).with_for_update())
    if row is None:
        raise RequestNotFound(_("There is no such request."))
    return row


async def take(tx: AsyncSession, request_id: UUID, *, by: Member) -> None:
    """Review it. Raises IllegalMove."""
    row = await for_update(tx, request_id, by)
    row.move(RequestMove.TAKE, by=by.id)
    row.handler_id = by.id
    await evidence.record(tx, row.itself, "authority.taken", {}, actor=by.id)


async def stop(tx: AsyncSession, request_id: UUID, reason: str, *, by: Member) -> None:
    """Let it stand still, such as when the letter may be forged. Raises IllegalMove."""
    await _stop(tx, await for_update(tx, request_id, by), reason, by=by)


async def _stop(tx: AsyncSession, row: AuthorityRequest, reason: str, *, by: Member) -> None:
    row.move(RequestMove.STOP, by=by.id)
    await evidence.record(tx, row.itself, "authority.stopped", {"reason": reason}, actor=by.id)


async def enter_approval(
    tx: AsyncSession,
    request_id: UUID,
    organ: str,
    document_number: str,
    issued_on: date,
    file: dict[str, Any],
    *,
    by: Member,
) -> UUID:
    """Enter what lets a stopped request go on: the competent authority's approval, or for one of China's own organs
    the proof that it is genuine. Raises IllegalMove, Invalid."""
    row = await for_update(tx, request_id, by)
    row.check(RequestMove.APPROVE)
    if issued_on > latest_today(clock.now()):
        raise Invalid(_("This day lies in the future."), field="issued_on")
    approval = AuthorityApproval(
        request_id=row.id,
        organ=organ,
        document_number=document_number,
        issued_on=issued_on,
        file=file,
        entered_by=by.id,
    )
    tx.add(approval)
    await tx.flush()
    said = {"approval": approval.id, "document": document_number, "files": [file["sha256"]]}
    await evidence.record(tx, row.itself, "authority.approval_entered", said, actor=by.id)
    return approval.id


async def decide_approval(tx: AsyncSession, request_id: UUID, approval_id: UUID, move: PairMove, *, by: Member) -> None:
    """Another person agrees to it, and the review goes on; or refuses. Raises SecondPersonNeeded, IllegalMove."""
    row = await for_update(tx, request_id, by)
    approval = await _approval(tx, row, approval_id)
    approval.check(move)
    if approval.entered_by == by.id:
        raise SecondPersonNeeded(_("You entered this yourself. Another person has to decide."))
    approval.decided_by, approval.decided_at = by.id, clock.now()
    approval.move(move, by=by.id)
    await tx.flush()
    kind = "authority.approval_agreed" if move is PairMove.AGREE else "authority.approval_refused"
    await evidence.record(tx, row.itself, kind, {"approval": approval.id}, actor=by.id)
    if move is PairMove.AGREE:
        row.move(RequestMove.APPROVE, by=by.id)
        row.handler_id = row.handler_id or approval.entered_by


async def _approval(tx: AsyncSession, row: AuthorityRequest, approval_id: UUID) -> AuthorityApproval:
    query = select(AuthorityApproval).where(AuthorityApproval.id == approval_id, AuthorityApproval.request_id == row.id)
    found = await tx.scalar(query.with_for_update())
    if found is None:
        raise PartNotFound(_("There is no such approval."))
    return found


async def check_approved(tx: AsyncSession, row: AuthorityRequest) -> None:
    """Raises ApprovalNeeded for a foreign organ without an approval that two people stand for."""
    query = select(AuthorityApproval.id).where(
        AuthorityApproval.request_id == row.id, AuthorityApproval.state == ApprovalState.AGREED
    )
    if row.foreign and await tx.scalar(query) is None:
        raise ApprovalNeeded(_("A foreign organ gets nothing without the approval of the competent Chinese authority."))


async def answer(tx: AsyncSession, request_id: UUID, move: RequestMove, text: str, *, by: Member) -> None:
    """It is over: answered in whole or part once a package has left, or refused. Raises IllegalMove, NothingGiven."""
    row = await for_update(tx, request_id, by)
    if move not in ANSWERS:
        raise Invalid(_("Please choose one of the offered values."), field="outcome")
    row.check(move)
    given = select(AuthorityPackage.id).where(
        AuthorityPackage.request_id == row.id, AuthorityPackage.state == PackageState.GIVEN
    )
    if move is not RequestMove.REFUSE and await tx.scalar(given.limit(1)) is None:
        raise NothingGiven(_("No package has left yet. Compose one, or refuse the request."))
    row.answer, row.ended_at = text, clock.now()
    row.move(move, by=by.id)
    await evidence.record(tx, row.itself, "authority.answered", {"outcome": row.state, "text": text}, actor=by.id)
    await reviews.drop(tx, row.itself, by=by.id)


async def letter(tx: AsyncSession, request_id: UUID, purpose: str, *, by: Member) -> dict[str, Any]:
    """The receipt of the letter; that it was opened, and why, goes on the chain. Raises PartNotFound."""
    row = await for_update(tx, request_id, by)
    return await _opened(tx, row, row.letter, purpose, by)


async def approval_file(
    tx: AsyncSession, request_id: UUID, approval_id: UUID, purpose: str, *, by: Member
) -> dict[str, Any]:
    row = await for_update(tx, request_id, by)
    return await _opened(tx, row, (await _approval(tx, row, approval_id)).file, purpose, by)


async def _opened(
    tx: AsyncSession, row: AuthorityRequest, file: dict[str, Any] | None, purpose: str, by: Member
) -> dict[str, Any]:
    if not file:
        raise PartNotFound(_("This file is not kept any more."))
    said = {"files": [file["sha256"]], "note": purpose}
    await evidence.record(tx, row.itself, "authority.letter", said, actor=by.id)
    return file
