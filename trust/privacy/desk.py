"""What compliance does with requests: take one, extend its time once, answer it with a letter."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.privacy import erasing, looks, requests
from trust.privacy.errors import ExtendedAlready, NotTaken, RequestNotFound
from trust.privacy.models import PrivacyRequest
from trust.privacy.states import ANSWERS, WAITING, Kind, RequestMove, RequestState
from trust.reviews import queries as queue
from trust.reviews import service as reviews
from trust.reviews.events import Verdict

VERDICTS = {
    RequestMove.GRANT: Verdict.ACCEPT,
    RequestMove.GRANT_PARTLY: Verdict.ACCEPT,
    RequestMove.REFUSE: Verdict.REJECT,
}


async def for_update(tx: AsyncSession, request_id: UUID, by: Member) -> PrivacyRequest:
    """Raises NotPermitted, RequestNotFound: also for one that nobody confirmed, and for one's own."""
    require(by, Permission.ANSWER_PRIVACY)
    row = await tx.scalar(select(PrivacyRequest).where(PrivacyRequest.id == request_id).with_for_update())
    if row is None or row.confirmed_at is None:
        raise RequestNotFound(_("There is no such request."))
    if row.member_id == by.id:
        raise NotTaken(_("This is your own request. A colleague answers it."))
    return row


async def take(tx: AsyncSession, request_id: UUID, *, by: Member) -> None:
    """Work on a request: its words open to who took it, which goes on record. Done twice, it stays theirs.

    Locks it. Raises IllegalMove when a colleague has it or it is over.
    """
    row = await for_update(tx, request_id, by)
    if row.state == RequestState.TAKEN and row.handler_id == by.id:
        return
    row.move(RequestMove.TAKE, by=by.id)
    row.handler_id = by.id
    await evidence.record(tx, row.itself, "privacy.taken", {"member": by.id}, actor=by.id)
    looks.note(tx, looks.REQUEST, row.number, _reason(row), by=by, member_id=row.member_id)
    item = await queue.pending(tx, row.itself)
    if item is not None and item.claimed_by is None and not await queue.is_related(tx, item.organisation_id, by):
        await reviews.claim(tx, item.id, by=by)


def _reason(row: PrivacyRequest) -> str:
    return f"{row.kind} {row.number}"


async def give_back(tx: AsyncSession, request_id: UUID, *, by: Member) -> None:
    """Leave it to a colleague. Raises NotTaken."""
    row = await _taken(tx, request_id, by)
    row.move(RequestMove.GIVE_BACK, by=by.id)
    row.handler_id = None
    item = await queue.pending(tx, row.itself)
    if item is not None and item.claimed_by == by.id:
        await reviews.give_back(tx, item.id, by=by)


async def _taken(tx: AsyncSession, request_id: UUID, by: Member) -> PrivacyRequest:
    row = await for_update(tx, request_id, by)
    if row.state in WAITING and row.handler_id != by.id:
        raise NotTaken(_("Take the request on first."))
    return row


async def extend(tx: AsyncSession, vault: Vault, request_id: UUID, reason: str, *, by: Member) -> None:
    """Two months more, once, while the first time still runs; the person is told why. GDPR art. 12(3).

    Raises NotTaken, ExtendedAlready, IllegalMove.
    """
    row = await _taken(tx, request_id, by)
    row.check(RequestMove.GRANT)
    if row.extended_at is not None or row.due_at is None:
        raise ExtendedAlready(_("The time was extended once already; the law allows no more."))
    if row.due_at <= clock.now():
        raise ExtendedAlready(_("The time is over: it could be extended only while it ran. Answer now."))
    row.extended_at, row.due_at = clock.now(), requests.later(row.due_at, row.zone)
    row.extension_sealed = vault.seal(reason, requests.sealed_for(row.id))
    said = {"due": row.due_at, "words": requests.commitment(vault, row, reason)}
    await evidence.record(tx, row.itself, "privacy.extended", said, actor=by.id)
    await requests.write_sealed(tx, row, "extended")


async def answer(
    tx: AsyncSession, vault: Vault, request_id: UUID, move: RequestMove, letter: str, *, by: Member
) -> None:
    """Answer a request for good, with a letter that says what was done, or why not and where to complain.

    A granted erasure of somebody who has an account is begun: they can still call it off for seven days.
    Raises NotTaken, IllegalMove, Invalid for a letter without words.
    """
    row = await _taken(tx, request_id, by)
    if move not in ANSWERS:
        raise Invalid(_("Please choose one of the offered values."), field="outcome")
    row.check(move)
    if len(letter.strip()) < 10:
        raise Invalid(_("Write what was done, or why not."), field="letter")
    now = clock.now()
    row.move(move, by=by.id)
    row.answer_sealed = vault.seal(letter, requests.sealed_for(row.id))
    row.decided_by, row.decided_at, row.ended_at = by.id, now, now
    said = {"outcome": row.state, "words": requests.commitment(vault, row, letter)}
    await evidence.record(tx, row.itself, "privacy.answered", said, actor=by.id)
    await _leave_queue(tx, row, move, letter, by)
    await requests.write_sealed(tx, row, "answered")
    if row.kind == Kind.ERASURE and move is RequestMove.GRANT and row.member_id is not None:
        await erasing.begin_for(tx, row.member_id, request_id=row.id, by=by.id)


async def _leave_queue(tx: AsyncSession, row: PrivacyRequest, move: RequestMove, letter: str, by: Member) -> None:
    item = await queue.pending(tx, row.itself)
    if item is None:
        return
    if item.claimed_by == by.id:
        await reviews.decide(tx, item.id, verdict=VERDICTS[move], reason=row.number, by=by)
    else:
        await reviews.drop(tx, row.itself, by=by.id)
