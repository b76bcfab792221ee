"""Objections to a published result: by anybody, without an account; decided by somebody who did not review."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.queries import lead
from app.award import queries, reviewing, telling
from app.award.applying import filed
from app.award.errors import NotReady
from app.award.models import Application, Objection
from app.award.states import ApplicationMove, ApplicationState, ObjectionMove, Upheld
from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Gone
from app.core.evidence import canonical_json
from app.core.i18n import _, current_locale
from app.core.ids import reference
from app.core.periods import day_of
from trust.access import Member
from trust.cases.exhibits import Kept, sealed_for

MAY_FOLLOW = {
    ApplicationState.PUBLICITY: (Upheld.COMMITTEE, Upheld.REJECTED),
    ApplicationState.COMMITTEE_REVIEW: (Upheld.COMMITTEE,),
}
"""What an objection that is right may lead to; where it is before the committee again already, it stays there."""


@dataclass(frozen=True, slots=True)
class Objector:
    name: str
    email: str


def may_object(row: Application, zone: str) -> bool:
    """Whether the days for objections run; the last one is whole."""
    if row.state != ApplicationState.PUBLICITY or row.publicity_until is None:
        return False
    return day_of(clock.now(), zone) <= row.publicity_until


async def object_(
    tx: AsyncSession, vault: Vault, application_id: UUID, objection_id: UUID, text: str, files: list[Kept], *,
    zone: str, by: Objector,
) -> Objection:  # fmt: skip
    """Say something against a published result. A receipt goes to the objector, whose name lies sealed; who sends the
    same once more gets the same receipt. Raises ApplicationNotFound, NotReady once the days are over.
    """
    row = await queries.for_update(tx, application_id)
    await queries.published(tx, application_id)
    if not may_object(row, zone):
        raise NotReady(_("The time for objections is over."))
    for said in await queries.objections(tx, row):
        if said.text == text and said.forgotten_at is None and objector_of(vault, said) == by:
            return said
    objection = Objection(
        id=objection_id,
        number=reference("OB", objection_id),
        application_id=row.id,
        objector_sealed=vault.seal(canonical_json({"name": by.name, "email": by.email}), sealed_for(row.id)),
        locale=current_locale(),
        text=text,
        at=clock.now(),
    )
    tx.add(objection)
    await tx.flush()
    tx.add_all(filed(row, file, by=None, objection_id=objection.id) for file in files)
    await tx.flush()
    told = {"objection": objection.number, "digest": _digest(objection), "files": sorted(file.sha256 for file in files)}
    await evidence.record(tx, row.itself, "award.objection", told, actor=None)
    await telling.objector(tx, row, objection, by.email, "received")
    await telling.tell(tx, row, "objection", to=telling.EVALUATORS)
    return objection


def _digest(objection: Objection) -> str:
    """SHA-256 over what was written, with the id, by which the chain can tell it and need not be forgotten with it."""
    return hashlib.sha256(canonical_json({"id": objection.id, "text": objection.text}).encode()).hexdigest()


def objector_of(vault: Vault, objection: Objection) -> Objector:
    """Raises Gone once that is forgotten."""
    if objection.objector_sealed is None:
        raise Gone(_("Who objected was erased when the time to keep it was over."))
    return Objector(**json.loads(vault.open(objection.objector_sealed, sealed_for(objection.application_id))))


async def look(tx: AsyncSession, vault: Vault, application_id: UUID, objection_id: UUID, *, by: Member) -> Objector:
    """Who objected; that somebody looked is written down. Raises NotPermitted, SecondPersonNeeded, Gone."""
    lead(by)
    row = await queries.for_update(tx, application_id)
    await reviewing.not_of_committee(tx, row, by)
    objection = await queries.of(tx, Objection, objection_id, row)
    found = objector_of(vault, objection)
    said = {"objection": objection.number}
    await evidence.record(tx, row.itself, "award.objector_seen", said, actor=by.id)
    return found


async def decide(
    tx: AsyncSession, vault: Vault, application_id: UUID, objection_id: UUID, upheld: Upheld | None, reason: str, *,
    by: Member,
) -> None:  # fmt: skip
    """Decide an objection with a reason, which is published. Upheld while the result is public, it leads back to the
    committee or ends the application without a title.

    Raises NotPermitted, SecondPersonNeeded; IllegalMove a second time; NotReady where that cannot follow any more.
    """
    lead(by)
    row = await queries.for_update(tx, application_id)
    await reviewing.not_of_committee(tx, row, by)
    objection = await queries.of(tx, Objection, objection_id, row)
    if upheld and upheld not in MAY_FOLLOW.get(row.state, ()):
        raise NotReady(_("The result is not public now, so that this cannot follow."))
    objection.move(ObjectionMove.UPHOLD if upheld else ObjectionMove.DISMISS, by=by.id)
    objection.upheld, objection.reason = upheld.value if upheld else "", reason
    objection.decided_by, objection.decided_at = by.id, clock.now()
    said = {"objection": objection.number, "state": objection.state, "upheld": objection.upheld, "reason": reason}
    await evidence.record(tx, row.itself, "award.objection_decided", said, actor=by.id)
    if objection.forgotten_at is None:
        email = objector_of(vault, objection).email
        await telling.objector(tx, row, objection, email, objection.state.value)
    if upheld and row.state == ApplicationState.PUBLICITY:
        await _follow(tx, row, upheld, by)


async def _follow(tx: AsyncSession, row: Application, upheld: Upheld, by: Member) -> None:
    if upheld is Upheld.COMMITTEE:
        row.move(ApplicationMove.REOPEN, by=by.id)
        row.round += 1
        await telling.tell(tx, row, "reopened")
        await telling.tell(tx, row, "reopened", to=telling.EVALUATORS)
        return
    row.ended_at = clock.now()
    row.move(ApplicationMove.REJECT, by=by.id)
    await evidence.record(tx, row.itself, "award.rejected", {}, actor=by.id)
    await telling.tell(tx, row, row.state.value)
    await telling.tell(tx, row, row.state.value, to=telling.EVALUATORS)
