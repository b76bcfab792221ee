"""Addresses of the desk of risk: rules and how they do, changes of two people, what they would have done, and holds."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.risk import changing, holds, queries, settings
from trust.risk.changing import Change, Replay
from trust.risk.engine import BANDS, BANDS_LABEL, Setting
from trust.risk.errors import BadSetting
from trust.risk.queries import HitView, Precision, SettingView
from trust.risk.rules.catalogue import RULES
from trust.risk.schemas import (
    ChangeIn,
    ChangeOut,
    HitOut,
    HoldOut,
    ReleaseIn,
    ReplayOut,
    RiskOut,
    RuleOut,
    RulePageOut,
    TriedIn,
)
from trust.risk.words import ACTIONS, MODES, POINTS

router = HouseRouter(tags=["risk"])
WORDS: dict[str, Any] = {"action_words": ACTIONS, "mode_words": MODES, "points": POINTS}


@router.get("/risk", response_model=RiskOut)
async def show(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """All rules with how they did in 30 days, changes that wait for a second person, and what stands still."""
    require(member, Permission.ASSESS_RISK)
    current, did = await settings.current(tx), await queries.precision(tx)
    standing, waiting = await queries.holds(tx), await queries.waiting(tx)
    out = RiskOut(
        rules=[_rule(code, current[code], did.get(code, Precision())) for code in (*RULES, BANDS) if code in current],
        waiting=[ChangeOut.model_validate(change) for change in waiting],
        holds=[
            HoldOut(subject=str(hold.subject), **{n: getattr(hold, n) for n in HoldOut.model_fields if n != "subject"})
            for hold in standing
        ],
        decisions=await queries.decisions(tx),
    )
    return answer.show(
        "trust/risk.html",
        out,
        holds=standing,
        waiting=waiting,
        may_change=member.may(Permission.CHANGE_RISK),
        **WORDS,
    )


def _rule(code: str, setting: Setting, did: Precision) -> RuleOut:
    rule = RULES.get(code)
    return RuleOut(
        code=code,
        label=rule.label if rule else BANDS_LABEL,
        group=rule.group if rule else "",
        points=sorted(rule.points) if rule else [],
        hard=rule.hard if rule else True,
        weight=rule.weight if rule else 0,
        version=rule.version if rule else 1,
        mode=setting.mode,
        parameters=dict(setting.parameters),
        trial=dict(setting.trial) if setting.trial is not None else None,
        live=did.live,
        silent=did.silent,
        harm=did.harm,
        harmless=did.harmless,
        percent=did.percent,
    )


@router.get("/risk/rules/{rule}", response_model=RulePageOut)
async def rule_page(
    answer: Answer, tx: Tx, member: CurrentMember, rule: str, tried: Annotated[TriedIn, Query()]
) -> Response:
    """One rule: what is in force, what was before, its latest hits, and what other parameters would have done."""
    require(member, Permission.ASSESS_RISK)
    setting = await changing.setting_of(tx, rule)
    hits, history = await queries.hits_of_rule(tx, rule), await queries.settings_of(tx, rule)
    found, trouble = await _tried(tx, rule, tried.set, setting)
    did = (await queries.precision(tx)).get(rule, Precision())
    out = RulePageOut(
        rule=_rule(rule, setting, did),
        settings=[ChangeOut.model_validate(view) for view in history],
        hits=[_hit(hit) for hit in hits],
        replay=ReplayOut.model_validate(found) if found else None,
    )
    return answer.show(
        "trust/risk_rule.html", out, **_page(history, hits, found, trouble, tried.set, member.id), **WORDS
    )


def _page(
    history: list[SettingView], hits: list[HitView], found: Replay | None, trouble: str, tried: str, me: UUID
) -> dict[str, Any]:
    waiting = next((view for view in history if not view.verdict), None)
    return {
        "history": history,
        "hits": hits,
        "replay": found,
        "trouble": trouble,
        "tried": tried,
        "waiting": waiting,
        "mine": waiting is not None and waiting.set_by == me,
    }


async def _tried(tx: AsyncSession, rule: str, said: str, setting: Setting) -> tuple[Replay | None, str]:
    """What these parameters would have done, or what is wrong with them."""
    if not said.strip() or rule == BANDS:
        return None, ""
    try:
        return await changing.replay(tx, rule, changing.assigned(said, setting.parameters)), ""
    except BadSetting as error:
        return None, error.message


def _hit(hit: HitView) -> HitOut:
    plain = {name: getattr(hit, name) for name in HitOut.model_fields if name != "subject"}
    return HitOut(**plain, subject=str(hit.subject))


@router.post("/risk/rules/{rule}/changes", response_model=ChangeOut)
async def propose(
    answer: Answer, tx: Tx, member: CurrentMember, rule: str, data: Annotated[ChangeIn, Submitted(ChangeIn)]
) -> Response:
    """Ask for other parameters; another person agrees."""
    require(member, Permission.CHANGE_RISK)
    now = await changing.setting_of(tx, rule)
    read = changing.read_parameters(data.parameters, now.parameters)
    parameters, trial = (dict(now.parameters), read) if data.beside else (read, None)
    await changing.propose(tx, rule, Change(data.mode, parameters, trial, data.reason), by=member)
    made = (await queries.settings_of(tx, rule))[0]
    text = _("Asked for. It is in force once another person has agreed.")
    return answer.done(f"/risk/rules/{rule}", ChangeOut.model_validate(made), created=True, flash=text)


@router.post("/risk/changes/{change_id}/approval")
async def approve(answer: Answer, tx: Tx, member: CurrentMember, change_id: UUID) -> Response:
    """Agree with a change."""
    rule = await changing.approve(tx, change_id, by=member)
    return answer.done(f"/risk/rules/{rule}", {"rule": rule}, flash=_("Agreed. The change is in force."))


@router.post("/risk/changes/{change_id}/refusal")
async def refuse(answer: Answer, tx: Tx, member: CurrentMember, change_id: UUID) -> Response:
    """Disagree with a change, or take one's own back."""
    rule = await changing.refuse(tx, change_id, by=member)
    return answer.done(f"/risk/rules/{rule}", {"rule": rule}, flash=_("The change does not come to be."))


@router.post("/risk/holds/{held_id}/release")
async def release(
    answer: Answer, tx: Tx, member: CurrentMember, held_id: UUID, data: Annotated[ReleaseIn, Submitted(ReleaseIn)]
) -> Response:
    """Ask with a reason that something held goes on before its time, or agree with who asked."""
    gone = await holds.ask_release(tx, held_id, data.reason, by=member)
    text = _("Let go. It goes on by itself.") if gone else _("Asked for. Another person has to agree.")
    return answer.done("/risk", {"released": gone}, flash=text)
