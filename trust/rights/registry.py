"""The registry of rights: who holds what, checked by a person before notices may rest on it."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.db import constraint
from app.core.i18n import _
from app.core.ids import new_id
from trust.access import Member, Permission, require
from trust.cases.exhibits import Kept
from trust.rights import papers, telling
from trust.rights.errors import AlreadyNotified, BadRight, ConflictOfInterest, RightNotFound, TooLate
from trust.rights.models import Notifier, Right
from trust.rights.notifiers import Speaker
from trust.rights.states import RightKind, RightMove, RightState, right_key

MOST_CLASSES = {RightKind.TRADE_MARK: 45, RightKind.DESIGN: 32}
"""The highest Nice class, and the highest Locarno class; other kinds of rights have none."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A right as somebody states it. `number` may be "" of a copyright that nobody registered."""

    kind: RightKind
    office: str
    number: str
    title: str
    holder: str
    person: bool = False
    agent: str = ""
    classes: tuple[int, ...] = ()
    valid_until: date | None = None

    @property
    def key(self) -> str:
        return right_key(self.kind, self.office, self.number, self.title)


@dataclass(frozen=True, slots=True)
class Registration:
    """`id` is the right's own, known before, for files are sealed for it."""

    claim: Claim
    ownership: list[Kept]
    authority: list[Kept] = field(default_factory=list)
    id: UUID = field(default_factory=new_id)


def today(zone: str) -> date:
    return clock.now().astimezone(ZoneInfo(zone)).date()


def check_claim(claim: Claim, zone: str) -> None:
    """Raises BadRight naming every field that does not fit."""
    wrong: dict[str, str] = {}
    if not claim.number and claim.kind is not RightKind.COPYRIGHT:
        wrong["number"] = _("A right that is registered has a number.")
    if claim.valid_until is None and claim.kind is not RightKind.COPYRIGHT:
        wrong["valid_until"] = _("Until when is the right valid?")
    if claim.valid_until is not None and claim.valid_until < today(zone):
        wrong["valid_until"] = _("This right has run out.")
    most = MOST_CLASSES.get(claim.kind, 0)
    if not all(1 <= one <= most for one in claim.classes):
        wrong["classes"] = (
            _("Classes are numbers from 1 to %(most)s.") % {"most": most}
            if most
            else _("Only trade marks and designs have classes.")
        )
    if wrong:
        raise BadRight.many(wrong, _("Please check the marked fields."))


async def register(tx: AsyncSession, asked: Registration, *, zone: str, by: Speaker) -> Right:
    """Enter a right, to be checked by a person. Raises BadRight, AlreadyNotified for the same right again."""
    claim = asked.claim
    check_claim(claim, zone)
    if not asked.ownership:
        raise BadRight(_("Show a document that says whose the right is."), field="ownership")
    if claim.agent and not asked.authority:
        raise BadRight(_("An agent shows the holder's authority."), field="authority")
    row = Right(
        id=asked.id,
        notifier_id=by.notifier_id,
        kind=claim.kind,
        office=claim.office,
        number=claim.number,
        title=claim.title,
        classes=list(claim.classes),
        holder=claim.holder,
        person=claim.person,
        agent=claim.agent,
        valid_until=claim.valid_until,
        state=RightState.SUBMITTED,
        filed_by=by.actor,
    )
    await _insert(tx, row)
    shown = await papers.add(tx, row.itself, asked.ownership, "ownership")
    shown |= await papers.add(tx, row.itself, asked.authority, "authority")
    said = {"right": row.kind, "office": row.office, "statement": [row.title, row.number, row.holder, row.agent]}
    await evidence.record(tx, row.itself, "right.entered", said | {"exhibits": shown}, actor=by.actor)
    return row


async def _insert(tx: AsyncSession, row: Right) -> None:
    try:
        async with tx.begin_nested():
            tx.add(row)
    except IntegrityError as error:
        if constraint(error) != "uq_ip_right_open":
            raise
        raise AlreadyNotified(_("You have entered this right already.")) from None


async def for_update(tx: AsyncSession, right_id: UUID) -> Right:
    """Locks the right. Raises RightNotFound."""
    query = select(Right).where(Right.id == right_id).with_for_update()
    row = await tx.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise RightNotFound(_("There is no such right."))
    return row


async def accept(tx: AsyncSession, right_id: UUID, *, zone: str, by: Member) -> None:
    """Notices may rest on it from now. Raises NotPermitted, ConflictOfInterest, IllegalMove, TooLate once run out."""
    row = await _judged(tx, right_id, by)
    if row.valid_until is not None and row.valid_until < today(zone):
        raise TooLate(_("This right has run out."))
    await _decide(tx, row, RightMove.ACCEPT, "", by)


async def refuse(tx: AsyncSession, right_id: UUID, reason: str, *, by: Member) -> None:
    """Not registered, and why. Raises NotPermitted, ConflictOfInterest, IllegalMove."""
    row = await _judged(tx, right_id, by)
    await _decide(tx, row, RightMove.REFUSE, reason, by)


async def _judged(tx: AsyncSession, right_id: UUID, by: Member) -> Right:
    require(by, Permission.JUDGE)
    row = await for_update(tx, right_id)
    if await conflict(tx, row, by):
        raise ConflictOfInterest(_("This concerns your own company. A colleague decides it."))
    return row


async def conflict(tx: AsyncSession, row: Right, by: Member) -> bool:
    """Whether `by` may not decide on it: it is their own, or their company's."""
    owner = await tx.scalar(select(Notifier.organisation_id).where(Notifier.id == row.notifier_id))
    return owner == by.organisation_id or row.filed_by == by.id


async def _decide(tx: AsyncSession, row: Right, move: RightMove, reason: str, by: Member) -> None:
    row.move(move, by=by.id)
    row.reason, row.decided_by, row.decided_at = reason, by.id, clock.now()
    await evidence.record(tx, row.itself, f"right.{row.state}", {"reason": reason}, actor=by.id)
    await telling.notifier(tx, row.notifier_id, f"right_{row.state}", row.title, f"/rights/registry/{row.id}")


async def withdraw(tx: AsyncSession, right_id: UUID, *, by: Speaker) -> None:
    """Its holder takes it out: no notice can rest on it any more. Raises RightNotFound, IllegalMove."""
    row = await for_update(tx, right_id)
    if row.notifier_id != by.notifier_id:
        raise RightNotFound(_("There is no such right."))
    row.move(RightMove.WITHDRAW, by=by.actor)
    await evidence.record(tx, row.itself, "right.withdrawn", {}, actor=by.actor)


def carries(row: Right, on: date) -> bool:
    """Whether a notice may rest on it that day."""
    return row.state == RightState.ACCEPTED and (row.valid_until is None or row.valid_until >= on)
