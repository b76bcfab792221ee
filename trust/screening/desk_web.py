"""Addresses of what is decided at the screening desk: matches, what lists mean, and comparing everybody again."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.money import CURRENCIES
from app.core.states import history
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.identity import queries as identity
from trust.identity.words import countries, country_name
from trust.screening import deciding, desk, queries, rules, service
from trust.screening.entries import KINDS, STRENGTHS
from trust.screening.features import FEATURES
from trust.screening.rules import Bounds, Rule, Scope
from trust.screening.schemas import (
    BecauseIn,
    MatchesOut,
    MatchOut,
    PolicyIn,
    ProposalIn,
    RuleOut,
    RulesOut,
    ThresholdsIn,
)
from trust.screening.states import ACTIONS, ROLES, STATES, MatchState

router = HouseRouter(tags=["screening"])
MATCH = "/screening/matches/{match_id}"


class MatchesQuery(PageQuery):
    """Which matches: those that wait for a person, or those in one state."""

    state: Literal["waiting", "noted", "open", "proposed", "cleared", "confirmed", "lapsed"] = "waiting"


@router.get("/screening/matches", response_model=MatchesOut)
async def show_matches(
    answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[MatchesQuery, Query()]
) -> Response:
    """Who is like an entry of a list, the likest first."""
    require(member, Permission.SCREEN)
    states = desk.WAITING if asked.state == "waiting" else (MatchState(asked.state),)
    found, total = await desk.matches(tx, states, offset=asked.offset, limit=asked.per_page)
    out = MatchesOut(matches=[view.out for view in found], total=total)
    return answer.show(
        "trust/screening_matches.html",
        out,
        found=found,
        states=STATES,
        actions=ACTIONS,
        roles=ROLES,
        state=asked.state,
        page=asked,
    )


@router.get(MATCH, response_model=MatchOut)
async def show_match(answer: Answer, tx: Tx, member: CurrentMember, match_id: UUID) -> Response:
    """Both records side by side, what the score is made of, and what was decided."""
    require(member, Permission.SCREEN)
    view = await desk.match(tx, match_id)
    return answer.show(
        "trust/screening_match.html",
        view.out,
        view=view,
        company=await identity.organisation(tx, view.out.organisation_id) if view.out.organisation_id else None,
        past=await history(tx, Subject("screening_match", match_id)),
        features=FEATURES,
        states=STATES,
        actions=ACTIONS,
        roles=ROLES,
        kinds=KINDS,
        strengths=STRENGTHS,
    )


@router.post(MATCH + "/proposal", response_model=MatchOut)
async def propose(
    answer: Answer, tx: Tx, member: CurrentMember, match_id: UUID, data: Annotated[ProposalIn, Submitted(ProposalIn)]
) -> Response:
    """Say whether it is the listed one; another person has to agree."""
    await deciding.propose(tx, match_id, data.proposal, reason=data.reason, by=member)
    return await _done(answer, tx, match_id, _("Proposed. A second person has to agree."))


@router.post(MATCH + "/agreement", response_model=MatchOut)
async def agree(answer: Answer, tx: Tx, member: CurrentMember, match_id: UUID) -> Response:
    """Agree with what another person proposed."""
    await deciding.agree(tx, match_id, by=member)
    return await _done(answer, tx, match_id, _("Decided."))


@router.post(MATCH + "/return", response_model=MatchOut)
async def send_back(
    answer: Answer, tx: Tx, member: CurrentMember, match_id: UUID, data: Annotated[BecauseIn, Submitted(BecauseIn)]
) -> Response:
    """Do not agree; the match is open again."""
    await deciding.send_back(tx, match_id, reason=data.reason, by=member)
    return await _done(answer, tx, match_id, _("Sent back."))


@router.post(MATCH + "/reopening", response_model=MatchOut)
async def reopen(
    answer: Answer, tx: Tx, member: CurrentMember, match_id: UUID, data: Annotated[BecauseIn, Submitted(BecauseIn)]
) -> Response:
    """What was confirmed is to be decided again."""
    await deciding.reopen(tx, match_id, reason=data.reason, by=member)
    return await _done(answer, tx, match_id, _("Reopened."))


async def _done(answer: Answer, tx: AsyncSession, match_id: UUID, text: str) -> Response:
    await tx.flush()
    return answer.done(f"/screening/matches/{match_id}", (await desk.match(tx, match_id)).out, flash=text)


@router.post("/screening/runs")
async def compare_everybody(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Compare all companies with all lists again, as after a change of the thresholds."""
    await service.compare_again(tx, by=member)
    return answer.done("/screening", flash=_("Everybody is being compared again. This takes minutes."))


