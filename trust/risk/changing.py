"""Changing rules: one person sets parameters, another agrees; what they would have done can be seen before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.risk import queries, settings
from trust.risk.engine import BANDS, Action, Mode, Parameters, Setting
from trust.risk.errors import BadSetting, ChangeNotFound, RuleNotFound, SamePerson
from trust.risk.models import RiskSetting
from trust.risk.rules.catalogue import RULES

PAST = timedelta(days=90)
MOST = 50_000
"""So many stored inputs are judged again at most, the latest."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What other parameters would have made of the past: over `inputs` stored ones, how many hits there were and would
    be, how often the action would differ, and of the hits known to have met harm or none how many would be left."""

    inputs: int
    hits: int
    would_hit: int
    differ: int
    harm: int
    harm_found: int
    harmless: int
    harmless_found: int
    actions: dict[Action, int]


async def setting_of(tx: AsyncSession, rule: str) -> Setting:
    """Raises RuleNotFound."""
    found = (await settings.current(tx)).get(rule)
    if found is None or (rule not in RULES and rule != BANDS):
        raise RuleNotFound(_("There is no such rule."))
    return found


def read_parameters(said: Mapping[str, str], known: Parameters, *, prefix: str = "parameters.") -> dict[str, Any]:
    """Parameters as people typed them, each of the kind it had; what was not typed stays. Raises BadSetting."""
    read = dict(known)
    for name, value in said.items():
        if name not in known:
            raise BadSetting(
                _("The rule has no parameter %(name)s.") % {"name": name[:40]}, field=f"{prefix}{name[:40]}"
            )
        read[name] = _value(value, known[name], f"{prefix}{name}")
    return read


def assigned(said: str, known: Parameters) -> dict[str, Any]:
    """Parameters from `name=value` with commas or lines between; the words of a list have `+` between. Raises
    BadSetting.
    """
    pairs: dict[str, str] = {}
    for part in said.replace(",", "\n").splitlines():
        if part.strip():
            name, sign, value = part.partition("=")
            if not sign:
                raise BadSetting(_("Write each parameter as name=value."), field="set")
            pairs[name.strip()] = value.replace("+", "\n")
    return read_parameters(pairs, known, prefix="set.")


def _value(typed: str, former: Any, field: str) -> Any:
    if isinstance(former, list):
        return sorted({word.strip() for word in typed.replace(",", "\n").splitlines() if word.strip()})
    try:
        number = Decimal(typed.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != number.to_integral_value() or not 0 <= number < 10**9:
        raise BadSetting(_("Please enter a whole number."), field=field)
    return int(number)


@dataclass(frozen=True, slots=True)
class Change:
    mode: Mode
    parameters: dict[str, Any]
    trial: dict[str, Any] | None
    reason: str


async def propose(tx: AsyncSession, rule: str, change: Change, *, by: Member) -> UUID:
    """Set other parameters; they are in force once another person has agreed. What still waited is refused by it.

    Raises NotPermitted, RuleNotFound, BadSetting.
    """
    require(by, Permission.CHANGE_RISK)
    now = await setting_of(tx, rule)
    if change.mode is Mode.TRIAL:
        raise BadSetting(_("A rule is live, in shadow or off."), field="mode")
    if (change.mode, change.parameters, change.trial) == (now.mode, now.parameters, now.trial):
        raise BadSetting(_("Nothing is different from what is in force."), field="mode")
    query = select(RiskSetting).where(RiskSetting.rule == rule, RiskSetting.verdict == "").with_for_update()
    former = await tx.scalar(query)
    if former is not None:
        _decide(former, "refused", by)
        await tx.flush()
    row = RiskSetting(
        id=new_id(),
        rule=rule,
        mode=change.mode,
        parameters=change.parameters,
        trial=change.trial,
        effective_from=clock.now(),
        source=change.reason,
        set_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    said = {"rule": rule, "mode": row.mode, "parameters": row.parameters, "trial": row.trial, "reason": row.source}
    await evidence.record(tx, Subject("risk_setting", row.id), "risk.change_asked", said, actor=by.id)
    return row.id


async def approve(tx: AsyncSession, change_id: UUID, *, by: Member) -> str:
    """Agree: in force from now on, in every process. The rule's code. Raises ChangeNotFound, SamePerson."""
    row = await _waiting(tx, change_id, by)
    if row.set_by == by.id:
        raise SamePerson(_("You asked for this yourself. Another person has to agree."))
    row.effective_from = clock.now()
    _decide(row, "approved", by)
    await evidence.record(tx, Subject("risk_setting", row.id), "risk.change_approved", {}, actor=by.id)
    return row.rule


async def refuse(tx: AsyncSession, change_id: UUID, *, by: Member) -> str:
    """It does not come to be; also who asked for it may say so. Raises ChangeNotFound."""
    row = await _waiting(tx, change_id, by)
    _decide(row, "refused", by)
    await evidence.record(tx, Subject("risk_setting", row.id), "risk.change_refused", {}, actor=by.id)
    return row.rule


def _decide(row: RiskSetting, verdict: str, by: Member) -> None:
    row.verdict, row.decided_by, row.decided_at = verdict, by.id, clock.now()


async def _waiting(tx: AsyncSession, change_id: UUID, by: Member) -> RiskSetting:
    require(by, Permission.CHANGE_RISK)
    query = select(RiskSetting).where(RiskSetting.id == change_id, RiskSetting.verdict == "")
    row = await tx.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise ChangeNotFound(_("There is no such change, or it was decided."))
    return row


async def replay(tx: AsyncSession, rule: str, parameters: Parameters, *, past: timedelta = PAST) -> Replay:
    """Judge again what was stored of a rule's hits. What never was a hit was never stored: a wider net shows more only
    once it has been on trial.
    """
    if rule not in RULES:
        raise RuleNotFound(_("There is no such rule."))
    judge, rows = RULES[rule].judge, await queries.stored_inputs(tx, rule, since=clock.now() - past, limit=MOST)
    actions: dict[Action, int] = {}
    would = differ = harm = harm_found = harmless = harmless_found = 0
    for inputs, action, met in rows:
        judged = judge(inputs, parameters)
        would += judged is not None
        differ += judged is None or int(judged.action) != action
        harm, harm_found = harm + (met is True), harm_found + (met is True and judged is not None)
        harmless, harmless_found = harmless + (met is False), harmless_found + (met is False and judged is not None)
        if judged is not None:
            actions[judged.action] = actions.get(judged.action, 0) + 1
    return Replay(len(rows), len(rows), would, differ, harm, harm_found, harmless, harmless_found, actions)
