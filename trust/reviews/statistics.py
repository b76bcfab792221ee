"""What moderators did, by quarter, as everybody may see it: numbers below five, and what tells them, are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from trust.cases.statistics import LEAST, part, published, share, since_quarters

KINDS = ("verification", "product", "notice", "goods", "risk", "bank_name")
"""Kinds of items that are told. Incidents, privacy and authorities have figures elsewhere; the rest is housekeeping."""

_DECIDED = text("""
    SELECT date_trunc('quarter', decided_at AT TIME ZONE :zone)::date AS quarter, kind, count(*) AS decided,
           count(*) FILTER (WHERE verdict = 'reject') AS refused,
           count(*) FILTER (WHERE decided_at <= due_at) AS in_time,
           percentile_disc(0.5) WITHIN GROUP (
               ORDER BY ceil(extract(epoch FROM decided_at - opened_at) / 3600)::int) AS hours
      FROM review
     WHERE state = 'decided' AND decided_at >= :since AND kind = ANY (CAST(:kinds AS text[]))
     GROUP BY 1, 2
""")
_MEASURES = text("""
    SELECT date_trunc('quarter', r.starts_at AT TIME ZONE :zone)::date AS quarter, r.kind, count(*) AS placed,
           count(a.id) AS appealed, count(*) FILTER (WHERE a.state IN ('lifted', 'reduced')) AS changed
      FROM restriction r LEFT JOIN restriction_appeal a ON a.restriction_id = r.id
     WHERE r.starts_at >= :since AND r.starts_at < :before
     GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class Decided:
    """Items of one kind decided in the quarter that begins on `quarter`. None: too few to be published.

    refused  of them, refused; in_time: percent decided by the time that is set for the kind
    hours    from coming in to the decision, the median
    """

    quarter: date
    kind: str
    decided: int | None
    refused: int | None
    in_time: int | None
    hours: int | None


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one kind that took effect in the quarter; of them appealed, and lifted or reduced on appeal."""

    quarter: date
    kind: str
    placed: int | None
    appealed: int | None
    changed: int | None


async def decided(tx: AsyncSession, now: datetime, zone: str) -> list[Decided]:
    """The newest quarter first; kinds in their order, those without any item left out."""
    said = {"since": since_quarters(now, zone), "zone": zone, "kinds": list(KINDS)}
    rows = (await tx.execute(_DECIDED, said)).all()
    return [
        Decided(
            row.quarter,
            row.kind,
            published(row.decided),
            part(row.refused, row.decided),
            share(row.in_time, row.decided),
            row.hours if row.decided >= LEAST else None,
        )
        for row in _ordered(rows, KINDS)
    ]


async def measures(tx: AsyncSession, now: datetime, zone: str, kinds: Sequence[str]) -> list[Measures]:
    """The newest quarter first; `kinds` in their order, those without any measure left out."""
    rows = (await tx.execute(_MEASURES, {"since": since_quarters(now, zone), "before": now, "zone": zone})).all()
    return [
        Measures(
            row.quarter, row.kind, published(row.placed), part(row.appealed, row.placed), part(row.changed, row.placed)
        )
        for row in _ordered(rows, kinds)
    ]


def _ordered(rows: Sequence[Any], kinds: Sequence[str]) -> list[Any]:
    order = list(kinds)
    return sorted(rows, key=lambda row: (-row.quarter.toordinal(), order.index(row.kind)))
