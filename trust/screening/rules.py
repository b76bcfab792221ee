"""What a match with a list means on a day: policies and thresholds, proposed by one person and agreed by another."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar, cast
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity.models import MemberRow
from trust.screening.errors import DecidedAlready, RuleNotFound, SecondPersonNeeded
from trust.screening.models import ListPolicy, SanctionsList, Thresholds
from trust.screening.states import Action, Tier


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which score on a match is kept, needs a person, and blocks: if something beside the name agrees, that is."""

    log: Decimal
    review: Decimal
    block: Decimal

    def tier(self, score: Decimal, *, secondary: bool) -> Tier:
        if score >= self.block and secondary:
            return Tier.BLOCK
        return Tier.REVIEW if score >= self.review else Tier.LOG


FIRST = Bounds(Decimal("0.700"), Decimal("0.850"), Decimal("0.950"))
"""Until the platform sets others. Review and block as counsel suggested; below that what is worth to be kept."""
UNSAID = Action.REVIEW
"""What a match means where no policy says anything: a person looks."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a policy holds; "" means any. `entity` and `jurisdiction`: countries, our company's and the party's."""

    list_key: str = ""
    entity: str = ""
    jurisdiction: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy or thresholds as people see them. `agreed` is None while it waits for a second person."""

    id: UUID
    scope: Scope | None
    action: Action | None
    bounds: Bounds | None
    effective_from: date
    reason: str
    set_by: UUID
    set_by_name: str
    set_at: datetime
    agreed: bool | None
    decided_by_name: str
    decided_at: datetime | None


_Second = aliased(MemberRow)
Ruling = TypeVar("Ruling", ListPolicy, Thresholds)


async def bounds(tx: AsyncSession, day: date | None = None) -> Bounds:
    """The thresholds in force on a day, today if not said."""
    query = select(Thresholds.log, Thresholds.review, Thresholds.block).where(
        Thresholds.agreed.is_(True), Thresholds.effective_from <= (day or clock.now().date())
    )
    row = (await tx.execute(query.order_by(Thresholds.effective_from.desc(), Thresholds.id.desc()).limit(1))).first()
    return Bounds(*row) if row else FIRST


async def all_rules(tx: AsyncSession, *, limit: int = 200) -> list[Rule]:
    """Policies and thresholds, those that wait first, then the newest."""
    policies = await tx.execute(_said(ListPolicy).limit(limit))
    thresholds = await tx.execute(_said(Thresholds).limit(limit))
    found = [*(_rule(*row) for row in policies), *(_rule(*row) for row in thresholds)]
    return sorted(found, key=lambda rule: (rule.agreed is not None, -rule.set_at.timestamp()))


def _said(model: type[Ruling]) -> Select[Ruling, str, str]:
    return (
        select(model, MemberRow.name, _Second.name)
        .join(MemberRow, MemberRow.id == model.set_by)
        .outerjoin(_Second, _Second.id == model.decided_by)
        .order_by(model.id.desc())
    )


def _rule(said: ListPolicy | Thresholds, first: str, second: str | None) -> Rule:
    policy = said if isinstance(said, ListPolicy) else None
    return Rule(
        said.id,
        Scope(policy.list_key, policy.entity, policy.jurisdiction, policy.currency) if policy else None,
        Action(policy.action) if policy else None,
        Bounds(said.log, said.review, said.block) if isinstance(said, Thresholds) else None,
        said.effective_from,
        said.reason,
        said.set_by,
        first,
        said.set_at,
        said.agreed,
        second or "",
        said.decided_at,
    )


async def propose_policy(
    tx: AsyncSession, scope: Scope, action: Action, *, effective_from: date, reason: str, by: Member
) -> UUID:
    """Propose what matches with a list mean from a day on. Raises Invalid for a day that is over, or no such list."""
    require(by, Permission.SET_POLICY)
    _check_day(effective_from)
    if scope.list_key and await tx.get(SanctionsList, scope.list_key) is None:
        raise Invalid(_("There is no such list."), field="list_key")
    row = ListPolicy(
        list_key=scope.list_key,
        entity=scope.entity,
        jurisdiction=scope.jurisdiction,
        currency=scope.currency,
        action=action,
        effective_from=effective_from,
        reason=reason,
        set_by=by.id,
    )
    return await _put(tx, row, {"scope": [scope.list_key, scope.entity, scope.jurisdiction, scope.currency]}, by)


async def propose_bounds(tx: AsyncSession, wanted: Bounds, *, effective_from: date, reason: str, by: Member) -> UUID:
    """Propose other thresholds from a day on. Raises Invalid unless 0.5 <= log <= review <= block <= 1."""
    require(by, Permission.SET_POLICY)
    _check_day(effective_from)
    if not Decimal("0.5") <= wanted.log <= wanted.review <= wanted.block <= 1:
        raise Invalid(_("Each is as high as the one before it or higher, between 0.5 and 1."), field="block")
    row = Thresholds(
        log=wanted.log,
        review=wanted.review,
        block=wanted.block,
        effective_from=effective_from,
        reason=reason,
        set_by=by.id,
    )
    return await _put(tx, row, {"bounds": [str(wanted.log), str(wanted.review), str(wanted.block)]}, by)


def _check_day(day: date) -> None:
    if day < clock.now().date():
        raise Invalid(_("This day is over."), field="effective_from")


async def _put(tx: AsyncSession, row: ListPolicy | Thresholds, said: dict[str, object], by: Member) -> UUID:
    tx.add(row)
    await tx.flush()
    facts = said | {"action": getattr(row, "action", None), "from": row.effective_from, "reason": row.reason}
    await evidence.record(tx, Subject("screening_rule", row.id), "rule.proposed", facts, actor=by.id)
    return row.id


async def decide(tx: AsyncSession, rule_id: UUID, *, agreed: bool, by: Member) -> None:
    """A second person agrees, and it is in force from its day on; or does not. Locks it.

    Raises RuleNotFound, DecidedAlready, SecondPersonNeeded.
    """
    require(by, Permission.SET_POLICY)
    row: ListPolicy | Thresholds | None = None
    for model in (ListPolicy, Thresholds):
        found = await tx.scalar(select(model).where(model.id == rule_id).with_for_update())
        row = row or cast(ListPolicy | Thresholds | None, found)
    if row is None:
        raise RuleNotFound(_("There is no such rule."))
    if row.agreed is not None:
        raise DecidedAlready(_("This was decided already."))
    if row.set_by == by.id:
        raise SecondPersonNeeded(_("You proposed this yourself. Another person has to decide."))
    row.agreed, row.decided_by, row.decided_at = agreed, by.id, clock.now()
    await evidence.record(tx, Subject("screening_rule", row.id), "rule.decided", {"agreed": agreed}, actor=by.id)
