"""Deciding by two people, putting things right in time, and answering a notice."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.assessment import deciding, queries, rectifying, schemas
from app.core import clock
from app.core.i18n import _
from app.core.periods import day_of
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember

router = HouseRouter(tags=["assessment"])
Said = Annotated[schemas.SaidIn, Submitted(schemas.SaidIn)]


def _zone(request: Request) -> str:
    return str(request.app.state.settings.reporting_zone)


def _back(answer: Answer, assessment_id: UUID, text: str) -> Response:
    return answer.done(f"/assessments/{assessment_id}", flash=text)


@router.post("/assessments/{assessment_id}/proposals")
async def propose(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    data: Annotated[schemas.ProposalIn, Submitted(schemas.ProposalIn)],
) -> Response:
    """Propose the decision that score and vetoes ask for."""
    queries.lead(member)
    zone = _zone(request)
    known = await queries.rules_of(tx, await queries.one(tx, assessment_id))
    latest = day_of(clock.now(), zone) + timedelta(days=known.rectify_days)
    items = [one.item(latest) for one in data.items]
    await deciding.propose(tx, assessment_id, data.move, data.reason, items, zone=zone, by=member)
    return _back(answer, assessment_id, _("Proposed. Another person decides."))


@router.post("/assessments/{assessment_id}/proposals/{assessment_proposal_id}/agreement")
async def agree(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID, assessment_proposal_id: UUID
) -> Response:
    """Agree: it is decided and published."""
    await deciding.agree(tx, assessment_id, assessment_proposal_id, zone=_zone(request), by=member)
    return _back(answer, assessment_id, _("Decided and published. The operator is told."))


@router.post("/assessments/{assessment_id}/proposals/{assessment_proposal_id}/refusal")
async def decline(
    answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID, assessment_proposal_id: UUID
) -> Response:
    """Do not agree: nothing is decided."""
    await deciding.decline(tx, assessment_id, assessment_proposal_id, by=member)
    return _back(answer, assessment_id, _("Refused. Nothing is decided."))


@router.post("/assessments/{assessment_id}/items/{assessment_item_id}/progress")
async def progress(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    assessment_item_id: UUID,
    data: Annotated[schemas.ProgressIn, Submitted(schemas.ProgressIn)],
) -> Response:
    """How far it is, or that it is put right."""
    await rectifying.note(tx, assessment_id, assessment_item_id, data.text, done=data.done, by=member)
    return _back(answer, assessment_id, _("Written down."))


@router.post("/assessments/{assessment_id}/items/{assessment_item_id}/acceptance")
async def accept(
    answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID, assessment_item_id: UUID, data: Said
) -> Response:
    """It is put right."""
    await rectifying.accept(tx, assessment_id, assessment_item_id, data.text, by=member)
    return _back(answer, assessment_id, _("Accepted."))


@router.post("/assessments/{assessment_id}/items/{assessment_item_id}/refusal")
async def refuse(
    answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID, assessment_item_id: UUID, data: Said
) -> Response:
    """It is not put right yet."""
    await rectifying.refuse(tx, assessment_id, assessment_item_id, data.text, by=member)
    return _back(answer, assessment_id, _("Refused. It is open again."))


@router.post("/assessments/{assessment_id}/recheck")
async def hand_in(answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID) -> Response:
    """Everything is said to be put right: let it be checked again."""
    await rectifying.hand_in(tx, assessment_id, by=member)
    return _back(answer, assessment_id, _("Handed in to be checked again."))


@router.post("/assessments/{assessment_id}/statements")
async def state(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    data: Annotated[schemas.StatementIn, Submitted(schemas.StatementIn)],
) -> Response:
    """Answer the notice of revocation."""
    await rectifying.state(tx, assessment_id, data.text, zone=_zone(request), by=member)
    return _back(answer, assessment_id, _("Your statement is on record."))
