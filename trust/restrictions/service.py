"""Placing restrictions, agreeing to them and ending them. None of it moves money: what is earned stays booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, Scope, require, unbound
from trust.identity import queries as identity
from trust.identity import service as people
from trust.restrictions import queries
from trust.restrictions.errors import PartnerRestricted, RestrictionNotFound, SecondPersonNeeded
from trust.restrictions.events import RestrictionsChanged
from trust.restrictions.ladder import (
    APPEAL_DAYS,
    PUBLISH_DAYS,
    TWO_PEOPLE,
    ZONE,
    Kind,
    Measure,
    measure,
    working_days_after,
)
from trust.restrictions.models import Restriction
from trust.restrictions.reasons import REASONS
from trust.restrictions.states import RestrictionMove, RestrictionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a company is restricted for: a reason of the catalogue, the facts as the company reads them, the subjects
    whose evidence shows them, and the authority's finding it rests on, if it does."""

    reason: str
    statement: str
    rests_on: Sequence[Subject] = ()
    finding_id: UUID | None = None


async def place(tx: AsyncSession, organisation_id: UUID, asked: Measure, charge: Charge, *, by: Member) -> UUID:
    """Place a reminder or a partial restriction; a suspension is proposed, and a second person agrees to it.

    Locks the company. Raises NotPermitted, Invalid naming the field, OrganisationNotFound.
    """
    require(by, Permission.RESTRICT)
    reason = REASONS.get(charge.reason)
    if reason is None or reason.found is not (charge.finding_id is not None):
        raise Invalid(_("Choose a reason of the list."), field="reason")
    found = measure(asked.kind, asked.scopes, asked.days)
    if faults := found.faults():
        raise Invalid.many({field: _(text) for field, text in faults.items()})
    await _restrictable(tx, organisation_id)
    row = _written(organisation_id, found, charge, by)
    tx.add(row)
    if found.kind in TWO_PEOPLE:
        await tx.flush()
        await _note(tx, row, "restriction.proposed", by=by.id)
    else:
        await _take_effect(tx, row, by=by)
    return row.id


async def _restrictable(tx: AsyncSession, organisation_id: UUID) -> None:
    await identity.organisation(tx, organisation_id)
    await identity.lock(tx, organisation_id)
    if await identity.is_platform(tx, organisation_id):
        raise Invalid(_("The platform does not restrict itself."), field="company")


def _written(organisation_id: UUID, found: Measure, charge: Charge, by: Member) -> Restriction:
    return Restriction(
        id=new_id(),
        organisation_id=organisation_id,
        kind=found.kind,
        scopes=sorted(found.scopes),
        days=found.days,
        reason=charge.reason,
        statement=charge.statement,
        rests_on=[str(subject) for subject in charge.rests_on],
        finding_id=charge.finding_id,
        state=RestrictionState.PROPOSED,
        placed_by=by.id,
    )


async def agree(tx: AsyncSession, restriction_id: UUID, *, by: Member) -> None:
    """A second person, of compliance, agrees to a suspension: it binds from this moment.

    Locks the restriction. Raises NotPermitted, RestrictionNotFound, SecondPersonNeeded, IllegalMove.
    """
    require(by, Permission.SUSPEND)
    row = await _second(tx, restriction_id, by)
    row.agreed_by = by.id
    await _take_effect(tx, row, by=by)


async def refuse(tx: AsyncSession, restriction_id: UUID, because: str, *, by: Member) -> None:
    """A second person does not agree: nothing happens, and the company does not learn of it. Raises as `agree`."""
    require(by, Permission.SUSPEND)
    row = await _second(tx, restriction_id, by)
    row.move(RestrictionMove.REFUSE, by=by.id, note=because)
    row.ended_at, row.ended_by, row.ended_because = clock.now(), by.id, because
    await _note(tx, row, "restriction.refused", by=by.id, reason=because)


async def _second(tx: AsyncSession, restriction_id: UUID, by: Member) -> Restriction:
    row = await queries.restriction_for_update(tx, restriction_id)
    if row.placed_by == by.id:
        raise SecondPersonNeeded(_("You proposed this yourself; another person decides it."))
    return row


async def _take_effect(tx: AsyncSession, row: Restriction, *, by: Member) -> None:
    """It binds from now on; the company is told, and what others see of it follows."""
    now = clock.now()
    row.starts_at = now
    if row.replaces_id is None:  # what an appeal left standing was appealed against
        row.appeal_until = working_days_after(now, APPEAL_DAYS)
    if row.days is not None:
        row.expires_at = now + timedelta(days=row.days)
    if row.kind == Kind.PARTIAL and row.days is not None:
        row.review_on = (now + timedelta(days=row.days) / 2).astimezone(ZONE).date()
    if REASONS[row.reason].illegal:
        row.publish_by = working_days_after(now, PUBLISH_DAYS)
    row.move(RestrictionMove.AGREE, by=by.id)
    await tx.flush()
    await _note(tx, row, "restriction.placed", by=by.id, text=row.statement)
    await _changed(tx, row)
    await tell(tx, row, "restriction_placed")


