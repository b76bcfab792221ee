"""The room in which the platform is assessed: evaluators lead, whoever answers for the operator answers."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.assessment import (
    presenting,
    queries,
    rules,
    scheduling,
    schemas,
    scoring,
    states,
    titles,
    verifying,
)
from app.assessment.models import Assessment
from app.assessment.schemas import AssessmentOut, LineOut, RulesOut, WhatIf, WhatIfOut
from app.assessment.states import AssessmentState, Chapter
from app.core import clock, evidence
from app.core.i18n import _
from app.core.periods import day_of
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from app.indicators import definitions, words
from trust.access import CurrentMember, Member, Permission, require

router = HouseRouter(tags=["assessment"])
WORDS: dict[str, Any] = {
    "states": states.STATES,
    "tones": states.TONES,
    "decisions": states.DECISIONS,
    "item_states": states.ITEM_STATES,
    "item_tones": states.ITEM_TONES,
    "title_states": states.TITLE_STATES,
    "title_tones": states.TITLE_TONES,
    "findings": states.FINDINGS,
    "finding_tones": states.FINDING_TONES,
    "chapters": states.CHAPTERS,
    "meanings": states.MEANINGS,
    "vetoes": states.VETOES,
    "happened": states.HAPPENED,
    "closings": words.CLOSINGS,
    "revision_name": words.revision_name,
}
UNTRIED = dict.fromkeys(Chapter, 0)


def _zone(request: Request) -> str:
    return str(request.app.state.settings.reporting_zone)


def _leads(member: Member) -> bool:
    return member.may(Permission.LEAD_ASSESSMENT) and not member.may(Permission.ANSWER_ASSESSMENT)


@router.get("/assessments", response_model=list[LineOut])
async def room(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Assessments the newest first, and the title."""
    require(member, Permission.READ_INDICATORS)
    found, total = await queries.page(tx, offset=page.offset, limit=page.per_page)
    return answer.show(
        "assessment/room.html",
        [presenting.line(row) for row in found],
        total=total,
        page=page,
        titles=await queries.titles(tx),
        leads=_leads(member),
        **WORDS,
    )


@router.post("/assessments")
async def schedule(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[schemas.ScheduleIn, Submitted(schemas.ScheduleIn)],
) -> Response:
    """Assess twelve months that are over."""
    queries.lead(member)
    row = await scheduling.schedule(tx, data.last, data.seed_source, zone=_zone(request), by=member)
    text = _("Scheduled. The operator is told.")
    return answer.done(f"/assessments/{row.id}", presenting.line(row), created=True, flash=text)


