"""The formal check: is every part complete, and does the applicant come from a demonstration enterprise?"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.queries import lead
from app.award import queries, telling
from app.award.errors import NotWhatFollows
from app.award.models import Application, AwardCheck
from app.award.rules import Rules
from app.award.states import OUTCOMES, ApplicationMove, ApplicationState, Outcome
from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import day_of
from app.core.workdays import add_working_days
from trust.access import Member


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    parts          code → why it is not complete; "" where it is
    demonstration  whether the applicant comes from a demonstration enterprise; reference: by which list or letter
    reason         of returning or refusing it
    """

    outcome: Outcome
    parts: Mapping[str, str]
    demonstration: bool
    reference: str
    reason: str

    @property
    def sound(self) -> bool:
        return self.demonstration and not any(self.parts.values())


async def take_up(tx: AsyncSession, application_id: UUID, *, by: Member) -> None:
    """Begin the check. Raises NotPermitted, OwnAssessment, IllegalMove."""
    lead(by)
    row = await queries.for_update(tx, application_id)
    row.move(ApplicationMove.TAKE_UP, by=by.id)
    await evidence.record(tx, row.itself, "award.taken_up", {}, actor=by.id)


async def check(tx: AsyncSession, application_id: UUID, found: Found, *, zone: str, by: Member) -> None:
    """Admit it, return it to be completed, or refuse it, as what was found asks for.

    Raises IllegalMove, NotWhatFollows, Invalid naming the field.
    """
    lead(by)
    row = await queries.for_update(tx, application_id)
    row.check(OUTCOMES[found.outcome])
    known = await queries.rules_of(tx, row)
    _sound(found, known, row)
    now = clock.now()
    if found.outcome is Outcome.RETURN:
        row.complete_by = add_working_days(day_of(now, zone), known.completion_days)
        row.returns += 1
    elif found.outcome is Outcome.REFUSE:
        row.ended_at = now
    tx.add(
        AwardCheck(
            id=new_id(),
            application_id=row.id,
            outcome=found.outcome,
            parts=dict(found.parts),
            demonstration=found.demonstration,
            reference=found.reference,
            reason=found.reason,
            complete_by=row.complete_by if found.outcome is Outcome.RETURN else None,
            member_id=by.id,
            at=now,
        )
    )
    row.move(OUTCOMES[found.outcome], by=by.id)
    said = {"demonstration": found.demonstration, "claims": dict(found.parts), "reason": found.reason}
    await evidence.record(tx, row.itself, f"award.{found.outcome}", said, actor=by.id)
    until = row.complete_by.isoformat() if row.complete_by and found.outcome is Outcome.RETURN else ""
    await telling.tell(tx, row, found.outcome.value, until=until)


def _sound(found: Found, known: Rules, row: Application) -> None:
    """Whether the outcome follows. Raises NotWhatFollows, Invalid."""
    unsaid = [part.code for part in known.parts if part.code not in found.parts]
    if unsaid:
        raise Invalid(_("Say of every part whether it is complete."), field=f"parts.{unsaid[0]}.complete")
    if found.demonstration and not found.reference:
        raise Invalid(_("Say by which list or letter."), field="reference")
    if found.outcome is Outcome.ADMIT:
        if not found.sound:
            raise NotWhatFollows(
                _("Only a complete dossier from a demonstration enterprise is admitted."), field="outcome"
            )
        return
    if found.sound:
        raise NotWhatFollows(_("Nothing is missing: admit it."), field="outcome", asked=str(Outcome.ADMIT))
    if not found.reason:
        raise Invalid(_("Give the reason."), field="reason")
    if found.outcome is Outcome.RETURN and row.returns >= known.returns:
        raise NotWhatFollows(_("It was returned before: admit or refuse it."), field="outcome")


async def expire(tx: AsyncSession, application_id: UUID, *, zone: str) -> None:
    """The time to complete a dossier is over, by the clock: it is checked as it was handed in. Does nothing before."""
    row = await queries.for_update(tx, application_id)
    if row.state != ApplicationState.RETURNED or row.complete_by is None:
        return
    if day_of(clock.now(), zone) <= row.complete_by:
        return
    row.move(ApplicationMove.EXPIRE, by=None)
    await evidence.record(tx, row.itself, "award.expired", {"until": row.complete_by.isoformat()}, actor=None)
    await telling.tell(tx, row, "expired")
    await telling.tell(tx, row, "expired", to=telling.EVALUATORS)
