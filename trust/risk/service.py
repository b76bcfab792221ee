"""Decisions about risk: the rules of a point are asked, what they found is kept, and what follows is arranged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, String, and_, cast, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.crypto import Vault
from app.core.db import once
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member
from trust.reviews import service as reviews
from trust.risk import counting, holds, settings
from trust.risk.engine import Action, Decision, Group, Hit, Notice, Point, decide
from trust.risk.errors import Blocked, OnHold
from trust.risk.holds import Standing
from trust.risk.models import RiskHit, RiskOutcome, RiskTrait
from trust.risk.rules.catalogue import RULES
from trust.risk.words import REFUSED, WARNED, WARNED_BY

REVIEW_KIND = "risk"
REVIEW_PREFIX = "risk_"
"""Before the type of what is reviewed: a listing may wait for its moderator and for a reviewer of risk at once."""
TOLD = timedelta(days=180)
"""So long others are told of what was found of a company itself."""
WITHIN = {Action.HOLD: timedelta(hours=24), Action.REVIEW: timedelta(hours=24), Action.BLOCK: timedelta(hours=48)}


@dataclass(frozen=True, slots=True)
class About:
    """What a decision is about. `holds` is what a hold would stop, if that is not the subject itself; `reviewed`: an
    item of the moderation queue is opened about it."""

    subject: Subject
    organisation_id: UUID
    title: str
    by: UUID | None
    holds: Subject | None = None
    reviewed: bool = True

    def held_by(self, hit: Hit) -> Subject:
        return self.subject if hit.judged.itself or self.holds is None else self.holds


@dataclass(frozen=True, slots=True)
class Assessment:
    """A decision with what it is about. `until`: until when something was put on hold by it."""

    point: Point
    about: About
    decision: Decision
    until: datetime | None = None

    @property
    def action(self) -> Action:
        return self.decision.action

    def says(self, notice: Notice) -> bool:
        return notice in self.decision.notices

    @property
    def warns(self) -> bool:
        return self.action >= Action.WARN


async def assess(
    tx: AsyncSession,
    point: Point,
    subject: Subject,
    facts: Any,
    *,
    organisation_id: UUID,
    title: str,
    by: Member | None,
    holds: Subject | None = None,
    reviewed: bool = True,
) -> Assessment:
    """Ask the rules of a point, keep what they found, hold and open a review where they say so.

    organisation_id  whose doing is judged
    title            what reviewers call it
    holds            what a hold stops, where it is not the subject
    reviewed         False for the platform's own people, whose cases none of them may decide: their superiors are told
    The caller does what the action means to it; to refuse, it raises `refused`, with which all of this is kept.
    """
    decision = decide(point, facts, RULES.values(), await settings.current(tx))
    await counting.count(tx, point)
    about = About(subject, organisation_id, title, by.id if by else None, holds, reviewed)
    until = await _keep(tx, point, about, decision) if decision.hits else None
    return Assessment(point, about, decision, until)


def refused(found: Assessment, field: str | None = None, because: str = "") -> Blocked | OnHold:
    """The error to raise when an assessment does not let something through: what it found is written all the same.

    because  what to tell, where the sentence of the rule's group does not say what to do
    """
    leading = found.decision.leading
    if leading is None:
        raise ValueError("nothing was found that could refuse anything")
    error: Blocked | OnHold
    if because or found.action is Action.BLOCK or found.until is None:
        error = Blocked(because or _(REFUSED[leading.rule.group]), field=field)
    else:
        held = Standing(found.about.organisation_id, found.about.subject, leading.rule.group, found.until)
        error = holds.on_hold(held)
    error.leaves = partial(_keep_again, found=found)
    return error


async def _keep_again(tx: AsyncSession, *, found: Assessment) -> None:
    await _keep(tx, found.point, found.about, found.decision)


async def _keep(tx: AsyncSession, point: Point, about: About, decision: Decision) -> datetime | None:
    rows = _rows(point, about, decision)
    await tx.execute(insert(RiskHit), rows)
    until: datetime | None = None
    for hit, row in zip(decision.hits, rows, strict=True):
        if hit.acts and hit.rule.hard and hit.judged.hours:
            placed = await holds.place(
                tx, about.held_by(hit), hit, row["id"], organisation_id=about.organisation_id, by=about.by
            )
            until = max(filter(None, (until, placed)), default=None)
    if decision.action >= Action.HOLD and about.reviewed:
        await reviews.open(
            tx,
            kind=REVIEW_KIND,
            subject=Subject(REVIEW_PREFIX + about.subject.type, about.subject.id),
            organisation_id=about.organisation_id,
            title=about.title,
            within=WITHIN[decision.action],
        )
    return until


def _rows(point: Point, about: About, decision: Decision) -> list[dict[str, Any]]:
    common = {
        "assessment_id": new_id(),
        "point": point,
        "decided": int(decision.action),
        "score": decision.score,
        "subject_type": about.subject.type,
        "subject_id": about.subject.id,
        "organisation_id": about.organisation_id,
        "member_id": about.by,
        "at": clock.now(),
    }
    return [common | _row(hit) for hit in decision.hits]


def _row(hit: Hit) -> dict[str, Any]:
    return {
        "id": new_id(),
        "rule": hit.rule.code,
        "version": hit.rule.version,
        "setting_id": hit.setting_id,
        "mode": hit.mode,
        "action": int(hit.judged.action),
        "notice": hit.judged.notice,
        "hours": hit.judged.hours,
        "value": hit.judged.value[:200],
        "inputs": hit.inputs,
        "threshold": dict(hit.parameters),
    }


def told(rules: Iterable[str]) -> list[str]:
    """What parties read of these rules, in the reader's language: a sentence each, and the same one once."""
    return list(dict.fromkeys(_(WARNED_BY.get(code) or WARNED[RULES[code].group]) for code in rules))


