"""Figures of cases by quarter, as everybody may see them: numbers below five, and what tells them, are left out."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import day_of
from trust.cases.states import Kind

LEAST = 5
"""A smaller number is not published: it might tell of whom it speaks."""
QUARTERS = 5
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Figures:
    """Cases of one kind in one quarter, beginning at `quarter`. None: too few to be published.

    upheld        decided for the complainant, wholly or partly, of those `decided` on the merits
    median_days   from being sent in to the end, of those that ended in the quarter
    in_time       percent of first decisions that came within their time
    satisfied     percent of answers with 4 or 5 of 5
    """

    quarter: date
    kind: Kind
    received: int | None
    ended: int | None
    decided: int | None
    upheld: int | None
    median_days: int | None
    in_time: int | None
    satisfied: int | None


_RECEIVED = text("""
    SELECT date_trunc('quarter', opened_at AT TIME ZONE :zone)::date AS quarter, kind, count(*) AS received
      FROM case_file WHERE opened_at >= :since GROUP BY 1, 2
""")
_ENDED = text("""
    SELECT date_trunc('quarter', c.ended_at AT TIME ZONE :zone)::date AS quarter, c.kind,
           count(*) AS ended,
           count(r.id) AS decided,
           count(r.id) FILTER (WHERE r.remedy <> 'dismiss' AND coalesce(r.to_complainant_minor, 1) > 0) AS upheld,
           percentile_disc(0.5) WITHIN GROUP (
               ORDER BY ceil(extract(epoch FROM c.ended_at - c.opened_at) / 86400)::int) AS median_days
      FROM case_file c
      LEFT JOIN LATERAL (SELECT * FROM case_ruling WHERE case_id = c.id AND stage = 'merits'
                         ORDER BY round DESC LIMIT 1) r ON true
     WHERE c.ended_at >= :since GROUP BY 1, 2
""")
_TIMES = text("""
    SELECT date_trunc('quarter', r.decided_at AT TIME ZONE :zone)::date AS quarter, c.kind,
           count(*) AS timed, count(*) FILTER (WHERE r.decided_at <= k.due_at) AS in_time
      FROM case_ruling r
      JOIN case_file c ON c.id = r.case_id
      JOIN LATERAL (SELECT due_at FROM case_clock
                     WHERE case_id = r.case_id AND name = 'decision' AND began_at <= r.decided_at
                     ORDER BY id DESC LIMIT 1) k ON true
     WHERE r.stage = 'merits' AND r.round = 1 AND r.decided_at >= :since GROUP BY 1, 2
""")
_SATISFIED = text("""
    SELECT date_trunc('quarter', s.created_at AT TIME ZONE :zone)::date AS quarter, c.kind,
           count(*) AS asked, count(*) FILTER (WHERE s.stars >= 4) AS content
      FROM case_satisfaction s JOIN case_file c ON c.id = s.case_id WHERE s.created_at >= :since GROUP BY 1, 2
""")


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def since_quarters(now: datetime, zone: str) -> datetime:
    """The beginning of the first quarter shown: this one and the four before."""
    first = quarter_of(day_of(now, zone))
    months = first.year * 12 + first.month - 1 - 3 * (QUARTERS - 1)
    return datetime.combine(date(months // 12, months % 12 + 1, 1), time(), ZoneInfo(zone))


async def by_quarter(tx: AsyncSession, now: datetime, zone: str) -> list[Figures]:
    """The newest quarter first, kinds in their order; quarters and kinds without any case are left out."""
    asked = {"since": since_quarters(now, zone), "zone": zone}
    found: dict[tuple[date, str], dict[str, Any]] = {}
    for query in (_RECEIVED, _ENDED, _TIMES, _SATISFIED):
        for row in (await tx.execute(query, asked)).mappings():
            found.setdefault((row["quarter"], row["kind"]), {}).update(row)
    order = list(Kind)
    keys = sorted(found, key=lambda key: (-key[0].toordinal(), order.index(Kind(key[1]))))
    return [_figures(quarter, Kind(kind), found[quarter, kind]) for quarter, kind in keys]


def _figures(quarter: date, kind: Kind, row: dict[str, Any]) -> Figures:
    ended, decided, upheld = (int(row.get(name, 0)) for name in ("ended", "decided", "upheld"))
    return Figures(
        quarter=quarter,
        kind=kind,
        received=published(int(row.get("received", 0))),
        ended=published(ended),
        decided=part(decided, ended),
        upheld=part(upheld, decided),
        median_days=int(row["median_days"]) if ended >= LEAST else None,
        in_time=share(int(row.get("in_time", 0)), int(row.get("timed", 0))),
        satisfied=share(int(row.get("content", 0)), int(row.get("asked", 0))),
    )


def published(number: int) -> int | None:
    """A number, or None when it is small but not nothing."""
    return number if number == 0 or number >= LEAST else None


def part(number: int, whole: int) -> int | None:
    """A part of a published number: None when it, what is left without it, or the whole is too small to tell."""
    kept = (published(number), published(whole - number), published(whole))
    return None if None in kept else number


def share(number: int, whole: int) -> int | None:
    """Percent, rounded half up; None of too few, or when one of the two parts is too small to tell."""
    if whole < LEAST or part(number, whole) is None:
        return None
    return (number * HUNDRED * 2 + whole) // (2 * whole)
