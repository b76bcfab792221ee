"""Holds: one thing stands still for a time. They keep things from being done; they never do anything themselves.

Whoever does what a hold may stop asks `check_hold` in the same transaction, after locking its own rows: that takes a
shared lock of the subject's name until the end of the transaction, and placing a hold takes the same lock alone. So a
hold is either seen, or it comes after what was done. Order of locks: rows of the domain, then names of subjects in
alphabetical order, then ledger and evidence chains.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, and_, cast, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock, evidence, outbox
from app.core.db import once
from app.core.errors import Invalid
from app.core.i18n import _, format_exact
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.risk.engine import Group, Hit
from trust.risk.errors import HoldNotFound, OnHold, SamePerson
from trust.risk.events import HoldEnded, HoldPlaced
from trust.risk.models import RiskHit, RiskHold
from trust.risk.rules.catalogue import RULES
from trust.risk.words import HELD
from trust.screening import standing as screening

LET_BE = timedelta(days=30)
"""What two people let go is not held again by the same rule, for the same occasion, for so long."""
LOOK_AGAIN = timedelta(hours=1)
"""What waits for the screening desk, which knows no end, is tried again then."""
_LOCK = "pg_advisory_xact_lock{shared}(hashtextextended('risk_hold:' || :subject, 0))"
_ALONE = text("SELECT " + _LOCK.format(shared=""))
_SHARED = text("SELECT " + _LOCK.format(shared="_shared"))


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold in force. `says` is for the company: of the rule's group alone."""

    id: UUID
    subject: Subject
    group: Group
    until: datetime

    @property
    def says(self) -> str:
        return _(HELD[self.group])


def payouts_of(organisation_id: UUID) -> Subject:
    """All payouts of a company, as one thing that can be held."""
    return Subject("payouts", organisation_id)


def messages_of(organisation_id: UUID) -> Subject:
    """All that a company writes to others, as one thing that can be held."""
    return Subject("messages", organisation_id)


async def standing(tx: AsyncSession, *subjects: Subject) -> list[Standing]:
    """The holds in force of these, the longest first. One query, no lock: for pages."""
    types, ids = [subject.type for subject in subjects], [subject.id for subject in subjects]
    return [
        Standing(row.id, Subject(row.subject_type, row.subject_id), RULES[row.rule].group, row.until)
        for row in await tx.execute(*_standing(types, ids, clock.now()))
    ]


@once
def _standing(types: list[str], ids: list[UUID], now: datetime) -> Select[UUID, str, UUID, str, datetime]:
    named = func.unnest(cast(types, ARRAY(Text)), cast(ids, ARRAY(Uuid))).table_valued("type", "id").render_derived()
    return (
        select(RiskHold.id, RiskHold.subject_type, RiskHold.subject_id, RiskHold.rule, RiskHold.until)
        .join(named, and_(RiskHold.subject_type == named.c.type, RiskHold.subject_id == named.c.id))
        .where(RiskHold.released_at.is_(None), RiskHold.until > now)
        .order_by(RiskHold.until.desc())
    )


async def check_hold(tx: AsyncSession, *subjects: Subject) -> None:
    """Raises OnHold while any of these is held, or somebody named in it is like an entry of a sanctions list; else none
    will be held before this transaction ends.
    """
    for name in sorted(map(str, subjects)):
        await tx.execute(_SHARED, {"subject": name})
    found = await standing(tx, *subjects)
    if found:
        raise on_hold(found[0])
    if await screening.stands_still(tx, *subjects):
        until = clock.now() + LOOK_AGAIN
        sentence = _("This cannot be done at the moment. Please write to us, and we will look into it.")
        raise OnHold(sentence, until=until.isoformat())


def on_hold(held: Standing) -> OnHold:
    until = _("It goes on by itself on %(when)s, unless something else is found.") % {"when": format_exact(held.until)}
    return OnHold(f"{held.says} {until}", until=held.until.isoformat())


