"""What the register of incidents asks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.evidence import Link
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity.queries import OrganisationView
from trust.incidents.errors import IncidentNotFound
from trust.incidents.models import Incident, IncidentCompany, IncidentDuty, IncidentNotice
from trust.incidents.states import OUTSTANDING, OVER, STANDING, Grade

Shown = Literal["standing", "over", "drills"]
MOST = 500


@dataclass(frozen=True, slots=True)
class Line:
    """An incident in a list; `due_at`: the soonest time that runs."""

    row: Incident
    due_at: datetime | None


async def incidents(tx: AsyncSession, shown: Shown, *, by: Member, offset: int, limit: int) -> tuple[list[Line], int]:
    """Incidents the newest first; those who do not handle them see their own reports alone."""
    require(by, Permission.REPORT_INCIDENTS)
    wanted: list[ColumnElement[bool]] = []
    if shown != "drills":
        wanted.append(Incident.state.in_(OVER if shown == "over" else STANDING))
    wanted.append(Incident.drill.is_(shown == "drills"))
    if not by.may(Permission.HANDLE_INCIDENTS):
        wanted.append(Incident.reported_by == by.id)
    total = await tx.scalar(select(func.count()).select_from(Incident).where(*wanted)) or 0
    soonest = (
        select(func.min(IncidentDuty.due_at))
        .where(IncidentDuty.incident_id == Incident.id, IncidentDuty.state.in_(OUTSTANDING))
        .scalar_subquery()
    )
    query = select(Incident, soonest).where(*wanted).order_by(Incident.id.desc()).offset(offset).limit(limit)
    return [Line(row, due_at) for row, due_at in await tx.execute(query)], total


async def incident(tx: AsyncSession, incident_id: UUID, *, by: Member) -> Incident:
    """Raises IncidentNotFound; those who do not handle incidents open their own reports alone."""
    require(by, Permission.REPORT_INCIDENTS)
    row = await tx.scalar(select(Incident).where(Incident.id == incident_id))
    if row is None or not (by.may(Permission.HANDLE_INCIDENTS) or row.reported_by == by.id):
        raise IncidentNotFound(_("There is no such incident."))
    return row


async def for_queue(tx: AsyncSession, incident_id: UUID) -> Incident:
    """As the moderation queue shows it. Raises IncidentNotFound."""
    row = await tx.scalar(select(Incident).where(Incident.id == incident_id))
    if row is None:
        raise IncidentNotFound(_("There is no such incident."))
    return row


async def duties(tx: AsyncSession, incident_id: UUID) -> list[IncidentDuty]:
    query = select(IncidentDuty).where(IncidentDuty.incident_id == incident_id)
    return list(await tx.scalars(query.order_by(IncidentDuty.due_at, IncidentDuty.id)))


async def companies(tx: AsyncSession, incident_id: UUID) -> list[OrganisationView]:
    """Whose data it touches, in the order of their names: the first so many of them."""
    query = select(IncidentCompany.organisation_id).where(IncidentCompany.incident_id == incident_id)
    ids = list(await tx.scalars(query.order_by(IncidentCompany.at).limit(MOST)))
    return sorted((await identity.organisations(tx, ids)).values(), key=lambda one: one.name_latin)


async def notices(tx: AsyncSession, incident_id: UUID) -> list[IncidentNotice]:
    query = select(IncidentNotice).where(IncidentNotice.incident_id == incident_id)
    return list(await tx.scalars(query.order_by(IncidentNotice.id)))


async def timeline(tx: AsyncSession, row: Incident) -> list[Link]:
    return await evidence.chain(tx, row.itself)


@dataclass(frozen=True, slots=True)
class Figures:
    """Incidents of a grade of one half-year, which begins on `half`; drills never count.

    in_time, late, waived, overdue   of their duties
    """

    half: date
    grade: Grade
    incidents: int
    personal: int
    people: int
    in_time: int
    late: int
    waived: int
    overdue: int


_FIGURES = text("""
    SELECT make_date(extract(year FROM local)::int, CASE WHEN extract(month FROM local) < 7 THEN 1 ELSE 7 END, 1)
               AS half, grade, count(*) AS incidents, count(*) FILTER (WHERE personal) AS personal,
           coalesce(sum(people), 0)::bigint AS people,
           coalesce(sum(d.in_time), 0)::bigint AS in_time, coalesce(sum(d.late), 0)::bigint AS late,
           coalesce(sum(d.waived), 0)::bigint AS waived, coalesce(sum(d.overdue), 0)::bigint AS overdue
      FROM (SELECT *, detected_at AT TIME ZONE :zone AS local FROM incident
             WHERE NOT drill AND state <> 'dismissed') i
      LEFT JOIN LATERAL (
           SELECT count(*) FILTER (WHERE state = 'done' AND done_at <= due_at) AS in_time,
                  count(*) FILTER (WHERE state = 'done' AND done_at > due_at) AS late,
                  count(*) FILTER (WHERE state = 'waived') AS waived,
                  count(*) FILTER (WHERE state IN ('due', 'proposed') AND due_at < :now) AS overdue
             FROM incident_duty WHERE incident_id = i.id) d ON true
     GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT 40
""")


async def figures(tx: AsyncSession, zone: str, *, by: Member) -> list[Figures]:
    """By half-year and grade, the newest first."""
    require(by, Permission.HANDLE_INCIDENTS)
    rows = await tx.execute(_FIGURES, {"zone": zone, "now": clock.now()})
    return [Figures(**{**row, "grade": Grade(row["grade"])}) for row in rows.mappings()]