def groups(rules: Iterable[str]) -> list[Group]:
    """Of these rules, as a record tells what was warned of."""
    return sorted({RULES[code].group for code in rules})


async def warnings(
    tx: AsyncSession, subject: Subject, about: UUID, *, of: Sequence[str] = (), since: datetime | None = None
) -> list[str]:
    """Rules of which parties to a thing are told, and of who `about` is, by their codes, which are for nobody to read.

    of, since  these rules alone, and what they found from then on

    What reviewers found harmless is not told any more, and what only people look at never is: it would warn whom it
    is about.
    """
    wanted, first = list(of or RULES), since or datetime.min.replace(tzinfo=UTC)
    asked = _warnings(subject.type, subject.id, about, clock.now() - TOLD, wanted, first)
    return sorted(await tx.scalars(*asked))


@once
def _warnings(type_: str, id_: UUID, about: UUID, lately: datetime, wanted: list[str], first: datetime) -> Select[str]:
    known = [code for code, rule in RULES.items() if rule.group is Group.IDENTITY]
    return (
        select(RiskHit.rule)
        .where(
            or_(
                and_(RiskHit.subject_type == type_, RiskHit.subject_id == id_),
                and_(RiskHit.subject_type == "organisation", RiskHit.subject_id == about)
                & (RiskHit.at >= lately)
                & (RiskHit.rule == func.any(cast(known, ARRAY(String)))),
            ),
            RiskHit.mode == "live",
            or_(RiskHit.action == int(Action.WARN), RiskHit.action == int(Action.HOLD)),
            ~select(RiskOutcome.hit_id).where(RiskOutcome.hit_id == RiskHit.id, ~RiskOutcome.harm).exists(),
            RiskHit.rule == func.any(cast(wanted, ARRAY(String))),
            RiskHit.at >= first,
        )
        .distinct()
    )


async def earlier(tx: AsyncSession, rule: str, organisation_id: UUID, *, since: datetime) -> int:
    """How often a rule's live hits met a company since then."""
    met: int = (await tx.execute(*_met(rule, organisation_id, since))).scalar_one()
    return met


@once
def _met(rule: str, organisation_id: UUID, since: datetime) -> Select[int]:
    return select(func.count()).where(
        RiskHit.organisation_id == organisation_id,
        RiskHit.rule == rule,
        RiskHit.mode == "live",
        RiskHit.at >= since,
    )


async def remember_trait(tx: AsyncSession, vault: Vault, kind: str, value: str, organisation_id: UUID) -> int:
    """Write down, as a keyed hash, something by which a company can be known again; how many companies share it."""
    digest = vault.mark(value, f"risk_trait:{kind}")
    known = {"kind": kind, "digest": digest, "organisation_id": organisation_id, "since": clock.now()}
    await tx.execute(insert_or_not(RiskTrait).values(known).on_conflict_do_nothing())
    query = select(func.count()).where(RiskTrait.kind == kind, RiskTrait.digest == digest)
    return (await tx.execute(query)).scalar_one()
