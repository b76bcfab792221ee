"""Points for breaches, and what authorities found. Points propose a rung in the queue; people place it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.db import constraint
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.restrictions import queries, service
from trust.restrictions.events import PointsGiven
from trust.restrictions.ladder import ZONE, Kind, Measure
from trust.restrictions.models import AuthorityFinding, ViolationPoint
from trust.restrictions.points import Breach, reached, schedule
from trust.restrictions.reasons import REASONS
from trust.restrictions.service import Charge
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews.events import Verdict

REVIEW_KIND = "rung"
POINT = "violation_point"


async def give(tx: AsyncSession, organisation_id: UUID, breach: Breach, facts: str, *, by: Member) -> UUID:
    """Write points down for a breach; at a threshold the queue gets the rung to decide on.

    Locks the company, so that two at once are counted one after the other. Raises NotPermitted, OrganisationNotFound.
    """
    require(by, Permission.RESTRICT)
    company = await identity.organisation(tx, organisation_id)
    await identity.lock(tx, organisation_id)
    now = clock.now()
    rules = schedule(now.astimezone(ZONE).date())
    before = await queries.points_now(tx, organisation_id)
    worth = rules.worth[breach]
    rung = reached(before, before + worth, rules.steps)
    row = ViolationPoint(
        id=new_id(),
        organisation_id=organisation_id,
        breach=breach,
        points=worth,
        proposes=rung or "",
        facts=facts,
        given_by=by.id,
        given_at=now,
    )
    tx.add(row)
    await tx.flush()
    subject = Subject(POINT, row.id)
    said = {
        "organisation": organisation_id,
        "breach": str(breach),
        "points": worth,
        "sum": before + worth,
        "text": facts,
    }
    await evidence.record(tx, subject, "points.given", said, actor=by.id)
    await outbox.publish(tx, PointsGiven(organisation_id, row.id))
    if rung is not None:
        title = company.name_latin
        await reviews.open(tx, kind=REVIEW_KIND, subject=subject, organisation_id=organisation_id, title=title)
    return row.id


async def place_proposed(tx: AsyncSession, point_id: UUID, asked: Measure, charge: Charge, *, by: Member) -> UUID:
    """Place what the points proposed, or something else that fits; the item leaves the queue. Raises as `place`."""
    seen = await queries.point(tx, point_id)
    made = await service.place(tx, seen.organisation_id, asked, charge, by=by)
    await _conclude(tx, point_id, Verdict.ACCEPT, "", by)
    return made


async def let_be(tx: AsyncSession, point_id: UUID, reason: str, *, by: Member) -> None:
    """Nothing is placed, for a reason; the item leaves the queue."""
    require(by, Permission.RESTRICT)
    await queries.point(tx, point_id)
    await _conclude(tx, point_id, Verdict.REJECT, reason, by)


async def _conclude(tx: AsyncSession, point_id: UUID, verdict: Verdict, reason: str, by: Member) -> None:
    waiting = await desk.pending(tx, Subject(POINT, point_id))
    if waiting is None:
        raise Conflict(_("This was decided already."))
    await reviews.decide(tx, waiting.id, verdict=verdict, reason=reason, by=by)


@dataclass(frozen=True, slots=True)
class Decision:
    """An authority's final decision. `kind` is a reason of the catalogue that only authorities find."""

    organ: str
    document_number: str
    kind: str
    decided_on: date
    statement: str


async def record_finding(
    tx: AsyncSession, organisation_id: UUID, found: Decision, files: list[dict[str, Any]], *, by: Member
) -> UUID:
    """Write an authority's final decision down and propose to end the cooperation; returns the restriction, to which a
    second person of compliance agrees.

    Raises NotPermitted, OrganisationNotFound, Invalid naming the field.
    """
    require(by, Permission.RESTRICT)
    if not REASONS[found.kind].found:
        raise Invalid(_("Choose a reason of the list."), field="kind")
    if found.decided_on > clock.now().astimezone(ZONE).date():
        raise Invalid(_("This day has not come yet."), field="decided_on")
    await identity.organisation(tx, organisation_id)
    row = AuthorityFinding(
        id=new_id(),
        organisation_id=organisation_id,
        organ=found.organ,
        document_number=found.document_number,
        kind=found.kind,
        decided_on=found.decided_on,
        files=files,
        recorded_by=by.id,
    )
    await _add(tx, row)
    said = {"organisation": organisation_id, "organ": found.organ, "document": found.document_number}
    more = {"code": found.kind, "decided_on": found.decided_on, "files": [file["key"] for file in files]}
    await evidence.record(tx, Subject("authority_finding", row.id), "finding.recorded", said | more, actor=by.id)
    charge = Charge(
        reason=found.kind,
        statement=found.statement,
        rests_on=[Subject("authority_finding", row.id)],
        finding_id=row.id,
    )
    return await service.place(tx, organisation_id, Measure(Kind.TERMINATED, frozenset(), None), charge, by=by)


async def _add(tx: AsyncSession, row: AuthorityFinding) -> None:
    try:
        async with tx.begin_nested():
            tx.add(row)
    except IntegrityError as error:
        if constraint(error) != "uq_authority_finding_document":
            raise
        raise Invalid(_("This decision is on record already."), field="document_number") from None