@router.get("/assessments/rules", response_model=list[RulesOut])
async def rule_book(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Weights, bounds and times by the day from which they hold, the newest first."""
    require(member, Permission.READ_INDICATORS)
    found = await queries.rules_rows(tx)
    out = [RulesOut(since=row.effective_from, said=row.said, source=row.source) for row in found]
    today = day_of(clock.now(), _zone(request))
    in_force = await queries.rules_on(tx, today)
    return answer.show(
        "assessment/rules.html",
        out,
        rows=found,
        in_force=in_force,
        tomorrow=today + timedelta(days=1),
        leads=_leads(member),
        **WORDS,
    )


@router.post("/assessments/rules")
async def set_rules(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[schemas.RulesIn, Submitted(schemas.RulesIn)],
) -> Response:
    """Rules from a day to come on; what is scheduled keeps its own."""
    await scheduling.set_rules(tx, data.rules, since=data.since, source=data.source, zone=_zone(request), by=member)
    return answer.done("/assessments/rules", created=True, flash=_("Set. What is scheduled already keeps its rules."))


@router.post("/assessments/titles")
async def enter_title(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[schemas.TitleIn, Submitted(schemas.TitleIn)],
) -> Response:
    """Enter a title as its certificate says it."""
    made = await titles.enter(tx, data.awarded, zone=_zone(request), by=member)
    return answer.done("/assessments", {"id": made}, created=True, flash=_("Entered. Another person confirms it."))


@router.post("/assessments/titles/{assessment_title_id}/agreement")
async def confirm_title(answer: Answer, tx: Tx, member: CurrentMember, assessment_title_id: UUID) -> Response:
    """Confirm it: the title is held and shown."""
    await titles.confirm(tx, assessment_title_id, by=member)
    return answer.done("/assessments", flash=_("Confirmed. The title is shown to everybody."))


@router.post("/assessments/titles/{assessment_title_id}/refusal")
async def decline_title(answer: Answer, tx: Tx, member: CurrentMember, assessment_title_id: UUID) -> Response:
    """The certificate does not say so."""
    await titles.decline(tx, assessment_title_id, by=member)
    return answer.done("/assessments", flash=_("Not confirmed."))


@router.get("/assessments/{assessment_id}", response_model=AssessmentOut)
async def one(request: Request, answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID) -> Response:
    """One assessment: what was locked, reported, drawn, found, scored and decided."""
    require(member, Permission.READ_INDICATORS)
    row = await queries.one(tx, assessment_id)
    now = await scoring.judged(tx, row)
    out = await presenting.whole(tx, row, now, by=member)
    return answer.show(
        "assessment/assessment.html",
        out,
        row=row,
        rules=now.rules,
        latest=day_of(clock.now(), _zone(request)) + timedelta(days=now.rules.rectify_days),
        may_decide=[move for move in states.DECIDED_BY_TWO if row.can(move)],
        reported=await _to_report(tx, row, member),
        timeline=await evidence.chain(tx, row.itself),
        names=await presenting.names(tx),
        leads=_leads(member),
        answers=member.may(Permission.ANSWER_ASSESSMENT),
        **WORDS,
    )


async def _to_report(tx: AsyncSession, row: Assessment, by: Member) -> list[tuple[str, str, str]]:
    """(field, name, unit) of each figure that the operator reports, while it does."""
    if row.state != AssessmentState.DATA_LOCK or not by.may(Permission.ANSWER_ASSESSMENT):
        return []
    known = definitions.on(row.last)
    return [
        (verifying.field_of(code), f"{code} {_(known[code].name)}", words.unit_of(known[code], ("", "")))
        for code in await queries.counted(tx, row)
    ]


@router.get("/assessments/{assessment_id}/what-if", response_model=WhatIfOut)
async def what_if(
    answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID, tried: Annotated[WhatIf, Query()]
) -> Response:
    """What other scores or weights would come to. Nothing is kept."""
    require(member, Permission.READ_INDICATORS)
    row = await queries.one(tx, assessment_id)
    now = await scoring.judged(tx, row)
    scores = tried.scores(queries.scores(now.sheet) if now.sheet else UNTRIED)
    weights = tried.weights(dict(now.rules.weights))
    sound = sum(weights.values()) == rules.FULL
    score = rules.total(scores, weights) if sound else None
    decision = rules.verdict(score, now.vetoes, now.rules) if score is not None else None
    out = WhatIfOut(scores=scores, weights=weights, score=score, decision=decision)
    return answer.show("assessment/what_if.html", out, row=row, judged=now, **WORDS)


@router.post("/assessments/{assessment_id}/lock")
async def lock(request: Request, answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID) -> Response:
    """Name the counted figures that hold from here on."""
    await scheduling.lock(tx, request.app.state.files, assessment_id, by=member)
    return _back(answer, assessment_id, _("Locked. The operator reports next."))


@router.post("/assessments/{assessment_id}/seed")
async def publish_seed(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    data: Annotated[schemas.SeedIn, Submitted(schemas.SeedIn)],
) -> Response:
    """Publish the seed from which orders are drawn."""
    await scheduling.publish_seed(tx, assessment_id, data.seed, by=member)
    return _back(answer, assessment_id, _("Published. It cannot be changed any more."))


@router.post("/assessments/{assessment_id}/report")
async def report(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    data: Annotated[schemas.ReportIn, Submitted(schemas.ReportIn)],
) -> Response:
    """The operator's own figures and words, once and for good."""
    known = {verifying.field_of(code): code for code in definitions.latest(definitions.DEFINITIONS)}
    figures = {known.get(name, name): value for name, value in data.figures.items()}
    await verifying.report(tx, assessment_id, figures, data.text, by=member)
    return _back(answer, assessment_id, _("Handed in."))


@router.post("/assessments/{assessment_id}/sample")
async def draw(request: Request, answer: Answer, tx: Tx, member: CurrentMember, assessment_id: UUID) -> Response:
    """Draw the orders that are looked at."""
    settings = request.app.state.settings
    secret = settings.secret_key.get_secret_value()
    files, zone = request.app.state.files, _zone(request)
    await verifying.draw_sample(tx, files, assessment_id, secret=secret, zone=zone, by=member)
    return _back(answer, assessment_id, _("Drawn. Everybody can draw the same from the list and the seed."))


@router.post("/assessments/{assessment_id}/findings")
async def find(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    data: Annotated[schemas.FindingIn, Submitted(schemas.FindingIn)],
) -> Response:
    """What came of looking at one order."""
    await verifying.find(tx, assessment_id, data.place, data.finding, data.note, by=member)
    return _back(answer, assessment_id, _("Written down."))


@router.post("/assessments/{assessment_id}/scores")
async def score(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    data: Annotated[schemas.ScoresIn, Submitted(schemas.ScoresIn)],
) -> Response:
    """Score every chapter."""
    await scoring.score(tx, assessment_id, data.scores, by=member)
    return _back(answer, assessment_id, _("Scored."))


@router.post("/assessments/{assessment_id}/vetoes")
async def veto(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    assessment_id: UUID,
    data: Annotated[schemas.VetoIn, Submitted(schemas.VetoIn)],
) -> Response:
    """Enter a veto, or set one aside."""
    said = {"stands": data.stands, "curable": data.curable}
    await scoring.veto(tx, assessment_id, data.kind, data.reason, **said, by=member)
    return _back(answer, assessment_id, _("Written down."))


def _back(answer: Answer, assessment_id: UUID, text: str) -> Response:
    return answer.done(f"/assessments/{assessment_id}", flash=text)
