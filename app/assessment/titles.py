"""The title itself: awarded to an application, or entered as an authority outside awarded it and confirmed by a second
person; it ends with its last day, with a newer one, or by a decision."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries
from app.assessment.errors import SecondPersonNeeded, TitleNotFound
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
    valid_until: date | None = None


async def enter(tx: AsyncSession, said: Awarded, *, zone: str, by: Member) -> UUID:
    """Enter a title; it is held once another person confirms it. Raises Conflict, Invalid."""
    queries.lead(by)
    await queries.alone(tx, "title")
    standing = select(AssessmentTitle.id).where(AssessmentTitle.state.in_((TitleState.PROPOSED, TitleState.HELD)))
    if await tx.scalar(standing) is not None:
        raise Conflict(_("A title is held already, or waits to be confirmed."))
    if await _known(tx, said.certificate):
        raise Invalid(_("A title with this certificate was entered before."), field="certificate")
    if said.valid_from > day_of(clock.now(), zone):
        raise Invalid(_("This day lies in the future."), field="valid_from")
    if said.valid_until is not None and said.valid_until < day_of(clock.now(), zone):
        raise Invalid(_("This day is over."), field="valid_until")
    row = _row(said, by.id)
    tx.add(row)
    await tx.flush()
    await evidence.record(tx, row.itself, "assessment_title.entered", _told(said), actor=by.id)
    return row.id


def _row(said: Awarded, proposed_by: UUID) -> AssessmentTitle:
    row = AssessmentTitle(id=new_id(), state=TitleState.PROPOSED, proposed_by=proposed_by, proposed_at=clock.now())
    for name in Awarded.__slots__:
        setattr(row, name, getattr(said, name))
    return row


def _told(said: Awarded) -> dict[str, str]:
    told = {"certificate": said.certificate, "since": said.valid_from.isoformat(), "authority": said.authority}
    return told | ({"until": said.valid_until.isoformat()} if said.valid_until else {})


async def next_certificate(tx: AsyncSession, series: str) -> str:
    """The number after those that begin with `series`. The caller is alone with titles (`queries.alone`)."""
    begun = select(func.count()).where(AssessmentTitle.certificate.startswith(series, autoescape=True))
    number = int((await tx.execute(begun)).scalar_one()) + 1
    while await _known(tx, f"{series}{number:03d}"):
        number += 1
    return f"{series}{number:03d}"


async def _known(tx: AsyncSession, certificate: str) -> bool:
    query = select(AssessmentTitle.id).where(AssessmentTitle.certificate == certificate)
    return await tx.scalar(query) is not None


async def award(tx: AsyncSession, said: Awarded, *, proposed_by: UUID, agreed_by: UUID) -> UUID:
    """A title that comes of an application, decided by two people: held at once; one that was held ends with it.

    The caller is alone with titles.
    """
    held = await _held(tx)
    if held is not None:
        await _end(tx, held)
        await tx.flush()
    row = _row(said, proposed_by)
    row.agreed_by, row.agreed_at = agreed_by, clock.now()
    tx.add(row)
    row.move(TitleMove.AGREE, by=agreed_by)
    await tx.flush()
    await evidence.record(tx, row.itself, "assessment_title.awarded", _told(said), actor=None)
    return row.id


async def _held(tx: AsyncSession) -> AssessmentTitle | None:
    query = select(AssessmentTitle).where(AssessmentTitle.state == TitleState.HELD)
    return await tx.scalar(query.with_for_update())


async def _end(tx: AsyncSession, row: AssessmentTitle) -> None:
    row.ended_at = clock.now()
    row.move(TitleMove.EXPIRE, by=None)
    await evidence.record(tx, row.itself, "assessment_title.expired", {"certificate": row.certificate}, actor=None)


async def expire(tx: AsyncSession, *, zone: str) -> None:
    """End the title whose last day is over, by the clock. Does nothing before."""
    row = await _held(tx)
    if row is not None and row.valid_until is not None and day_of(clock.now(), zone) > row.valid_until:
        await _end(tx, row)


async def one(tx: AsyncSession, title_id: UUID) -> Awarded:
    """What the certificate of a title says. Raises TitleNotFound."""
    row = await tx.get(AssessmentTitle, title_id)
    if row is None:
        raise TitleNotFound(_("There is no such title."))
    return Awarded(**{name: getattr(row, name) for name in Awarded.__slots__})


async def confirm(tx: AsyncSession, title_id: UUID, *, by: Member) -> None:
    """Another person read the certificate too: the title is held.

    Raises SecondPersonNeeded, IllegalMove; Conflict where one was awarded meanwhile.
    """
    await queries.alone(tx, "title")
    row = await _second(tx, title_id, TitleMove.AGREE, by)
    if await queries.title(tx) is not None:
        raise Conflict(_("A title is held already, or waits to be confirmed."))
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
    row = await _held(tx)
    if row is None:
        return
    row.revoked_by, row.ended_at = assessment.id, clock.now()
    row.move(TitleMove.REVOKE, by=by.id)
    said = {"assessment": assessment.id, "certificate": row.certificate}
    await evidence.record(tx, row.itself, "assessment_title.revoked", said, actor=by.id)