@router.get("/screening/rules", response_model=RulesOut)
async def show_rules(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """What matches with each list mean, from which score on, since when, and who said so."""
    require(member, Permission.SET_POLICY)
    found, now = await rules.all_rules(tx), await rules.bounds(tx)
    lists = {view.list_key: view.name for view in await queries.newest(tx)}
    out = RulesOut(rules=[_out(rule) for rule in found], log=now.log, review=now.review, block=now.block)
    return answer.show(
        "trust/screening_rules.html",
        out,
        found=found,
        lists=lists,
        actions=ACTIONS,
        unsaid=rules.UNSAID,
        countries=countries(),
        country_name=country_name,
        currencies=[(code, code) for code in sorted(CURRENCIES)],
        action_options=[(action, _(label)) for action, label in ACTIONS.items()],
    )


def _out(rule: Rule) -> RuleOut:
    scope, bounds = rule.scope, rule.bounds
    return RuleOut(
        id=rule.id,
        list_key=scope.list_key if scope else None,
        entity=scope.entity if scope else None,
        jurisdiction=scope.jurisdiction if scope else None,
        currency=scope.currency if scope else None,
        action=rule.action,
        log=bounds.log if bounds else None,
        review=bounds.review if bounds else None,
        block=bounds.block if bounds else None,
        effective_from=rule.effective_from,
        reason=rule.reason,
        set_by=rule.set_by_name,
        agreed=rule.agreed,
    )


@router.post("/screening/rules/policies")
async def propose_policy(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[PolicyIn, Submitted(PolicyIn)]
) -> Response:
    """Propose what matches with a list mean."""
    scope = Scope(data.list_key, data.entity, data.jurisdiction, data.currency)
    made = await rules.propose_policy(
        tx, scope, data.action, effective_from=data.effective_from, reason=data.reason, by=member
    )
    flash = _("Proposed. A second person has to agree.")
    return answer.done("/screening/rules", {"id": made}, created=True, flash=flash)


@router.post("/screening/rules/thresholds")
async def propose_thresholds(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[ThresholdsIn, Submitted(ThresholdsIn)]
) -> Response:
    """Propose other thresholds."""
    wanted = Bounds(data.log, data.review, data.block)
    made = await rules.propose_bounds(tx, wanted, effective_from=data.effective_from, reason=data.reason, by=member)
    flash = _("Proposed. A second person has to agree.")
    return answer.done("/screening/rules", {"id": made}, created=True, flash=flash)


@router.post("/screening/rules/{rule_id}/agreement")
async def agree_rule(answer: Answer, tx: Tx, member: CurrentMember, rule_id: UUID) -> Response:
    """Agree with a rule that another person proposed; it is in force from its day on."""
    await rules.decide(tx, rule_id, agreed=True, by=member)
    return answer.done("/screening/rules", flash=_("Agreed. It is in force from its day on."))


@router.post("/screening/rules/{rule_id}/rejection")
async def reject_rule(answer: Answer, tx: Tx, member: CurrentMember, rule_id: UUID) -> Response:
    """Do not agree; nothing changes."""
    await rules.decide(tx, rule_id, agreed=False, by=member)
    return answer.done("/screening/rules", flash=_("Not agreed. Nothing changes."))
