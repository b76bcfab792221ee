"""Decisions: what score and vetoes ask for, proposed by one evaluator and agreed by another."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, scoring, telling, titles
from app.assessment.errors import NotReady, NotWhatFollows, SecondPersonNeeded
from app.assessment.models import Assessment, AssessmentItem, AssessmentProposal
from app.assessment.scoring import Judged
from app.assessment.states import AssessmentMove, AssessmentState, ProposalMove
from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import day_of
from app.core.workdays import add_working_days
from trust.access import Member

M = AssessmentMove
CHOSEN = (M.REVOKE, M.WITHDRAW)
"""After a notice it is for people to choose; before, score and vetoes say it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be put right: what, by whom, until when."""

    what: str
    owner: str
    due_on: date


async def propose(
    tx: AsyncSession, assessment_id: UUID, decision: AssessmentMove, reason: str, items: list[Item], *, zone: str,
    by: Member,
) -> UUID:  # fmt: skip
    """Propose the decision that follows; another person decides. `reason` is published with it.

    items   what is to be put right, for RECTIFY alone
    raises  IllegalMove, ProposalWaits, NotWhatFollows, NotReady, Invalid
    """
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    row.check(decision)
    await queries.unproposed(tx, row)
    now, today = await scoring.judged(tx, row), day_of(clock.now(), zone)
    await _follows(tx, row, decision, now, today)
    if decision is M.RECTIFY:
        _sound(items, today, now.rules.rectify_days)
    proposal = AssessmentProposal(
        id=new_id(),
        assessment_id=row.id,
        decision=decision,
        score=now.score,
        vetoes=[{"kind": one.kind, "curable": one.curable} for one in now.vetoes],
        items=[_said(item) for item in items] if decision is M.RECTIFY else [],
        reason=reason,
        proposed_by=by.id,
        proposed_at=clock.now(),
    )
    tx.add(proposal)
    await tx.flush()
    said = {"decision": decision, "score": str(now.score), "vetoes": proposal.vetoes, "reason": reason}
    await evidence.record(tx, row.itself, "assessment.proposed", said, actor=by.id)
    await telling.tell(tx, row, "proposed", to=telling.EVALUATORS)
    return proposal.id


async def _follows(tx: AsyncSession, row: Assessment, decision: AssessmentMove, now: Judged, today: date) -> None:
    """Whether this is the decision's time, and the decision what was found asks for."""
    if now.sheet is None:
        raise NotReady(_("Score every chapter first."))
    decided = await queries.agreed(tx, [row.id])
    since = decided[row.id][-1].decided_at if decided else None
    if decision in CHOSEN:
        heard = any(said.at >= since for said in await queries.statements(tx, row)) if since else False
        over = row.statement_by is not None and today > row.statement_by
        if decision is M.REVOKE and not (heard or over):
            raise NotReady(_("The operator may still answer the notice: wait for its statement, or for the last day."))
        return
    if row.state == AssessmentState.RECHECK and since is not None and now.sheet.at < since:
        raise NotReady(_("Score every chapter again first."))
    if now.asked is not decision:
        raise NotWhatFollows(_("Score and vetoes ask for another decision."), field="decision", asked=str(now.asked))


def _sound(items: list[Item], today: date, days: int) -> None:
    if not items:
        raise Invalid(_("Say what is to be put right."), field="items")
    for number, item in enumerate(items):
        if not today < item.due_on <= today + timedelta(days=days):
            raise Invalid(
                _("The day must lie ahead, and within %(n)s days.") % {"n": days}, field=f"items.{number}.due_on"
            )


def _said(item: Item) -> dict[str, str]:
    return {"what": item.what, "owner": item.owner, "due_on": item.due_on.isoformat()}


async def agree(tx: AsyncSession, assessment_id: UUID, proposal_id: UUID, *, zone: str, by: Member) -> None:
    """Another person agrees, and it is decided. Raises SecondPersonNeeded, IllegalMove, NotReady."""
    row, proposal = await _second(tx, assessment_id, proposal_id, ProposalMove.AGREE, by)
    decision, now = AssessmentMove(proposal.decision), clock.now()
    today = day_of(now, zone)
    row.check(decision)
    if decision is M.RECTIFY:
        _begin_rectifying(tx, row, proposal, today)
    elif decision is M.NOTIFY:
        days = (await queries.rules_of(tx, row)).statement_days
        row.statement_by, row.told_at = add_working_days(today, days), None
    elif decision in (M.PASS, M.REVOKE):
        row.ended_at = now
    proposal.decided_by, proposal.decided_at = by.id, now
    proposal.move(ProposalMove.AGREE, by=by.id)
    row.move(decision, by=by.id)
    await evidence.record(tx, row.itself, "assessment.agreed", {"decision": decision}, actor=by.id)
    if decision is M.REVOKE:
        await titles.revoke(tx, row, by=by)
    until = {M.RECTIFY: row.rectify_by, M.NOTIFY: row.statement_by}.get(decision)
    await telling.tell(tx, row, str(decision), until=until.isoformat() if until else "")


def _begin_rectifying(tx: AsyncSession, row: Assessment, proposal: AssessmentProposal, today: date) -> None:
    items = [Item(said["what"], said["owner"], date.fromisoformat(said["due_on"])) for said in proposal.items]
    if any(item.due_on <= today for item in items):
        raise NotReady(_("A day to put something right is over: refuse this, and let it be proposed anew."))
    row.rectify_by = max(item.due_on for item in items)
    for item in items:
        tx.add(AssessmentItem(assessment_id=row.id, what=item.what, owner=item.owner, due_on=item.due_on))


async def decline(tx: AsyncSession, assessment_id: UUID, proposal_id: UUID, *, by: Member) -> None:
    """Another person does not agree: nothing is decided. Raises as `agree`."""
    row, proposal = await _second(tx, assessment_id, proposal_id, ProposalMove.DECLINE, by)
    proposal.decided_by, proposal.decided_at = by.id, clock.now()
    proposal.move(ProposalMove.DECLINE, by=by.id)
    await evidence.record(tx, row.itself, "assessment.declined", {"decision": proposal.decision}, actor=by.id)
    await telling.tell(tx, row, "declined", to=telling.EVALUATORS)


async def _second(
    tx: AsyncSession, assessment_id: UUID, proposal_id: UUID, move: ProposalMove, by: Member
) -> tuple[Assessment, AssessmentProposal]:
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    proposal = await queries.part(tx, AssessmentProposal, proposal_id, row)
    proposal.check(move)
    if proposal.proposed_by == by.id:
        raise SecondPersonNeeded(_("You proposed this yourself. Another person has to decide."))
    return row, proposal