async def lift(tx: AsyncSession, restriction_id: UUID, because: str, *, by: Member) -> None:
    """End a restriction before its time, saying why. Suspensions are lifted by compliance.

    Locks the restriction. Raises NotPermitted, RestrictionNotFound, IllegalMove.
    """
    require(by, Permission.RESTRICT)
    row = await queries.restriction_for_update(tx, restriction_id)
    if row.kind in TWO_PEOPLE:
        require(by, Permission.SUSPEND)
    await end(tx, row, RestrictionMove.LIFT, because, by=by)
    await tell(tx, row, "restriction_ended")


async def end(tx: AsyncSession, row: Restriction, move: RestrictionMove, because: str, *, by: Member | None) -> None:
    """The caller holds the row's lock, and tells the company."""
    row.move(move, by=by.id if by else None, note=because)
    row.ended_at, row.ended_by, row.ended_because = clock.now(), by.id if by else None, because
    await tx.flush()
    await _note(tx, row, f"restriction.{row.state}", by=by.id if by else None, reason=because)
    await _changed(tx, row)


async def replace(tx: AsyncSession, row: Restriction, lighter: Measure, because: str, *, by: Member) -> Restriction:
    """A lighter restriction takes the place of one in force. The caller holds its lock, and has compared them."""
    await end(tx, row, RestrictionMove.REPLACE, because, by=by)
    rests_on = [Subject.parse(subject) for subject in row.rests_on]
    made = _written(
        row.organisation_id,
        measure(lighter.kind, lighter.scopes, lighter.days),
        Charge(reason=row.reason, statement=row.statement, rests_on=rests_on),
        by,
    )
    made.replaces_id = row.id
    if lighter.kind in TWO_PEOPLE:
        made.placed_by, made.agreed_by = row.placed_by, by.id
    tx.add(made)
    await _take_effect(tx, made, by=by)
    return made


async def expire(tx: AsyncSession, restriction_id: UUID) -> None:
    """Its time is over, since when it has bound nobody. Nothing happens when it ended otherwise."""
    row = await queries.restriction_for_update(tx, restriction_id)
    if row.state == RestrictionState.IN_FORCE and row.expires_at is not None and row.expires_at <= clock.now():
        await end(tx, row, RestrictionMove.EXPIRE, "", by=None)
        await tell(tx, row, "restriction_ended")


async def read(tx: AsyncSession, restriction_id: UUID, *, by: Member) -> None:
    """The company opens the statement of facts; the first time is kept. Raises RestrictionNotFound."""
    row = await queries.restriction_for_update(tx, restriction_id, organisation_id=by.organisation_id)
    if row.starts_at is None:
        raise RestrictionNotFound(_("There is no such restriction."))
    if row.read_at is None:
        row.read_at, row.read_by = clock.now(), by.id
        await _note(tx, row, "restriction.read", by=by.id)


async def refuse_new_deal(tx: AsyncSession, parties: Sequence[UUID], *, by: Member) -> None:
    """Raises Restricted when the member's company cannot enter into new deals, PartnerRestricted when the other
    cannot. Whoever places such a restriction meanwhile waits for this transaction."""
    bound = await identity.bound(tx, parties)
    unbound(bound.get(by.organisation_id, ()), Scope.RECEIVE_ORDER)
    for party, against in bound.items():
        if party != by.organisation_id and any(Scope.RECEIVE_ORDER in one.scopes for one in against):
            raise PartnerRestricted(_("The other company cannot enter into new deals at present."))


async def _changed(tx: AsyncSession, row: Restriction) -> None:
    await outbox.publish(tx, RestrictionsChanged(row.organisation_id, row.id))


async def tell(tx: AsyncSession, row: Restriction, template: str, **more: str) -> None:
    """A letter to the owners of the company."""
    facts = {
        "kind": row.kind,
        "why": REASONS[row.reason].label,
        "until": row.expires_at.isoformat() if row.expires_at else "",
        "appeal_until": row.appeal_until.isoformat() if row.appeal_until else "",
        "because": row.ended_because,
        "state": str(row.state),
        "path": f"/restrictions/{row.id}",
    }
    await people.notify(tx, row.organisation_id, Permission.MANAGE_MEMBERS, template, facts | more)


async def _note(tx: AsyncSession, row: Restriction, kind: str, *, by: UUID | None, **private: str) -> None:
    said = {
        "organisation": row.organisation_id,
        "measure": row.kind,
        "scopes": row.scopes,
        "code": row.reason,
        "until": row.expires_at,
        "rests_on": row.rests_on,
    }
    await evidence.record(tx, Subject("restriction", row.id), kind, said | private, actor=by)
