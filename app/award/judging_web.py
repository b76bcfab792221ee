"""The committee, the result by two people, and objections as evaluators decide them."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.assessment.queries import lead
from app.assessment.schemas import ScoresIn
from app.award import deciding, objecting, presenting, queries, reviewing, schemas
from app.award.errors import ApplicationNotFound
from app.award.schemas import ObjectorOut, SheetOut
from app.award.web import WORDS, back, zone_of
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.access import CurrentMember

router = HouseRouter(tags=["title applications"])


@router.post("/title-applications/{title_application_id}/reviewers")
async def name(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    data: Annotated[schemas.NamingIn, Submitted(schemas.NamingIn)],
) -> Response:
    """Name reviewers, or others in the place of those who are gone."""
    await reviewing.name(tx, title_application_id, data.members, by=member)
    return back(answer, title_application_id, _("Named. They are told, and state first whether anything ties them."))


@router.post("/title-applications/{title_application_id}/reviewers/{award_reviewer_id}/release")
async def release(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    award_reviewer_id: UUID,
    data: Annotated[schemas.ReasonIn, Submitted(schemas.ReasonIn)],
) -> Response:
    """Let a reviewer go who has not scored."""
    await reviewing.release(tx, title_application_id, award_reviewer_id, data.reason, by=member)
    return back(answer, title_application_id, _("Released. Name somebody else."))


@router.post("/title-applications/{title_application_id}/statement")
async def declare(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    data: Annotated[schemas.StatementIn, Submitted(schemas.StatementIn)],
) -> Response:
    """State whether anything ties oneself to the applicant."""
    conflict = data.conflict == "conflict"
    await reviewing.declare(tx, title_application_id, conflict=conflict, statement=data.statement, by=member)
    text = _("Written down. Somebody else is named.") if conflict else _("Written down. Your sheet is open.")
    return back(answer, title_application_id, text)


@router.get("/title-applications/{title_application_id}/sheet", response_model=SheetOut)
async def sheet(answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID) -> Response:
    """A reviewer's own score sheet."""
    lead(member)
    row = await queries.one(tx, title_application_id)
    seat = (await presenting.seen(tx, row, member)).own
    if seat is None:
        raise ApplicationNotFound(_("You are not of this committee."))
    out = await presenting.sheet(tx, row, seat)
    submission = await queries.submission(tx, row)
    known = await queries.rules_of(tx, row)
    return answer.show("award/sheet.html", out, rules=known, parts=presenting.submitted(known, submission), **WORDS)


@router.post("/title-applications/{title_application_id}/sheet")
async def score(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    data: Annotated[ScoresIn, Submitted(ScoresIn)],
) -> Response:
    """Hand in one's own score sheet, once and for good."""
    await reviewing.score(tx, title_application_id, data.scores, by=member)
    return back(answer, title_application_id, _("Handed in. Nobody sees it before all sheets are in."))


@router.post("/title-applications/{title_application_id}/proposals")
async def propose(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    data: Annotated[schemas.ProposalIn, Submitted(schemas.ProposalIn)],
) -> Response:
    """Propose the result that the score asks for."""
    await deciding.propose(tx, title_application_id, data.result, data.reason, by=member)
    return back(answer, title_application_id, _("Proposed. Another person decides."))


@router.post("/title-applications/{title_application_id}/proposals/{award_proposal_id}/agreement")
async def agree(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID, award_proposal_id: UUID
) -> Response:
    """Agree: the result is published for objections."""
    await deciding.agree(tx, title_application_id, award_proposal_id, zone=zone_of(request), by=member)
    return back(answer, title_application_id, _("Published. Anybody may object until the last day."))


@router.post("/title-applications/{title_application_id}/proposals/{award_proposal_id}/refusal")
async def decline(
    answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID, award_proposal_id: UUID
) -> Response:
    """Do not agree: nothing is decided."""
    await deciding.decline(tx, title_application_id, award_proposal_id, by=member)
    return back(answer, title_application_id, _("Refused. Nothing is decided."))


@router.post("/title-applications/{title_application_id}/objections/{award_objection_id}/decision")
async def decide(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    award_objection_id: UUID,
    data: Annotated[schemas.ObjectionDecisionIn, Submitted(schemas.ObjectionDecisionIn)],
) -> Response:
    """Decide an objection; the reason is published."""
    vault = request.app.state.vault
    said = (data.upheld, data.reason)
    await objecting.decide(tx, vault, title_application_id, award_objection_id, *said, by=member)
    return back(answer, title_application_id, _("Decided. The objector is told."))


@router.post(
    "/title-applications/{title_application_id}/objections/{award_objection_id}/objector", response_model=ObjectorOut
)
@not_replayed
async def objector(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    title_application_id: UUID,
    award_objection_id: UUID,
) -> Response:
    """Show once who objected. A POST, because looking is written down."""
    vault = request.app.state.vault
    found = await objecting.look(tx, vault, title_application_id, award_objection_id, by=member)
    out = ObjectorOut(name=found.name, email=found.email)
    text = _("Objector: %(name)s, %(email)s") % {"name": found.name, "email": found.email}
    return answer.done(f"/title-applications/{title_application_id}", out, flash=text)
