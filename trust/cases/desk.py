"""The case in the moderation queue, and who may judge it: nobody who is a party, or who has judged the thing before."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.cases import timing
from trust.cases.errors import ConflictOfInterest, NotClaimed
from trust.cases.models import Case, CaseHandling, CaseRuling
from trust.cases.periods import ClockName
from trust.cases.states import CaseState
from trust.reviews import queries as reviews
from trust.reviews import service as reviewing
from trust.reviews.events import Verdict

REVIEW_KIND = "case"


async def queue(tx: AsyncSession, case: Case) -> None:
    """The desk is to move: the case stands in the queue until its clock's end."""
    name = ClockName.INTAKE if case.state == CaseState.OPENED else ClockName.DECISION
    due = await timing.due_at(tx, case, name) or clock.now()
    await reviewing.open(
        tx,
        kind=REVIEW_KIND,
        subject=case.itself,
        organisation_id=case.respondent_id,
        title=f"{case.number} {case.title}",
        within=max(due - clock.now(), timedelta()),
    )


async def leave(tx: AsyncSession, case: Case, *, by: UUID | None) -> None:
    """Somebody else is to move, or it is over: it leaves the queue."""
    await reviewing.drop(tx, case.itself, by=by)


async def decided(tx: AsyncSession, case: Case, verdict: Verdict, reason: str, *, by: Member) -> None:
    """It leaves the queue decided."""
    item = await reviews.pending(tx, case.itself)
    if item is None:
        return
    if item.claimed_by is None:
        await reviewing.claim(tx, item.id, by=by)
    elif item.claimed_by != by.id:
        await reviewing.drop(tx, case.itself, by=by.id)
        return
    await reviewing.decide(tx, item.id, verdict=verdict, reason=reason, by=by)


async def take(tx: AsyncSession, case: Case, *, by: Member) -> None:
    """Take a case on, stating that nothing ties one to its parties. May be done twice.

    Raises ConflictOfInterest.
    """
    require(by, Permission.JUDGE)
    await check_free(tx, case, by)
    stated = {"case_id": case.id, "member_id": by.id, "stated_at": clock.now()}
    made = await tx.execute(
        insert(CaseHandling).values(stated).on_conflict_do_nothing().returning(CaseHandling.case_id)
    )
    if made.scalar() is not None:
        await evidence.record(tx, case.itself, "case.no_conflict_stated", {"member": by.id}, actor=by.id)
    case.handler_id = by.id
    item = await reviews.pending(tx, case.itself)
    if item is not None and item.claimed_by is None:
        await reviewing.claim(tx, item.id, by=by)


async def require_handler(tx: AsyncSession, case: Case, by: Member) -> None:
    """Raises NotClaimed unless `by` has taken the case on, ConflictOfInterest."""
    require(by, Permission.JUDGE)
    if case.handler_id != by.id:
        raise NotClaimed(_("Take the case on first, and state that nothing ties you to its parties."))
    await check_free(tx, case, by)


async def check_free(tx: AsyncSession, case: Case, by: Member) -> None:
    """Raises ConflictOfInterest, saying why."""
    reason = await conflict(tx, case, by)
    if reason:
        raise ConflictOfInterest(reason)


async def conflict(tx: AsyncSession, case: Case, by: Member) -> str:
    """Why `by` may not judge this case; "" when they may."""
    if by.organisation_id in {case.complainant_id, case.respondent_id} or case.filed_by == by.id:
        return _("You belong to one of the sides.")
    for side in filter(None, (case.complainant_id, case.respondent_id)):
        if await reviews.is_related(tx, side, by):
            return _("Your company is of one hand with one of the sides.")
    ruled = select(CaseRuling.id).join(Case, Case.id == CaseRuling.case_id).where(CaseRuling.decided_by == by.id)
    same_thing = (Case.subject_type == case.subject_type) & (Case.subject_id == case.subject_id)
    if case.subject_type == "organisation":  # a whole company: related is only what the same side brought
        same_thing &= Case.complainant_id == case.complainant_id
    if await tx.scalar(select(exists(ruled.where(or_(Case.id == case.id, same_thing))))):
        return _("You have decided this case, or another about the same thing.")
    things = [case.about, *map(Subject.parse, case.origins)]
    if await reviews.has_decided(tx, by.id, things):
        return _("You have reviewed before what this case is about.")
    return ""
