"""OPS-01: holds that two people let go before their time, reported week by week to compliance and administrators."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import NotFound
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import Period, day_of
from app.core.subject import Subject
from trust.risk.models import RiskOverrideReport

WEEK = timedelta(days=7)
AT_ONCE = 20
"""So many weeks are written down by one run at most, after a long time without any."""


class ReportNotFound(NotFound):
    code = "override_report_not_found"


@dataclass(frozen=True, slots=True)
class Override:
    """A hold that was let go: who asked, who agreed, why, and whether a reviewer had found harm in what led to it
    (None: nobody said). Moments are ISO 8601 in UTC, ids strings: so it is kept and so it is written into files."""

    hold: str
    rule: str
    subject: str
    company: str
    placed_at: str
    until: str
    asked_by: str
    asked_at: str
    reason: str
    released_by: str
    released_at: str
    harm: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    first_day: date
    last_day: date
    made_at: datetime
    lines: Sequence[Override]


@dataclass(frozen=True, slots=True)
class Later:
    """What is known now of a hold that was let go. `harm`: what a reviewer found of what led to it; `since`: how many
    findings of harm the company met after it."""

    harm: bool | None
    since: int


_LET_GO = text("""
    SELECT h.id, h.rule, h.subject_type || ':' || h.subject_id AS subject, o.name_latin AS company,
           h.placed_at, h.until, a.name AS asked_by, h.asked_at, h.reason, r.name AS released_by, h.released_at, x.harm
      FROM risk_hold h JOIN organisation o ON o.id = h.organisation_id
      JOIN member a ON a.id = h.asked_by JOIN member r ON r.id = h.released_by
      LEFT JOIN risk_outcome x ON x.hit_id = h.hit_id
     WHERE h.released_at >= :begin AND h.released_at < :end ORDER BY h.released_at, h.id
""")
_LATER = text("""
    SELECT h.id, x.harm, (SELECT count(*) FROM risk_hit f JOIN risk_outcome y ON y.hit_id = f.id AND y.harm
                           WHERE f.organisation_id = h.organisation_id AND f.at > h.released_at) AS since
      FROM risk_hold h LEFT JOIN risk_outcome x ON x.hit_id = h.hit_id WHERE h.id = ANY (:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def week_of(day: date, zone: str) -> Period:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=6), zone)


async def report_weeks(tx: AsyncSession, zone: str) -> int:
    """Write down every week that is over and has no report yet, since the last one that has; how many.

    A week in which nothing was let go has a report too, which says so. May run twice, and twice at once.
    """
    this = week_of(day_of(clock.now(), zone), zone).first
    last: date | None = await tx.scalar(select(func.max(RiskOverrideReport.first_day)))
    first = last + WEEK if last else this - WEEK
    due = [first + number * WEEK for number in range(min((this - first).days // 7, AT_ONCE))]
    return sum([await _write(tx, week_of(monday, zone)) for monday in due])


async def _write(tx: AsyncSession, week: Period) -> bool:
    lines = [asdict(one) for one in await let_go(tx, week)]
    row = {"id": new_id(), "first_day": week.first, "made_at": clock.now(), "lines": lines}
    made = insert(RiskOverrideReport).values(row).on_conflict_do_nothing(index_elements=["first_day"])
    written = await tx.scalar(made.returning(RiskOverrideReport.id))
    if written is None:
        return False
    said = {"first_day": week.first.isoformat(), "number": len(lines), "sha256": digest(lines)}
    await evidence.record(tx, Subject("risk_overrides", written), "risk.overrides_reported", said, actor=None)
    return True


def digest(lines: Sequence[dict[str, Any]]) -> str:
    """SHA-256 over a report's lines as JSON with sorted keys: what the chain of its week says it held."""
    return hashlib.sha256(json.dumps(lines, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


async def let_go(tx: AsyncSession, week: Period) -> list[Override]:
    """What was let go in a week, as it is known now, in the order of time."""
    rows = await tx.execute(_LET_GO, {"begin": week.begin, "end": week.end})
    return [Override(str(row.id), *(_plain(value) for value in row[1:])) for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def reports(tx: AsyncSession, *, offset: int, limit: int) -> list[tuple[date, datetime, int]]:
    """The first day of each week that was written down, when that was, and how many were let go; the newest first."""
    number = func.jsonb_array_length(RiskOverrideReport.lines)
    query = select(RiskOverrideReport.first_day, RiskOverrideReport.made_at, number)
    rows = await tx.execute(query.order_by(RiskOverrideReport.first_day.desc()).offset(offset).limit(limit))
    return [(first_day, made_at, count) for first_day, made_at, count in rows]


async def count_reports(tx: AsyncSession) -> int:
    return (await tx.execute(select(func.count()).select_from(RiskOverrideReport))).scalar_one()


async def report(tx: AsyncSession, first_day: date) -> Report:
    """Raises ReportNotFound."""
    row = await tx.scalar(select(RiskOverrideReport).where(RiskOverrideReport.first_day == first_day))
    if row is None:
        raise ReportNotFound(_("There is no report of this week."))
    return Report(first_day, first_day + timedelta(days=6), row.made_at, [Override(**line) for line in row.lines])


async def later(tx: AsyncSession, lines: Collection[Override]) -> dict[str, Later]:
    """By hold, what is known of it now."""
    rows = await tx.execute(_LATER, {"ids": [UUID(line.hold) for line in lines]})
    return {str(row.id): Later(row.harm, row.since) for row in rows}
