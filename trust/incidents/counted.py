"""What figures of incidents are counted from: incidents that were some, and the reports that they brought."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.incidents.models import Incident, IncidentDuty
from trust.incidents.states import DutyState, IncidentState


@dataclass(frozen=True, slots=True)
class CountedIncident:
    id: UUID
    nature: str
    grade: str
    detected_at: datetime


@dataclass(frozen=True, slots=True)
class CountedDuty:
    """Something the law asks for after an incident; `done_at` None while it was not done."""

    id: UUID
    due_at: datetime
    done_at: datetime | None


async def incidents(tx: AsyncSession, since: datetime, before: datetime) -> list[CountedIncident]:
    """What was noticed between two moments, without drills and false alarms; by id."""
    row = Incident
    query = select(row.id, row.nature, row.grade, row.detected_at).where(
        ~row.drill, row.state != IncidentState.DISMISSED, row.detected_at >= since, row.detected_at < before
    )
    return [CountedIncident(*one) for one in await tx.execute(query.order_by(row.id))]


async def duties(tx: AsyncSession, since: datetime, before: datetime) -> list[CountedDuty]:
    """What had to be done after `since`, and up to `before`, after such incidents, but for what two people found not to
    be needed; by id. The time of what is due at midnight was the day before."""
    query = (
        select(IncidentDuty.id, IncidentDuty.due_at, IncidentDuty.done_at)
        .join(Incident, Incident.id == IncidentDuty.incident_id)
        .where(~Incident.drill, Incident.state != IncidentState.DISMISSED, IncidentDuty.state != DutyState.WAIVED)
        .where(IncidentDuty.due_at > since, IncidentDuty.due_at <= before)
    )
    return [CountedDuty(*one) for one in await tx.execute(query.order_by(IncidentDuty.id))]
