"""What figures of cases are counted from: every case with its moments, and the first dispute about a thing."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from trust.cases.clocks import Length, Unit, due
from trust.cases.states import CaseState

AT_ONCE = 1000

# A ruling that was replaced on appeal counts no more: the last round's final one does.
_DISPUTES = text("""
SELECT DISTINCT ON (c.subject_id) c.subject_id, c.opened_at, c.state, c.side,
       r.remedy, r.to_complainant_minor, r.to_respondent_minor
  FROM case_file c
  LEFT JOIN LATERAL (SELECT * FROM case_ruling r WHERE r.case_id = c.id ORDER BY r.round DESC, r.id DESC LIMIT 1) r
    ON c.state IN ('ruled', 'closed')
 WHERE c.kind = 'dispute' AND c.subject_type = :type AND c.subject_id = ANY (:ids)
 ORDER BY c.subject_id, c.opened_at, c.id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))

# It is over with the first decision on the merits, or sooner if it is settled or withdrawn: an appeal has times of its
# own, and shows as reopened. The times are those of the first round.
_CASES = text("""
SELECT c.id, c.kind, c.topic, c.side, o.country, c.kind = 'report' AND c.contact_sealed IS NULL AS anonymous, c.zone,
       c.opened_at, least(c.accepted_at, i.decided_at) AS decided_at, c.accepted_at, c.first_answer_at,
       k.due_at AS answer_due, d.due_at AS due, least(m.decided_at, c.ended_at) AS closed_at, c.state,
       CASE WHEN l.id IS NOT NULL THEN l.remedy <> 'dismiss' AND coalesce(l.to_complainant_minor, 1) > 0 END AS upheld,
       c.round > 1 AS reopened, s.stars
  FROM case_file c
  LEFT JOIN organisation o ON o.id = c.complainant_id
  LEFT JOIN LATERAL (SELECT min(decided_at) AS decided_at FROM case_ruling
                      WHERE case_id = c.id AND stage = 'intake') i ON true
  LEFT JOIN LATERAL (SELECT min(decided_at) AS decided_at FROM case_ruling
                      WHERE case_id = c.id AND stage = 'merits') m ON true
  LEFT JOIN LATERAL (SELECT * FROM case_ruling WHERE case_id = c.id AND stage = 'merits'
                      ORDER BY round DESC LIMIT 1) l ON true
  LEFT JOIN LATERAL (SELECT due_at FROM case_clock WHERE case_id = c.id AND name = 'intake' ORDER BY id LIMIT 1) k
    ON true
  LEFT JOIN LATERAL (SELECT due_at FROM case_clock WHERE case_id = c.id AND name = 'decision' ORDER BY id LIMIT 1) d
    ON true
  LEFT JOIN case_satisfaction s ON s.case_id = c.id AND s.side = 'complainant'
 WHERE c.opened_at < :before AND (least(m.decided_at, c.ended_at) IS NULL OR least(m.decided_at, c.ended_at) >= :since)
 ORDER BY c.id
""")
_ACTS = text("""
SELECT complainant_id, date_trunc('month', opened_at AT TIME ZONE :zone)::date AS month FROM case_file
 WHERE complainant_id IS NOT NULL AND opened_at >= :since AND opened_at < :before GROUP BY 1, 2 ORDER BY 1, 2
""")
ACCEPTING = Length(2, Unit.WORKING_DAYS)
"""Within so long it is said whether a case is taken up (indicator I-09.2)."""


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case. Moments as of the first round; `closed_at` when it was decided, settled or withdrawn."""

    id: UUID
    kind: str
    topic: str
    side: str
    country: str | None
    anonymous: bool
    zone: str
    opened_at: datetime
    decided_at: datetime | None
    accepted_at: datetime | None
    answered_at: datetime | None
    answer_due: datetime | None
    due: datetime | None
    closed_at: datetime | None
    state: str
    upheld: bool | None
    reopened: bool
    stars: int | None

    @property
    def accept_due(self) -> datetime | None:
        return due(self.opened_at, ACCEPTING, self.zone)


@dataclass(frozen=True, slots=True)
class Counted:
    """A dispute. `ruling`: buyer, supplier or shared, by whom the money went to; ruled, where none went to anybody;
    settled, withdrawn, or open."""

    opened_at: datetime
    ruling: str


async def cases(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[CountedCase]:
    """Every case that came in before a moment, but for those that were over before `since`; by id."""
    query = _CASES.bindparams(since=since, before=before)
    async for row in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        yield CountedCase(*row)


async def acts(tx: AsyncSession, since: datetime, before: datetime, zone: str) -> list[tuple[UUID, str, date]]:
    """(company, `complain`, first day of the month in `zone`), each once."""
    rows = await tx.execute(_ACTS, {"since": since, "before": before, "zone": zone})
    return [(row.complainant_id, "complain", row.month) for row in rows]


async def disputes(tx: AsyncSession, subject_type: str, ids: Collection[UUID]) -> dict[UUID, Counted]:
    """The first dispute about each of these things that has one."""
    rows = await tx.execute(_DISPUTES, {"type": subject_type, "ids": list(ids)})
    return {row.subject_id: Counted(row.opened_at, _ruling(row)) for row in rows}


def _ruling(row: object) -> str:
    state, side = CaseState(row.state), row.side  # type: ignore[attr-defined]
    if state in (CaseState.SETTLED, CaseState.WITHDRAWN):
        return state.value
    mine, theirs = row.to_complainant_minor, row.to_respondent_minor  # type: ignore[attr-defined]
    if not mine and not theirs:
        return "ruled" if row.remedy else "open"  # type: ignore[attr-defined]
    other = "supplier" if side == "buyer" else "buyer"
    return "shared" if mine and theirs else side if mine else other


_ABOUT_QUALITY = text("""
SELECT subject_id, min(opened_at) AS at FROM case_file
 WHERE topic = 'quality' AND kind <> 'report' AND subject_type = :type AND subject_id = ANY (:ids)
   AND opened_at < :before
 GROUP BY subject_id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def about_quality(
    tx: AsyncSession, subject_type: str, ids: Collection[UUID], before: datetime
) -> dict[UUID, datetime]:
    """When the quality of each of these things was first complained of or disputed, of those of which it was."""
    rows = await tx.execute(_ABOUT_QUALITY, {"type": subject_type, "ids": list(ids), "before": before})
    return {row.subject_id: row.at for row in rows}
