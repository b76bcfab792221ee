"""What figures of rights are counted from: notices, the listings that came down, counter-statements, strikes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from trust.cases.clocks import Length, Unit
from trust.rights.models import Strike
from trust.rights.timing import ends

AT_ONCE = 1000
FORWARD = Length(1, Unit.WORKING_DAYS)
"""Within so long a counter-statement is to be with the right holder (indicator I-06.3)."""

# Whatever was decided is on the public register (publishing); what was taken back before that is not.
_NOTICES = text("""
SELECT n.id, n.kind, n.office, n.filed_at, n.decided_at, coalesce(d.stopped, 0) AS stopped,
       coalesce(d.refused, 0) AS refused,
       CASE WHEN n.state = 'withdrawn' AND n.decided_at IS NULL
            THEN (SELECT max(i.ended_at) FROM ip_notice_item i WHERE i.notice_id = n.id) END AS withdrawn_at,
       n.fault, n.decided_at IS NOT NULL AS public
  FROM ip_notice n LEFT JOIN ip_notice_decision d ON d.notice_id = n.id
 WHERE n.filed_at < :before AND (n.last_at >= :since OR n.state = 'filed')
 ORDER BY n.id
""")
_ITEMS = text("""
SELECT i.id, i.notice_id, i.listing_id, i.stopped_at, i.ended_at, i.how,
       (SELECT min(s.at) FROM state_change s
         WHERE s.subject_type = 'ip_notice_item' AND s.subject_id = i.id AND s.move = 'prove') AS proved_at
  FROM ip_notice_item i
 WHERE i.stopped_at < :before AND (i.ended_at IS NULL OR i.ended_at >= :since)
 ORDER BY i.notice_id, i.id
""")
_COUNTERS = text("""
SELECT c.id, c.filed_at, c.arrived_at, n.zone
  FROM ip_counter c JOIN ip_notice n ON n.id = c.notice_id
 WHERE c.filed_at < :before AND (c.settled_at IS NULL OR c.settled_at >= :since OR c.filed_at >= :since)
 ORDER BY c.id
""")


@dataclass(frozen=True, slots=True)
class CountedNotice:
    """`stopped`, `refused`: of how many listings the evidence sufficed, and did not. `public`: on the register."""

    id: UUID
    kind: str
    office: str
    filed_at: datetime
    decided_at: datetime | None
    stopped: int
    refused: int
    withdrawn_at: datetime | None
    fault: str
    public: bool


@dataclass(frozen=True, slots=True)
class CountedItem:
    """A listing that has to be down since `stopped_at`; `ended_at` and `how` by which move."""

    id: UUID
    notice_id: UUID
    listing_id: UUID
    stopped_at: datetime
    ended_at: datetime | None
    how: str
    proved_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountedCounter:
    id: UUID
    filed_at: datetime
    arrived_at: datetime | None
    zone: str

    @property
    def forward_due(self) -> datetime:
        return ends(self.filed_at, FORWARD, self.zone)


async def notices(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[CountedNotice]:
    """Notices filed before a moment, but for those of which nothing has been heard since `since`; by id."""
    async for row in _rows(tx, _NOTICES, since, before):
        yield CountedNotice(*row)


async def items(tx: AsyncSession, since: datetime, before: datetime) -> list[CountedItem]:
    """Listings stopped before a moment, but for those whose measure ended before `since`; by notice and id."""
    return [CountedItem(*row) async for row in _rows(tx, _ITEMS, since, before)]


async def counters(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[CountedCounter]:
    """Counter-statements filed before a moment, but for what was settled before `since`; by id."""
    async for row in _rows(tx, _COUNTERS, since, before):
        yield CountedCounter(*row)


async def strikes(tx: AsyncSession, since: datetime, before: datetime) -> list[tuple[UUID, datetime]]:
    """(company, when) of each notice for which a company was given points between two moments."""
    query = select(Strike.supplier_id, Strike.given_at).where(Strike.given_at >= since, Strike.given_at < before)
    return [(row[0], row[1]) for row in await tx.execute(query)]


async def _rows(tx: AsyncSession, query: TextClause, since: datetime, before: datetime) -> AsyncIterator[Any]:
    found = await tx.stream(query.bindparams(since=since, before=before), execution_options={"yield_per": AT_ONCE})
    async for row in found:
        yield row
