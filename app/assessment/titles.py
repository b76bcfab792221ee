"""The title itself: entered as the authority awarded it, confirmed by a second person, and taken away by a decision."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries
from app.assessment.errors import SecondPersonNeeded
from app.assessment.models import Assessment, AssessmentTitle
from app.assessment.states import TitleMove, TitleState
from app.core import clock, evidence
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import day_of
from trust.access import Member


@dataclass(frozen=True, slots=True)
class Awarded:
    """What the certificate says."""

    name_en: str
    name_zh: str
    authority: str
    certificate: str
    valid_from: date


async def enter(tx: AsyncSession, said: Awarded, *, zone: str, by: Member) -> UUID:
    """Enter a title; it is held once another person confirms it. Raises Conflict, Invalid."""
    queries.lead(by)
    await queries.alone(tx, "title")
    standing = select(AssessmentTitle.id).where(AssessmentTitle.state.in_((TitleState.PROPOSED, TitleState.HELD)))
    if await tx.scalar(standing) is not None:
        raise Conflict(_("A title is held already, or waits to be confirmed."))
    if await tx.scalar(select(AssessmentTitle.id).where(AssessmentTitle.certificate == said.certificate)) is not None:
        raise Invalid(_("A title with this certificate was entered before."), field="certificate")
    if said.valid_from > day_of(clock.now(), zone):
        raise Invalid(_("This day lies in the future."), field="valid_from")
    row = AssessmentTitle(id=new_id(), proposed_by=by.id, proposed_at=clock.now())
    for name in Awarded.__slots__:
        setattr(row, name, getattr(said, name))
    tx.add(row)
    await tx.flush()
    told = {"certificate": said.certificate, "since": said.valid_from.isoformat(), "authority": said.authority}
    await evidence.record(tx, row.itself, "assessment_title.entered", told, actor=by.id)
    return row.id


async def confirm(tx: AsyncSession, title_id: UUID, *, by: Member) -> None:
    """Another person read the certificate too: the title is held. Raises SecondPersonNeeded, IllegalMove."""
    row = await _second(tx, title_id, TitleMove.AGREE, by)
    row.agreed_by, row.agreed_at = by.id, clock.now()
    row.move(TitleMove.AGREE, by=by.id)
    await evidence.record(tx, row.itself, "assessment_title.confirmed", {}, actor=by.id)


async def decline(tx: AsyncSession, title_id: UUID, *, by: Member) -> None:
    """Another person does not find it so. Raises as `confirm`."""
    row = await _second(tx, title_id, TitleMove.DECLINE, by)
    row.move(TitleMove.DECLINE, by=by.id)
    await evidence.record(tx, row.itself, "assessment_title.declined", {}, actor=by.id)


async def _second(tx: AsyncSession, title_id: UUID, move: TitleMove, by: Member) -> AssessmentTitle:
    queries.lead(by)
    row = await queries.title_for_update(tx, title_id)
    row.check(move)
    if row.proposed_by == by.id:
        raise SecondPersonNeeded(_("You entered this yourself. Another person has to confirm it."))
    return row


async def revoke(tx: AsyncSession, assessment: Assessment, *, by: Member) -> None:
    """Take away the title that is held, if any, by the decision of an assessment."""
    held = select(AssessmentTitle).where(AssessmentTitle.state == TitleState.HELD).with_for_update()
    row = await tx.scalar(held)
    if row is None:
        return
    row.revoked_by, row.ended_at = assessment.id, clock.now()
    row.move(TitleMove.REVOKE, by=by.id)
    said = {"assessment": assessment.id, "certificate": row.certificate}
    await evidence.record(tx, row.itself, "assessment_title.revoked", said, actor=by.id)