async def place(
    tx: AsyncSession, subject: Subject, hit: Hit, hit_id: UUID, *, organisation_id: UUID, by: UUID | None
) -> datetime | None:
    """Hold a thing for the hit's hours; until when, or None where two people let go of it lately."""
    await tx.execute(_ALONE, {"subject": str(subject)})
    now = clock.now()
    same = and_(
        RiskHold.subject_type == subject.type, RiskHold.subject_id == subject.id, RiskHold.rule == hit.rule.code
    )
    if await tx.scalar(_let_go_of(hit_id).where(same, RiskHold.released_at > now - LET_BE).limit(1)):
        return None
    until = now + timedelta(hours=hit.judged.hours)
    row = RiskHold(
        id=new_id(),
        subject_type=subject.type,
        subject_id=subject.id,
        organisation_id=organisation_id,
        rule=hit.rule.code,
        hit_id=hit_id,
        placed_at=now,
        until=until,
    )
    tx.add(row)
    await tx.flush()
    said = {"subject": str(subject), "rule": row.rule, "until": until}
    await evidence.record(tx, Subject("risk_hold", row.id), "risk.held", said, actor=by)
    await outbox.publish(tx, HoldPlaced(row.id, subject, organisation_id, until))
    return until


def _let_go_of(hit_id: UUID) -> Select[UUID]:
    """Holds that came of the same occasion as this hit: of the same account, paper or thread. What two people let go of
    says nothing of the next account that somebody adds.
    """
    earlier, this = aliased(RiskHit), aliased(RiskHit)
    same = (
        select(earlier.id)
        .join(this, this.id == hit_id)
        .where(earlier.subject_type == this.subject_type, earlier.subject_id == this.subject_id)
    )
    return select(RiskHold.id).where(or_(RiskHold.hit_id == hit_id, RiskHold.hit_id.in_(same)))


async def ask_release(tx: AsyncSession, hold_id: UUID, reason: str, *, by: Member) -> bool:
    """Let a hold go before its time: the first asks with a reason, another agrees. Whether it is gone.

    Raises HoldNotFound also once it has ended, Invalid without a reason, SamePerson.
    """
    require(by, Permission.ASSESS_RISK)
    row = await _running(tx, hold_id)
    if (row.subject_type, row.subject_id) == ("exports", by.id):
        raise SamePerson(_("This is about yourself. Others decide it."))
    if row.asked_by is None:
        if not reason.strip():
            raise Invalid(_("Say why it can go on."), field="reason")
        row.asked_by, row.asked_at, row.reason = by.id, clock.now(), reason.strip()
        await evidence.record(tx, Subject("risk_hold", row.id), "risk.release_asked", {"reason": reason}, actor=by.id)
        return False
    if row.asked_by == by.id:
        raise SamePerson(_("You asked for this yourself. Another person has to agree."))
    await tx.execute(_ALONE, {"subject": f"{row.subject_type}:{row.subject_id}"})
    row.released_by, row.released_at = by.id, clock.now()
    await _end(tx, row, "risk.released", by.id)
    return True


async def ask_for_all(tx: AsyncSession, subject: Subject, reason: str, *, by: UUID) -> None:
    """A reviewer found no harm in what led to these holds: that asks for their release, another person agrees."""
    query = select(RiskHold.id).where(RiskHold.subject_type == subject.type, RiskHold.subject_id == subject.id)
    for hold_id in list(await tx.scalars(query.where(*_running_now(), RiskHold.asked_by.is_(None)))):
        row = await _running(tx, hold_id)
        row.asked_by, row.asked_at, row.reason = by, clock.now(), reason
        await evidence.record(tx, Subject("risk_hold", row.id), "risk.release_asked", {"reason": reason}, actor=by)


async def end_overdue(tx: AsyncSession, *, limit: int = 500) -> int:
    """Write down that the time of holds is over, and tell; how many."""
    query = select(RiskHold).where(RiskHold.ended_at.is_(None), RiskHold.until <= clock.now()).order_by(RiskHold.id)
    rows = list(await tx.scalars(query.limit(limit).with_for_update(skip_locked=True)))
    for row in rows:
        await _end(tx, row, "risk.hold_ended", None)
    return len(rows)


async def _end(tx: AsyncSession, row: RiskHold, kind: str, by: UUID | None) -> None:
    row.ended_at = clock.now()
    subject = Subject(row.subject_type, row.subject_id)
    await evidence.record(tx, Subject("risk_hold", row.id), kind, {"subject": str(subject)}, actor=by)
    await outbox.publish(tx, HoldEnded(row.id, subject, row.organisation_id))


def _running_now() -> tuple[ColumnElement[bool], ...]:
    return RiskHold.released_at.is_(None), RiskHold.until > clock.now()


async def _running(tx: AsyncSession, hold_id: UUID) -> RiskHold:
    query = select(RiskHold).where(RiskHold.id == hold_id, *_running_now())
    row = await tx.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise HoldNotFound(_("There is no such hold, or it is over."))
    return row
