"""Two people for large money: one asks, another agrees or sends it back, and only then it happens.

A kind of decision is a `Work`; the module that can carry it out registers it. The same rules hold for the platform's
own people and for the members of a company. What the decision is about is locked first, then the decision.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.config import Settings
from app.core.errors import Conflict, DomainError
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments.approvals import queries
from payments.approvals.models import Approval
from payments.approvals.queries import ApprovalView
from payments.approvals.states import ApprovalMove, ApprovalState
from payments.errors import ApprovalNotFound, SamePerson
from trust.access import Member, Permission, require
from trust.identity.errors import ForPeopleOnly


@dataclass(frozen=True, slots=True)
class Seen:
    """What a decision rests on now: the amount it is about, and the facts that must still be so when it is taken."""

    amount: Money
    basis: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of decision.

    look    locks what it is about and says what it rests on; raises whatever stands against it
    do      carries it out, in the transaction of the agreement; `by` agreed, or asked where one person is enough
    asks    what the one who asks needs; `agrees`, the one who agrees
    place   the page on which it is seen what it is about
    """

    label: str
    look: "Callable[[AsyncSession, Asked], Awaitable[Seen]]"
    do: Callable[[AsyncSession, ApprovalView, Member, Settings], Awaitable[None]]
    asks: Permission
    agrees: Permission
    place: Callable[[ApprovalView], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to be done: `wanted` holds what the kind needs, as JSON; `company`, whose decision it is."""

    kind: str
    subject: Subject
    reason: str
    wanted: dict[str, Any] = field(default_factory=dict)
    company: UUID | None = None


WORKS: dict[str, Work] = {}


async def ask(tx: AsyncSession, asked: Asked, settings: Settings, *, by: Member) -> ApprovalState:
    """Propose it; where the amount allows one person, it happens at once. Returns PROPOSED or AGREED.

    Raises NotPermitted, Conflict while the same waits for a second person, and what the kind raises.
    """
    work = WORKS[asked.kind]
    require(by, work.asks, under_way=True)  # what needs a second person is of deals that were signed
    seen = await work.look(tx, asked)
    standing = await queries.standing(tx, asked.kind, asked.subject)
    if standing is not None:
        if not _changed(standing, seen):
            raise Conflict(_("This waits for a second person already."))
        await _expire(tx, standing)
    row = Approval(
        id=new_id(),
        organisation_id=asked.company,
        kind=asked.kind,
        subject_type=asked.subject.type,
        subject_id=asked.subject.id,
        amount=seen.amount,
        wanted=asked.wanted,
        basis=dict(seen.basis),
        reason=asked.reason,
        state=ApprovalState.PROPOSED,
        proposed_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    await tx.refresh(row, ["two_people"])
    if not row.two_people:
        await _carry_out(tx, row, by, settings)
    return ApprovalState(row.state)


async def agree(tx: AsyncSession, approval_id: UUID, settings: Settings, *, by: Member) -> ApprovalState:
    """A second person agrees and it happens. Returns AGREED, or EXPIRED when what it rested on has changed.

    Raises NotPermitted, ApprovalNotFound, SamePerson, ForPeopleOnly for an API key, IllegalMove when it was decided.
    """
    before = await _second(tx, approval_id, by)
    work = WORKS[before.kind]
    seen = await _look(tx, work, before)
    row = await queries.approval_for_update(tx, approval_id)
    row.check(ApprovalMove.AGREE)
    if seen is None or _changed(row, seen):
        await _expire(tx, row)
        return ApprovalState.EXPIRED
    row.decided_by, row.decided_at = by.id, clock.now()
    await _carry_out(tx, row, by, settings)
    return ApprovalState.AGREED


async def send_back(tx: AsyncSession, approval_id: UUID, note: str, *, by: Member) -> None:
    """A second person disagrees, with the reason: nothing happens. Raises as `agree`."""
    await _second(tx, approval_id, by)
    row = await queries.approval_for_update(tx, approval_id)
    row.move(ApprovalMove.RETURN, by=by.id, note=note)
    row.decided_by, row.decided_at, row.note = by.id, clock.now(), note
    await tx.flush()


async def expire(tx: AsyncSession, approval_id: UUID) -> bool:
    """Let a proposal expire if what it rested on has changed; whether it did."""
    before = await queries.approval_row(tx, approval_id)
    seen = await _look(tx, WORKS[before.kind], before)
    row = await queries.approval_for_update(tx, approval_id)
    if not row.can(ApprovalMove.EXPIRE) or (seen is not None and not _changed(row, seen)):
        return False
    await _expire(tx, row)
    return True


async def _second(tx: AsyncSession, approval_id: UUID, by: Member) -> Approval:
    row = await queries.approval_row(tx, approval_id)
    if row.organisation_id != (None if by.is_staff else by.organisation_id):
        raise ApprovalNotFound(_("There is no such decision."))
    require(by, WORKS[row.kind].agrees)
    if by.scopes is not None:
        raise ForPeopleOnly(_("An API key cannot do this. Sign in with your browser."))
    if row.proposed_by == by.id:
        raise SamePerson(_("You proposed this yourself. Another person has to decide."))
    return row


async def _look(tx: AsyncSession, work: Work, row: Approval) -> Seen | None:
    """What it rests on now; None when it cannot be done any more."""
    asked = Asked(
        kind=row.kind,
        subject=Subject(row.subject_type, row.subject_id),
        reason=row.reason,
        wanted=row.wanted,
        company=row.organisation_id,
    )
    try:
        return await work.look(tx, asked)
    except DomainError:
        return None


def _changed(row: Approval, seen: Seen) -> bool:
    return row.amount != seen.amount or row.basis != dict(seen.basis)


async def _expire(tx: AsyncSession, row: Approval) -> None:
    row.move(ApprovalMove.EXPIRE, by=None, note="the state under it changed")
    await tx.flush()


async def _carry_out(tx: AsyncSession, row: Approval, by: Member, settings: Settings) -> None:
    row.move(ApprovalMove.AGREE, by=by.id)
    await tx.flush()
    said = {
        "kind": row.kind,
        "about": str(Subject(row.subject_type, row.subject_id)),
        "amount": row.amount,
        "proposed_by": row.proposed_by,
        "two_people": row.two_people,
        "reason": row.reason,
    }
    await evidence.record(tx, Subject("approval", row.id), "approval.agreed", said, actor=by.id)
    await WORKS[row.kind].do(tx, queries.view(row), by, settings)
