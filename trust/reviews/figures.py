"""How the queue fares: what waits, how long decisions took, by kind and by person, and what second looks said."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import home
from app.core.periods import day_of
from trust.reviews import queries

PERIOD = timedelta(days=30)
DAYS = 14
FRESH = timedelta(minutes=1)
"""So long what was added up is shown again: who leads looks at shares of a month, and a long queue takes a while."""


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Of one kind: what waits now, and what was decided in PERIOD. `median_seconds` is from sent in to decided."""

    kind: str
    waiting: int
    overdue: int
    oldest_due: datetime | None
    decided: int
    in_time: int
    median_seconds: int | None


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """Of one reviewer in PERIOD. Of `checked` decisions that a colleague looked at, `agreed` were found right."""

    member_id: UUID
    name: str
    claimed: int
    decided: int
    in_time: int
    median_seconds: int | None
    checked: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    decided: int


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """How the desk fares as of `at`. `checks_open`: second looks that wait."""

    at: datetime
    kinds: list[KindFigures]
    people: list[PersonFigures]
    days: list[Day]
    checks_open: int


_BY_KIND = text("""
    SELECT coalesce(w.kind, d.kind) AS kind, coalesce(w.waiting, 0) AS waiting, coalesce(w.overdue, 0) AS overdue,
           w.oldest_due, coalesce(d.decided, 0) AS decided, coalesce(d.in_time, 0) AS in_time, d.median_seconds
      FROM (SELECT kind, count(*) AS waiting, count(*) FILTER (WHERE due_at < :now) AS overdue,
                   min(due_at) AS oldest_due
              FROM review WHERE state IN ('open', 'claimed') GROUP BY kind) AS w
      FULL JOIN (SELECT kind, count(*) AS decided, count(*) FILTER (WHERE decided_at <= due_at) AS in_time,
                        extract(epoch FROM percentile_cont(0.5) WITHIN GROUP
                               (ORDER BY decided_at - opened_at))::int AS median_seconds
                   FROM review WHERE state = 'decided' AND decided_at >= :since GROUP BY kind) AS d USING (kind)
     ORDER BY 1
""")
_BY_PERSON = text("""
    SELECT m.id AS member_id, m.name, coalesce(c.claimed, 0) AS claimed, coalesce(d.decided, 0) AS decided,
           coalesce(d.in_time, 0) AS in_time, d.median_seconds, coalesce(k.checked, 0) AS checked,
           coalesce(k.agreed, 0) AS agreed
      FROM (SELECT claimed_by AS id, count(*) AS claimed FROM review WHERE state = 'claimed' GROUP BY 1) AS c
      FULL JOIN (SELECT decided_by AS id, count(*) AS decided, count(*) FILTER (WHERE decided_at <= due_at) AS in_time,
                        extract(epoch FROM percentile_cont(0.5) WITHIN GROUP
                               (ORDER BY decided_at - claimed_at))::int AS median_seconds
                   FROM review WHERE state = 'decided' AND decided_at >= :since GROUP BY 1) AS d USING (id)
      FULL JOIN (SELECT decided_by AS id, count(*) AS checked, count(*) FILTER (WHERE agrees) AS agreed
                   FROM review_check WHERE agrees IS NOT NULL AND checked_at >= :since GROUP BY 1) AS k USING (id)
      JOIN member m USING (id)
     ORDER BY m.name, m.id LIMIT 200
""")
_BY_DAY = text("""
    SELECT d.day::date AS day, count(r.id) AS decided
      FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') AS d (day)
      LEFT JOIN review r ON r.state = 'decided' AND r.decided_at >= d.day AT TIME ZONE :zone
                        AND r.decided_at < (d.day + interval '1 day') AT TIME ZONE :zone
     GROUP BY d.day ORDER BY d.day
""")


_known: WeakKeyDictionary[Any, DeskFigures] = WeakKeyDictionary()


async def of_desk(tx: AsyncSession, now: datetime, zone: str) -> DeskFigures:
    """As each process added them up last, at most FRESH ago; days as they are in `zone` (IANA)."""
    known = _known.get(home(tx))
    if known is None or not known.at <= now < known.at + FRESH:
        known = _known[home(tx)] = DeskFigures(
            now,
            await by_kind(tx, now),
            await by_person(tx, now),
            await by_day(tx, day_of(now, zone), zone),
            await queries.count_checks(tx, answered=False),
        )
    return known


async def by_kind(tx: AsyncSession, now: datetime) -> list[KindFigures]:
    rows = await tx.execute(_BY_KIND, {"now": now, "since": now - PERIOD})
    return [KindFigures(**row._mapping) for row in rows]


async def by_person(tx: AsyncSession, now: datetime) -> list[PersonFigures]:
    """By name. `median_seconds` here is from claimed to decided: the time at the desk."""
    rows = await tx.execute(_BY_PERSON, {"since": now - PERIOD})
    return [PersonFigures(**row._mapping) for row in rows]


async def by_day(tx: AsyncSession, today: date, zone: str) -> list[Day]:
    """What was decided on each of the last DAYS days, today the last, as days are in `zone` (IANA)."""
    first = today - timedelta(days=DAYS - 1)
    return [
        Day(row.day, row.decided) for row in await tx.execute(_BY_DAY, {"first": first, "last": today, "zone": zone})
    ]
