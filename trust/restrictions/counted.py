"""What figures of measures are counted from: restrictions in effect, their appeals, and what authorities found."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

AT_ONCE = 1000

_MEASURES = text("""
SELECT r.id, r.organisation_id, r.kind, r.reason, r.finding_id IS NOT NULL AS found, r.starts_at, a.filed_at,
       a.decided_at, CASE WHEN a.decided_at IS NOT NULL THEN a.state ELSE '' END AS appeal
  FROM restriction r LEFT JOIN restriction_appeal a ON a.restriction_id = r.id
 WHERE r.starts_at < :before AND (r.starts_at >= :since OR a.decided_at >= :since)
 ORDER BY r.id
""")
_FINDINGS = text("""
SELECT f.id, f.kind, f.decided_on, f.recorded_at,
       (SELECT min(r.starts_at) FROM restriction r
         WHERE r.organisation_id = f.organisation_id AND r.kind IN ('full', 'terminated')
           AND (r.ended_at IS NULL OR r.ended_at > f.recorded_at)) AS stopped_at
  FROM authority_finding f
 WHERE f.recorded_at >= :since AND f.recorded_at < :before
 ORDER BY f.id
""")


@dataclass(frozen=True, slots=True)
class CountedMeasure:
    """A restriction that took effect. `appeal`: upheld, reduced or lifted, once it is decided."""

    id: UUID
    organisation_id: UUID
    kind: str
    reason: str
    found: bool
    starts_at: datetime
    appealed_at: datetime | None
    appeal_decided_at: datetime | None
    appeal: str


@dataclass(frozen=True, slots=True)
class CountedFinding:
    """An authority's final decision as it was recorded; `stopped_at`: since when the company can begin nothing new."""

    id: UUID
    kind: str
    decided_on: date
    recorded_at: datetime
    stopped_at: datetime | None


async def measures(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[CountedMeasure]:
    """Restrictions that took effect, or whose appeal was decided, between two moments; by id."""
    query = _MEASURES.bindparams(since=since, before=before)
    async for row in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        yield CountedMeasure(*row)


async def findings(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[CountedFinding]:
    """Authorities' decisions recorded between two moments; by id."""
    query = _FINDINGS.bindparams(since=since, before=before)
    async for row in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        yield CountedFinding(*row)
