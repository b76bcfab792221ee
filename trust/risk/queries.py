"""What the desk of risk asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Exists, Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core import clock
from app.core.subject import Subject
from trust.identity.models import MemberRow, Organisation
from trust.risk.engine import Action, Mode, Notice
from trust.risk.models import RiskCount, RiskHit, RiskHold, RiskOutcome, RiskSetting

MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Precision:
    """How a rule did in 30 days: live hits, those in shadow or on trial, and of the judged how many were right."""

    live: int = 0
    silent: int = 0
    harm: int = 0
    harmless: int = 0

    @property
    def percent(self) -> int | None:
        """Of the hits that were judged, how many met harm; None before any was."""
        judged = self.harm + self.harmless
        return 100 * self.harm // judged if judged else None


@dataclass(frozen=True, slots=True)
class HitView:
    id: UUID
    assessment_id: UUID
    rule: str
    version: int
    mode: Mode
    action: Action
    decided: Action
    notice: Notice
    score: int
    value: str
    inputs: dict[str, Any]
    threshold: dict[str, Any]
    point: str
    subject: Subject
    organisation_id: UUID
    organisation_name: str
    at: datetime
    harm: bool | None


@dataclass(frozen=True, slots=True)
class SettingView:
    id: UUID
    rule: str
    mode: Mode
    parameters: dict[str, Any]
    trial: dict[str, Any] | None
    effective_from: datetime
    source: str
    set_by: UUID | None
    set_by_name: str
    set_at: datetime
    verdict: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class HoldView:
    id: UUID
    subject: Subject
    organisation_name: str
    rule: str
    placed_at: datetime
    until: datetime
    asked_by: UUID | None
    asked_by_name: str
    reason: str


async def precision(tx: AsyncSession) -> dict[str, Precision]:
    """By rule, over the last 30 days."""
    live = RiskHit.mode == Mode.LIVE
    query = (
        select(
            RiskHit.rule,
            func.count(case((live, 1))),
            func.count(case((~live, 1))),
            func.count(case((RiskOutcome.harm.is_(True), 1))),
            func.count(case((RiskOutcome.harm.is_(False), 1))),
        )
        .outerjoin(RiskOutcome, RiskOutcome.hit_id == RiskHit.id)
        .where(RiskHit.at >= clock.now() - MONTH)
        .group_by(RiskHit.rule)
    )
    return {row[0]: Precision(*row[1:]) for row in await tx.execute(query)}


async def decisions(tx: AsyncSession) -> dict[str, int]:
    """By point, about how many decisions were made in the last 30 days."""
    query = select(RiskCount.point, func.sum(RiskCount.decisions)).where(RiskCount.day >= (clock.now() - MONTH).date())
    return {row[0]: int(row[1]) for row in await tx.execute(query.group_by(RiskCount.point))}


_HITS = (
    select(RiskHit, Organisation.name_latin, RiskOutcome.harm)
    .join(Organisation, Organisation.id == RiskHit.organisation_id)
    .outerjoin(RiskOutcome, RiskOutcome.hit_id == RiskHit.id)
)


async def hits_of_rule(tx: AsyncSession, rule: str, *, limit: int = 20) -> list[HitView]:
    """The latest first."""
    return await _hits(tx, _HITS.where(RiskHit.rule == rule).order_by(RiskHit.at.desc()).limit(limit))


async def hits_of_subject(tx: AsyncSession, subject: Subject, *, limit: int = 50) -> list[HitView]:
    of = (RiskHit.subject_type == subject.type, RiskHit.subject_id == subject.id)
    return await _hits(tx, _HITS.where(*of).order_by(RiskHit.id.desc()).limit(limit))


async def hits_of_company(tx: AsyncSession, organisation_id: UUID, *, limit: int = 30) -> list[HitView]:
    of = RiskHit.organisation_id == organisation_id
    return await _hits(tx, _HITS.where(of).order_by(RiskHit.id.desc()).limit(limit))


async def _hits(tx: AsyncSession, query: Any) -> list[HitView]:
    return [_hit(row, name, harm) for row, name, harm in await tx.execute(query)]


def _hit(row: RiskHit, name: str, harm: bool | None) -> HitView:
    return HitView(
        id=row.id,
        assessment_id=row.assessment_id,
        rule=row.rule,
        version=row.version,
        mode=Mode(row.mode),
        action=Action(row.action),
        decided=Action(row.decided),
        notice=Notice(row.notice),
        score=row.score,
        value=row.value,
        inputs=row.inputs,
        threshold=row.threshold,
        point=row.point,
        subject=Subject(row.subject_type, row.subject_id),
        organisation_id=row.organisation_id,
        organisation_name=name,
        at=row.at,
        harm=harm,
    )


def found(rule: str, subject_type: str, subject_id: InstrumentedAttribute[UUID], *, since: datetime) -> Exists:
    """For a WHERE: whether a rule met the thing of that id since then, live or not."""
    query = select(RiskHit.id).where(RiskHit.subject_type == subject_type, RiskHit.subject_id == subject_id)
    return query.where(RiskHit.rule == rule, RiskHit.at > since).exists()


async def settings_of(tx: AsyncSession, rule: str) -> list[SettingView]:
    """All that ever were set or asked for, the newest first."""
    query = select(RiskSetting, MemberRow.name).outerjoin(MemberRow, MemberRow.id == RiskSetting.set_by)
    rows = await tx.execute(query.where(RiskSetting.rule == rule).order_by(RiskSetting.set_at.desc()).limit(100))
    return [_setting(row) for row in rows]


async def waiting(tx: AsyncSession) -> list[SettingView]:
    """Changes that a second person has to decide."""
    query = select(RiskSetting, MemberRow.name).outerjoin(MemberRow, MemberRow.id == RiskSetting.set_by)
    rows = await tx.execute(query.where(RiskSetting.verdict == "").order_by(RiskSetting.set_at))
    return [_setting(row) for row in rows]


def _setting(found: Row[RiskSetting, str | None]) -> SettingView:
    row, name = found
    return SettingView(
        row.id,
        row.rule,
        Mode(row.mode),
        row.parameters,
        row.trial,
        row.effective_from,
        row.source,
        row.set_by,
        name or "",
        row.set_at,
        row.verdict,
        row.decided_at,
    )


async def holds(tx: AsyncSession, *, limit: int = 100) -> list[HoldView]:
    """The holds in force, those first that somebody asked to let go, then by their end."""
    query = (
        select(RiskHold, Organisation.name_latin, MemberRow.name)
        .join(Organisation, Organisation.id == RiskHold.organisation_id)
        .outerjoin(MemberRow, MemberRow.id == RiskHold.asked_by)
        .where(RiskHold.ended_at.is_(None), RiskHold.until > clock.now())
        .order_by(RiskHold.asked_at.nulls_last(), RiskHold.until)
        .limit(limit)
    )
    return [
        HoldView(
            row.id,
            Subject(row.subject_type, row.subject_id),
            company,
            row.rule,
            row.placed_at,
            row.until,
            row.asked_by,
            asked or "",
            row.reason,
        )
        for row, company, asked in await tx.execute(query)
    ]


async def stored_inputs(
    tx: AsyncSession, rule: str, *, since: datetime, limit: int
) -> Sequence[Row[dict[str, Any], int, bool | None]]:
    """What a rule judged since then, each decision once, the latest first, with what reviewers made of it."""
    query = (
        select(RiskHit.inputs, func.max(RiskHit.action), func.bool_or(RiskOutcome.harm))
        .outerjoin(RiskOutcome, RiskOutcome.hit_id == RiskHit.id)
        .where(RiskHit.rule == rule, RiskHit.at >= since)
        .group_by(RiskHit.assessment_id, RiskHit.inputs)
        .order_by(func.max(RiskHit.at).desc())
        .limit(limit)
    )
    return (await tx.execute(query)).all()
