"""Doing the duties of an incident, or agreeing by two people that one is not needed."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from trust.access import Member
from trust.incidents import handling
from trust.incidents.duties import TO_PEOPLE
from trust.incidents.errors import DelayUnexplained, DutyNotFound, NoticeNeeded, SecondPersonNeeded
from trust.incidents.models import Incident, IncidentDuty, IncidentNotice
from trust.incidents.states import DutyMove


def sealed_for(duty_id: UUID) -> str:
    """The context under which a duty's document lies sealed."""
    return f"incident_duty:{duty_id}"


async def _locked(tx: AsyncSession, incident_id: UUID, duty_id: UUID, by: Member) -> tuple[Incident, IncidentDuty]:
    row = await handling.for_update(tx, incident_id, by)
    query = select(IncidentDuty).where(IncidentDuty.id == duty_id, IncidentDuty.incident_id == incident_id)
    duty = await tx.scalar(query.with_for_update())
    if duty is None:
        raise DutyNotFound(_("There is no such duty."))
    return row, duty


async def do(
    tx: AsyncSession,
    incident_id: UUID,
    duty_id: UUID,
    recipient: str,
    reference: str,
    delay: str,
    file: dict[str, Any] | None,
    *,
    by: Member,
) -> None:
    """It is done now: to whom, and under which number they have it.

    file    receipt of the document, sealed for `sealed_for(duty_id)`
    raises  DutyNotFound, IllegalMove; DelayUnexplained after its time; NoticeNeeded where people are to be told and
            no notice went out
    """
    row, duty = await _locked(tx, incident_id, duty_id, by)
    duty.check(DutyMove.DO)
    now = clock.now()
    if now > duty.due_at and not delay:
        raise DelayUnexplained(_("The time is over: say why it is late."), field="delay")
    if duty.kind in TO_PEOPLE and await _notice(tx, row.id) is None:
        raise NoticeNeeded(_("Send the notice from here first; the record shows whom it went to."))
    duty.done_at, duty.done_by = now, by.id
    duty.recipient, duty.reference, duty.delay = recipient, reference, delay
    if file is not None:
        duty.file = file
    duty.move(DutyMove.DO, by=by.id)
    said = {"duty": duty.kind, "due": duty.due_at, "reference": reference, "late": now > duty.due_at, "reason": delay}
    if file is not None:
        said["files"] = [file["sha256"]]
    await evidence.record(tx, row.itself, "duty.done", said, actor=by.id)
    await handling.requeue(tx, row, by=by.id)


async def _notice(tx: AsyncSession, incident_id: UUID) -> UUID | None:
    query = select(IncidentNotice.id).where(IncidentNotice.incident_id == incident_id)
    return await tx.scalar(query.order_by(IncidentNotice.id).limit(1))


async def propose(tx: AsyncSession, incident_id: UUID, duty_id: UUID, reason: str, *, by: Member) -> None:
    """Propose that a duty is not needed, such as people who are not told because the harm was averted."""
    row, duty = await _locked(tx, incident_id, duty_id, by)
    duty.check(DutyMove.PROPOSE)
    duty.proposed_by, duty.reason = by.id, reason
    duty.move(DutyMove.PROPOSE, by=by.id)
    await evidence.record(tx, row.itself, "duty.proposed", {"duty": duty.kind, "reason": reason}, actor=by.id)


async def agree(tx: AsyncSession, incident_id: UUID, duty_id: UUID, *, by: Member) -> None:
    """Another person agrees. Raises SecondPersonNeeded, IllegalMove."""
    row, duty = await _second(tx, incident_id, duty_id, DutyMove.AGREE, by)
    duty.agreed_by, duty.agreed_at = by.id, clock.now()
    duty.move(DutyMove.AGREE, by=by.id)
    await evidence.record(tx, row.itself, "duty.agreed", {"duty": duty.kind}, actor=by.id)
    await handling.requeue(tx, row, by=by.id)


async def decline(tx: AsyncSession, incident_id: UUID, duty_id: UUID, *, by: Member) -> None:
    """Another person does not: the duty stays. Raises as `agree`."""
    row, duty = await _second(tx, incident_id, duty_id, DutyMove.DECLINE, by)
    duty.move(DutyMove.DECLINE, by=by.id)
    await evidence.record(tx, row.itself, "duty.declined", {"duty": duty.kind}, actor=by.id)


async def _second(
    tx: AsyncSession, incident_id: UUID, duty_id: UUID, move: DutyMove, by: Member
) -> tuple[Incident, IncidentDuty]:
    row, duty = await _locked(tx, incident_id, duty_id, by)
    duty.check(move)
    if duty.proposed_by == by.id:
        raise SecondPersonNeeded(_("You proposed this yourself. Another person has to decide."))
    return row, duty


async def document(tx: AsyncSession, incident_id: UUID, duty_id: UUID, *, by: Member) -> dict[str, Any]:
    """The receipt of a duty's document; that it was fetched goes on the chain. Raises DutyNotFound."""
    row, duty = await _locked(tx, incident_id, duty_id, by)
    if not duty.file:
        raise DutyNotFound(_("There is no document."))
    await evidence.record(tx, row.itself, "duty.document", {"duty": duty.kind}, actor=by.id)
    return duty.file
