"""Scores by chapter, vetoes, and what follows from both."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, rules, telling
from app.assessment.errors import NotReady
from app.assessment.models import Assessment, AssessmentSheet, AssessmentVeto
from app.assessment.rules import Difference, Rules, Standing
from app.assessment.states import AssessmentMove, AssessmentState, Chapter, Veto
from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from trust.access import Member

JUDGED_IN = (AssessmentState.VERIFY, AssessmentState.SCORED, AssessmentState.RECHECK)


@dataclass(frozen=True, slots=True)
class Judged:
    """How an assessment stands. `score` and `asked` are None until it is scored.

    asked   the decision that score and vetoes ask for
    """

    rules: Rules
    sheet: AssessmentSheet | None
    score: Decimal | None
    differences: list[Difference]
    vetoes: list[Standing]
    asked: AssessmentMove | None


async def judged(tx: AsyncSession, row: Assessment) -> Judged:
    known = await queries.rules_of(tx, row)
    sheets, entered = await queries.sheets(tx, row), await queries.vetoes(tx, row)
    differing = await differences(tx, row, known)
    standing = rules.standing(
        differing,
        {kind: one.curable for kind, one in entered.items() if one.stands},
        {kind for kind, one in entered.items() if not one.stands},
    )
    if not sheets:
        return Judged(known, None, None, differing, standing, None)
    score = rules.total(queries.scores(sheets[0]), known.weights)
    asked = rules.verdict(score, standing, known)
    if row.state == AssessmentState.RECHECK:
        asked = rules.verdict_again(score, standing, known, put_right=await queries.put_right(tx, row))
    return Judged(known, sheets[0], score, differing, standing, asked)


async def differences(tx: AsyncSession, row: Assessment, known: Rules) -> list[Difference]:
    """Of the self-report against what was counted; none before it was handed in."""
    report = await queries.report(tx, row)
    if report is None:
        return []
    reported = {code: Decimal(value) for code, value in report.figures.items()}
    return rules.differences(reported, await queries.counted(tx, row), known.difference_percent)


async def score(
    tx: AsyncSession, assessment_id: UUID, scores: Mapping[Chapter, tuple[int, str]], *, by: Member
) -> None:
    """Score every chapter, 0 to 100, each with its reason; again until a decision is proposed, the newest counts.

    Raises IllegalMove, ProposalWaits; NotReady while an order of the sample was not looked at.
    """
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    row.check(AssessmentMove.SCORE)
    await queries.unproposed(tx, row)
    waiting = len(await queries.sample(tx, row)) - len(await queries.findings(tx, row))
    if waiting:
        raise NotReady(_("Orders of the sample still to be looked at: %(n)s.") % {"n": waiting})
    said = {chapter.value: {"score": points, "reason": reason} for chapter, (points, reason) in scores.items()}
    tx.add(AssessmentSheet(id=new_id(), assessment_id=row.id, scores=said, member_id=by.id, at=clock.now()))
    row.move(AssessmentMove.SCORE, by=by.id)
    told = {
        "scores": {chapter.value: points for chapter, (points, _reason) in scores.items()},
        "reason": {chapter.value: reason for chapter, (_points, reason) in scores.items()},
    }
    await evidence.record(tx, row.itself, "assessment.scored", told, actor=by.id)
    await telling.tell(tx, row, "scored")


async def veto(
    tx: AsyncSession, assessment_id: UUID, kind: Veto, reason: str, *, stands: bool, curable: bool, by: Member
) -> None:
    """Enter a veto, or set one aside; both with the reason. Forged data are found by counting and never curable.

    Raises NotReady, ProposalWaits, Invalid.
    """
    queries.lead(by)
    row = await queries.for_update(tx, assessment_id)
    if row.state not in JUDGED_IN:
        raise NotReady(_("Vetoes are entered while orders are checked, and until it is decided."))
    await queries.unproposed(tx, row)
    now = await judged(tx, row)
    if stands and kind is Veto.FORGED:
        raise Invalid(_("This veto is found by counting; it can only be set aside."), field="kind")
    if not stands and kind not in {one.kind for one in now.vetoes}:
        raise Invalid(_("This veto does not stand."), field="kind")
    tx.add(
        AssessmentVeto(
            id=new_id(),
            assessment_id=row.id,
            kind=kind,
            stands=stands,
            curable=stands and curable,
            reason=reason,
            member_id=by.id,
            at=clock.now(),
        )
    )
    happened = "assessment.veto" if stands else "assessment.veto_lifted"
    said = {"veto": kind, "curable": stands and curable, "reason": reason}
    await evidence.record(tx, row.itself, happened, said, actor=by.id)
