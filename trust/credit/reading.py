"""What this floor knows of a company, read as entries of its credit file.

The same functions answer an event and the whole past, and what they say of a thing is the same whenever they are
asked, once it has happened: so a file that was filled later is equal to one that was filled as things happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from trust.cases.models import Case, CaseRuling
from trust.cases.states import CaseState, Remedy
from trust.cases.states import Kind as CaseKind
from trust.credit.kinds import Kind
from trust.restrictions.ladder import Kind as Rung
from trust.restrictions.models import Appeal, Restriction, ViolationPoint
from trust.restrictions.states import AppealState
from trust.verification.models import VerificationRequest, VerifiedFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to be made, unless it was made before."""

    organisation_id: UUID
    source: str
    kind: Kind
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)
    other_id: UUID | None = None
    made_by: UUID | None = None


async def of_facts(tx: AsyncSession, companies: Sequence[UUID]) -> list[Draft]:
    """Facts as they were confirmed, and as they ended without having been confirmed anew."""
    query = (
        select(VerifiedFact, VerificationRequest.decided_at)
        .outerjoin(VerificationRequest, VerificationRequest.id == VerifiedFact.request_id)
        .where(VerifiedFact.organisation_id.in_(companies))
        .order_by(VerifiedFact.id)
    )
    since: dict[tuple[UUID, str], list[tuple[datetime, VerifiedFact]]] = {}
    for row, decided_at in await tx.execute(query):
        since.setdefault((row.organisation_id, row.fact), []).append((decided_at or row.confirmed_at, row))
    return [draft for rows in since.values() for draft in _of_fact(sorted(rows, key=lambda r: (r[0], r[1].id)))]


def _of_fact(rows: Sequence[tuple[datetime, VerifiedFact]]) -> list[Draft]:
    """Of one fact of one company, oldest first. A row that ends as it begins says that the fact is over."""
    found, now = [], clock.now()
    for place, (since, row) in enumerate(rows):
        source, company = f"fact:{row.id}", row.organisation_id
        if row.valid_until > row.confirmed_at:
            facts = {"fact": row.fact, "method": row.method}
            known = Draft(
                organisation_id=company,
                source=f"{source}:verified",
                kind=Kind.FACT_VERIFIED,
                at=since,
                facts=facts,
                made_by=row.confirmed_by,
            )
            found.append(known)
        renewed = place + 1 < len(rows) and rows[place + 1][0] <= row.valid_until
        if row.valid_until <= now and not renewed:
            facts, end = {"fact": row.fact}, max(since, row.valid_until)
            found.append(
                Draft(organisation_id=company, source=f"{source}:expired", kind=Kind.FACT_EXPIRED, at=end, facts=facts)
            )
    return found


async def of_restrictions(tx: AsyncSession, ids: Sequence[UUID]) -> list[Draft]:
    """What was taken from companies, and that it ended or was undone on appeal. Reminders take nothing away."""
    query = (
        select(Restriction, Appeal)
        .outerjoin(Appeal, Appeal.restriction_id == Restriction.id)
        .where(Restriction.id.in_(ids), Restriction.starts_at.is_not(None), Restriction.kind != Rung.REMIND)
        .order_by(Restriction.id)
    )
    return [draft for row, appeal in await tx.execute(query) for draft in _of_restriction(row, appeal)]


def _of_restriction(row: Restriction, appeal: Appeal | None) -> list[Draft]:
    source, company, rung = f"restriction:{row.id}", row.organisation_id, {"rung": row.kind}
    begun: datetime = row.starts_at or row.placed_at
    found = [
        Draft(organisation_id=company, source=source, kind=Kind.RESTRICTED, at=begun, facts=rung, made_by=row.placed_by)
    ]
    if row.finding_id is not None:
        known = f"finding:{row.finding_id}"
        found.append(Draft(organisation_id=company, source=known, kind=Kind.FINDING, at=begun, made_by=row.placed_by))
    if row.ended_at is not None:
        over, kind = f"{source}:ended", Kind.RESTRICTION_ENDED
        found.append(Draft(organisation_id=company, source=over, kind=kind, at=row.ended_at, facts=rung))
    if appeal is not None and appeal.decided_at is not None and appeal.state != AppealState.UPHELD:
        facts, kind = rung | {"of": source}, Kind.RESTRICTION_UNDONE
        over = f"{source}:undone"
        found.append(Draft(organisation_id=company, source=over, kind=kind, at=appeal.decided_at, facts=facts))
    return found


async def of_points(tx: AsyncSession, ids: Sequence[UUID]) -> list[Draft]:
    """Points for breaches, those for infringed rights among them."""
    rows = await tx.scalars(select(ViolationPoint).where(ViolationPoint.id.in_(ids)).order_by(ViolationPoint.id))
    return [
        Draft(
            organisation_id=row.organisation_id,
            source=f"points:{row.id}",
            kind=Kind.POINTS,
            at=row.given_at,
            facts={"breach": row.breach, "points": row.points},
            made_by=row.given_by,
        )
        for row in rows
    ]


async def of_cases(tx: AsyncSession, ids: Sequence[UUID]) -> list[Draft]:
    """Cases that are over and were ruled on: of a complaint or report its respondent, of a dispute both sides."""
    query = (
        select(Case, CaseRuling)
        .join(CaseRuling, (CaseRuling.case_id == Case.id) & (CaseRuling.round == Case.round))
        .where(Case.id.in_(ids), Case.state == CaseState.CLOSED, CaseRuling.stage == "merits")
        .order_by(Case.id)
    )
    return [draft for case, ruling in await tx.execute(query) for draft in _of_case(case, ruling)]


def _of_case(case: Case, ruling: CaseRuling) -> list[Draft]:
    at: datetime = case.ended_at or ruling.decided_at
    if case.kind != CaseKind.DISPUTE:
        upheld = ruling.remedy != Remedy.DISMISS
        return [
            Draft(
                organisation_id=case.respondent_id,
                source=f"case:{case.id}",
                kind=Kind.COMPLAINT_UPHELD if upheld else Kind.COMPLAINT_DISMISSED,
                at=at,
                facts={"topic": case.topic},
                other_id=case.complainant_id,
                made_by=ruling.decided_by,
            )
        ]
    if case.complainant_id is None or ruling.to_complainant is None or ruling.to_respondent is None:
        return []
    whole = ruling.to_complainant.minor + ruling.to_respondent.minor
    if whole == 0:
        return []
    sides = (
        (case.complainant_id, case.respondent_id, ruling.to_complainant.minor),
        (case.respondent_id, case.complainant_id, ruling.to_respondent.minor),
    )
    return [
        Draft(
            organisation_id=side,
            source=f"case:{case.id}",
            kind=Kind.DISPUTE_RULED,
            at=at,
            facts={"share": _percent(got, whole)},
            other_id=other,
            made_by=ruling.decided_by,
        )
        for side, other, got in sides
    ]


def _percent(got: int, whole: int) -> int:
    """In whole percent; 0 and 100 only when it is nothing or all."""
    return got * 100 // whole if got in {0, whole} else max(1, min(99, (got * 200 + whole) // (2 * whole)))
