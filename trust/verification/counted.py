"""What figures of verification are counted from: what was confirmed of each company, and every request.

A level at an earlier moment follows from the facts confirmed by then: they are never changed, a newer one supersedes.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, String, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from trust.verification.facts import BEYOND, CLAIMED, ENTITY, Fact
from trust.verification.models import IdentityReport

AT_ONCE = 1000

# The entity is confirmed from the moment on at which all of its facts are, to the first end among the newest of each.
_PROOFS = text("""
SELECT e.organisation_id, 'entity' AS what, e.at AS since, min(n.valid_until) AS until
  FROM (SELECT DISTINCT organisation_id, confirmed_at AS at FROM verified_fact
         WHERE fact = ANY (:entity) AND confirmed_at < :before) e
 CROSS JOIN LATERAL (
       SELECT DISTINCT ON (f.fact) f.valid_until FROM verified_fact f
        WHERE f.organisation_id = e.organisation_id AND f.fact = ANY (:entity) AND f.confirmed_at <= e.at
        ORDER BY f.fact, f.confirmed_at DESC, f.id DESC) n
 GROUP BY e.organisation_id, e.at
HAVING count(*) = cardinality(:entity) AND min(n.valid_until) >= :since
 UNION ALL
SELECT organisation_id, fact, confirmed_at, CASE WHEN method = :claimed THEN confirmed_at ELSE valid_until END
  FROM verified_fact
 WHERE fact = ANY (:beyond) AND confirmed_at < :before AND valid_until >= :since
 ORDER BY 1, 2, 3, 4
""").bindparams(
    bindparam("entity", list(ENTITY), type_=ARRAY(String)),
    bindparam("beyond", sorted(BEYOND), type_=ARRAY(String)),
    bindparam("claimed", CLAIMED),
)

# What was asked for more and never answered is open until it is withdrawn. A register is asked for name and number.
_CHECKS = text("""
SELECT q.id, q.renews IS NOT NULL AS renewing, q.created_at, d.at AS decided, CASE WHEN d.at IS NOT NULL THEN q.state
       ELSE '' END AS ended, q.verdicts,
       EXISTS (SELECT FROM review r JOIN review_check c ON c.review_id = r.id
                WHERE r.subject_type = 'verification_request' AND r.subject_id = q.id AND r.state = 'decided'
                  AND c.agrees IS NOT NULL)
       OR (SELECT count(DISTINCT r.decided_by) > 1 FROM review r
            WHERE r.subject_type = 'verification_request' AND r.subject_id = q.id AND r.state = 'decided') AS twice,
       (SELECT min(e.looked_at) FROM register_entry e
         WHERE e.request_id = q.id AND NOT e.agrees ?& CAST(:named AS text[])) AS mismatched
  FROM verification_request q
 CROSS JOIN LATERAL (SELECT CASE WHEN q.state IN ('accepted', 'rejected', 'withdrawn') THEN q.decided_at END) d (at)
 WHERE q.created_at < :before AND (d.at IS NULL OR d.at >= :since)
 ORDER BY q.id
""").bindparams(bindparam("named", [Fact.LEGAL_NAME, Fact.REGISTRATION], type_=ARRAY(String)))


@dataclass(frozen=True, slots=True)
class CountedProof:
    """`what`: entity, bank or site. Of an account that only members have named, `until` is `since`."""

    organisation_id: UUID
    what: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CountedRequest:
    """`end`: accepted, rejected or withdrawn; "" while it is open. `faults`: what was not accepted."""

    id: UUID
    renewing: bool
    opened_at: datetime
    decided_at: datetime | None
    end: str
    faults: tuple[str, ...]
    twice: bool
    mismatched_at: datetime | None


async def proofs(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[CountedProof]:
    """What was confirmed before a moment, but for what ended before `since`; by company, kind and moment."""
    query = _PROOFS.bindparams(since=since, before=before)
    async for row in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        yield CountedProof(*row)


async def requests(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[CountedRequest]:
    """Requests that came in before a moment, but for those that were over before `since`; by id."""
    query = _CHECKS.bindparams(since=since, before=before)
    async for row in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        faults = tuple(sorted(name for name, why in row.verdicts.items() if why)) if row.ended == "rejected" else ()
        yield CountedRequest(
            *(row.id, row.renewing, row.created_at, row.decided, row.ended),
            *(faults, row.twice, row.mismatched),
        )


async def reports(tx: AsyncSession) -> dict[date, datetime]:
    """First day of a half-year → when the report on it was first prepared."""
    query = select(IdentityReport.period, func.min(IdentityReport.prepared_at)).group_by(IdentityReport.period)
    return {row[0]: row[1] for row in await tx.execute(query)}
