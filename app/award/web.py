"""Applications for the title: their list, one application, and the rules they go by."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.assessment import states as assessment
from app.assessment.presenting import names
from app.assessment.queries import lead
from app.award import applying, objecting, presenting, queries, reviewing, ruling, schemas, states
from app.award.schemas import ApplicationOut, LineOut, RulesOut
from app.core import clock, evidence
from app.core.i18n import _
from app.core.periods import day_of
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["title applications"])
WORDS: dict[str, Any] = {
    "states": states.STATES,
    "tones": states.TONES,
    "reviewer_states": states.REVIEWER_STATES,
    "reviewer_tones": states.REVIEWER_TONES,
    "objection_states": states.OBJECTION_STATES,
    "objection_tones": states.OBJECTION_TONES,
    "results": states.RESULT_WORDS,
    "outcomes": states.OUTCOME_WORDS,
    "upheld_words": states.UPHELD_WORDS,
    "needs": states.NEEDS,
    "happened": states.HAPPENED,
    "chapters": assessment.CHAPTERS,
    "meanings": assessment.MEANINGS,
}


def zone_of(request: Request) -> str:
    return str(request.app.state.settings.reporting_zone)


def back(answer: Answer, application_id: UUID, text: str) -> Response:
    return answer.done(f"/title-applications/{application_id}", flash=text)


@router.get("/title-applications", response_model=list[LineOut])
async def room(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Applications, the newest first."""
    require(member, Permission.READ_INDICATORS)
    found, total = await queries.page(tx, offset=page.offset, limit=page.per_page)
    return answer.show(
        "award/room.html",
        [LineOut.of(row) for row in found],
        total=total,
        page=page,
        may_begin=member.may(Permission.ANSWER_ASSESSMENT) and await queries.standing(tx) is None,
        **WORDS,
    )


@router.post("/title-applications", response_model=LineOut)
async def begin(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[schemas.BeginIn, Submitted(schemas.BeginIn)],
) -> Response:
    """Begin an application."""
    applying.answers(member)
    row = await applying.begin(tx, data.last, zone=zone_of(request), by=member)
    text = _("Begun. Write its dossier part by part; nobody sees it before you hand it in.")
    return answer.done(f"/title-applications/{row.id}/dossier", LineOut.of(row), created=True, flash=text)


@router.get("/title-applications/rules", response_model=list[RulesOut])
async def rule_book(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Parts, weights, bounds and times by the day from which they hold, the newest first."""
    require(member, Permission.READ_INDICATORS)
    found, today = await queries.rules_rows(tx), day_of(clock.now(), zone_of(request))
    return answer.show(
        "award/rules.html",
        [RulesOut(since=row.effective_from, said=row.said, source=row.source) for row in found],
        rows=found,
        in_force=await queries.rules_on(tx, today),
        tomorrow=today + timedelta(days=1),
        leads=presenting.judges(member),
        **WORDS,
    )


@router.post("/title-applications/rules")
async def set_rules(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[schemas.RulesIn, Submitted(schemas.RulesIn)],
) -> Response:
    """Rules from a day to come on; what is begun keeps its own."""
    lead(member)
    zone = zone_of(request)
    await ruling.set_rules(tx, data.rules, since=data.since, source=data.source, zone=zone, by=member)
    text = _("Set. What is begun already keeps its rules.")
    return answer.done("/title-applications/rules", created=True, flash=text)


@router.get("/title-applications/{title_application_id}", response_model=ApplicationOut)
async def one(answer: Answer, tx: Tx, member: CurrentMember, title_application_id: UUID) -> Response:
    """One application, as far as the reader may see it."""
    require(member, Permission.READ_INDICATORS)
    row = await queries.one(tx, title_application_id)
    known, now = await queries.rules_of(tx, row), await presenting.seen(tx, row, member)
    out = await presenting.whole(tx, row, known, now, by=member)
    leads = presenting.judges(member)
    named = {one.member_id for one in now.reviewers if reviewing.barred(one, row)} | {member.id}
    return answer.show(
        "award/application.html",
        out,
        rules=known,
        leads=leads,
        answers=member.may(Permission.ANSWER_ASSESSMENT),
        may_withdraw=row.can(states.ApplicationMove.WITHDRAW),
        own=now.own,
        able=[one for one in await reviewing.able(tx) if one.id not in named] if leads else [],
        may_follow=objecting.MAY_FOLLOW.get(row.state, ()),
        reviewed=any(one.member_id == member.id for one in now.reviewers),
        timeline=await evidence.chain(tx, row.itself),
        names=await names(tx),
        **WORDS,
    )
