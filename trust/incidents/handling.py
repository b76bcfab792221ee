"""What happens to an incident: reported by anybody of the platform, assessed and handled by compliance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id, reference
from app.core.money import Money
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity.errors import OrganisationNotFound
from trust.incidents.duties import Duty, Facts, alarm_at, asked_for, below, due, least
from trust.incidents.errors import DutiesOutstanding, GradeTooLow, IncidentNotFound, SecondPersonNeeded
from trust.incidents.models import Incident, IncidentCompany, IncidentDuty
from trust.incidents.states import OUTSTANDING, OVER, STANDING, Grade, Harm, IncidentMove, IncidentState, Nature
from trust.reviews import service as reviews

QUEUE = "incident"
FIRST_LOOK = timedelta(hours=1)
"""Ours: an incident is assessed within an hour, for the shortest clock leaves four."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody of the platform noticed."""

    nature: Nature
    title: str
    happened: str
    detected_at: datetime
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """What it is, and whose data it touches. `loss_yuan` None: not known."""

    nature: Nature
    grade: Grade
    harm: Harm
    personal: bool
    in_cn: bool
    in_eu: bool
    crime: bool
    purposes: tuple[str, ...]
    people: int
    companies: int
    records: int
    loss_yuan: int | None
    consequences: str
    measures: str


async def report(tx: AsyncSession, said: Report, *, by: Member) -> Incident:
    """Put an incident on the register: its clocks run from when it was noticed. Raises NotPermitted, Invalid."""
    require(by, Permission.REPORT_INCIDENTS)
    now = clock.now()
    if said.detected_at > now:
        raise Invalid(_("This moment lies in the future."), field="detected_at")
    id_ = new_id()
    row = Incident(
        id=id_,
        number=reference("IN", id_),
        nature=said.nature,
        title=said.title,
        happened=said.happened,
        purposes=[],
        detected_at=said.detected_at,
        drill=said.drill,
        reported_at=now,
        reported_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    facts = {"nature": row.nature, "detected": row.detected_at, "drill": row.drill, "text": row.happened}
    await evidence.record(tx, row.itself, "incident.reported", facts | {"title": row.title}, actor=by.id)
    await requeue(tx, row, by=by.id)
    return row


async def for_update(tx: AsyncSession, incident_id: UUID, by: Member) -> Incident:
    """Locks the incident. Raises NotPermitted, IncidentNotFound."""
    require(by, Permission.HANDLE_INCIDENTS)
    row = await tx.scalar(select(Incident).where(Incident.id == incident_id).with_for_update())
    if row is None:
        raise IncidentNotFound(_("There is no such incident."))
    return row


async def assess(tx: AsyncSession, incident_id: UUID, said: Assessment, *, by: Member) -> None:
    """Say what it is; the duties that follow are due from then on. Assessed again, duties are added and none is
    taken away: one that is not needed after all is agreed by two people.

    Raises IllegalMove, GradeTooLow.
    """
    row = await for_update(tx, incident_id, by)
    row.check(IncidentMove.ASSESS)
    counted = least(said.people, said.loss_yuan, row.detected_at.date())
    if below(said.grade, counted):
        raise GradeTooLow(_("The numbers alone make it an incident of a higher grade."), field="grade", least=counted)
    for name in ("nature", "grade", "harm", "personal", "in_cn", "in_eu", "crime", "people", "companies", "records"):
        setattr(row, name, getattr(said, name))
    row.consequences, row.measures, row.purposes = said.consequences, said.measures, list(said.purposes)
    row.loss = None if said.loss_yuan is None else Money(said.loss_yuan * 100, "CNY")
    row.assessed_at = row.assessed_at or clock.now()
    row.move(IncidentMove.ASSESS, by=by.id)
    facts = Facts(said.grade, said.harm, said.personal, said.in_cn, said.in_eu, said.crime)
    added = await _add(tx, row, asked_for(facts), row.detected_at)
    if row.contained_at is not None:
        added += await _final(tx, row, row.contained_at)
    text = f"{said.consequences}\n{said.measures}".strip()
    told = {"grade": said.grade, "harm": said.harm, "people": said.people, "duties": added, "text": text}
    await evidence.record(tx, row.itself, "incident.assessed", told, actor=by.id)
    await requeue(tx, row, by=by.id)


async def _add(tx: AsyncSession, row: Incident, wanted: list[Duty], began: datetime) -> list[Duty]:
    known = set(await tx.scalars(select(IncidentDuty.kind).where(IncidentDuty.incident_id == row.id)))
    added = []
    for kind in wanted:
        until = due(kind, began)
        if kind not in known and until is not None:
            tx.add(
                IncidentDuty(
                    incident_id=row.id, kind=kind, began_at=began, due_at=until, alarm_at=alarm_at(began, until)
                )
            )
            added.append(kind)
    await tx.flush()
    return added


async def _final(tx: AsyncSession, row: Incident, ended: datetime) -> list[Duty]:
    """A first report to the cyberspace administration is followed by a final one, once the handling is over."""
    query = select(IncidentDuty.id).where(
        IncidentDuty.incident_id == row.id, IncidentDuty.kind == Duty.CYBER_AUTHORITY, IncidentDuty.state != "waived"
    )
    return await _add(tx, row, [Duty.CYBER_FINAL], ended) if await tx.scalar(query) is not None else []


async def note(tx: AsyncSession, incident_id: UUID, text: str, *, by: Member) -> None:
    """Write something on the timeline, which only grows. Raises Conflict once it is over."""
    row = await for_update(tx, incident_id, by)
    standing(row)
    await evidence.record(tx, row.itself, "incident.noted", {"text": text}, actor=by.id)


def standing(row: Incident) -> None:
    """Raises IllegalMove for what is over."""
    if row.state in OVER:
        row.check(IncidentMove.ASSESS)


async def dismiss(tx: AsyncSession, incident_id: UUID, reason: str, *, by: Member) -> None:
    """It is none: decided by another person than who reported it. Raises IllegalMove, SecondPersonNeeded."""
    row = await for_update(tx, incident_id, by)
    row.check(IncidentMove.DISMISS)
    if row.reported_by == by.id:
        raise SecondPersonNeeded(_("You reported this yourself. Another person has to decide that it is none."))
    row.dismissed_by, row.ended_at = by.id, clock.now()
    row.move(IncidentMove.DISMISS, by=by.id)
    await evidence.record(tx, row.itself, "incident.dismissed", {"reason": reason}, actor=by.id)
    await requeue(tx, row, by=by.id)


async def contain(tx: AsyncSession, incident_id: UUID, text: str, *, by: Member) -> None:
    """The handling is over; where a report was due, the time of the final one begins. Raises IllegalMove."""
    row = await for_update(tx, incident_id, by)
    row.check(IncidentMove.CONTAIN)
    row.contained_at = row.contained_at or clock.now()
    row.move(IncidentMove.CONTAIN, by=by.id)
    added = await _final(tx, row, row.contained_at)
    await evidence.record(tx, row.itself, "incident.contained", {"duties": added, "text": text}, actor=by.id)
    await requeue(tx, row, by=by.id)


async def reopen(tx: AsyncSession, incident_id: UUID, reason: str, *, by: Member) -> None:
    """It is not over after all; times that run go on running. Raises IllegalMove."""
    row = await for_update(tx, incident_id, by)
    row.move(IncidentMove.REOPEN, by=by.id)
    await evidence.record(tx, row.itself, "incident.reopened", {"reason": reason}, actor=by.id)


async def close(tx: AsyncSession, incident_id: UUID, lessons: str, *, by: Member) -> None:
    """Nothing is left to do. Raises IllegalMove, DutiesOutstanding."""
    row = await for_update(tx, incident_id, by)
    row.check(IncidentMove.CLOSE)
    if await outstanding(tx, row.id):
        raise DutiesOutstanding(_("A duty is still due: do it, or let a second person agree that it is not needed."))
    row.ended_at = clock.now()
    row.move(IncidentMove.CLOSE, by=by.id)
    await evidence.record(tx, row.itself, "incident.closed", {"text": lessons}, actor=by.id)
    await requeue(tx, row, by=by.id)


async def outstanding(tx: AsyncSession, incident_id: UUID) -> list[IncidentDuty]:
    """What is due, the soonest first."""
    query = select(IncidentDuty).where(IncidentDuty.incident_id == incident_id, IncidentDuty.state.in_(OUTSTANDING))
    return list(await tx.scalars(query.order_by(IncidentDuty.due_at, IncidentDuty.id)))


async def name_companies(tx: AsyncSession, incident_id: UUID, slugs: list[str], *, by: Member) -> int:
    """Companies whose data it touches, by the names in their pages' addresses; how many were new.

    Raises Invalid naming `companies` for a name that is none.
    """
    row = await for_update(tx, incident_id, by)
    standing(row)
    found = []
    for slug in dict.fromkeys(slugs):
        try:
            found.append((await identity.by_slug(tx, slug)).id)
        except OrganisationNotFound:
            raise Invalid(_("There is no company at %(name)s.") % {"name": slug}, field="companies") from None
    values = [{"incident_id": row.id, "organisation_id": id_, "at": clock.now()} for id_ in found]
    if not values:
        raise Invalid(_("Name at least one company."), field="companies")
    added = await tx.execute(
        insert(IncidentCompany).values(values).on_conflict_do_nothing().returning(IncidentCompany.organisation_id)
    )
    new = list(added.scalars())
    await evidence.record(tx, row.itself, "incident.companies", {"companies": new}, actor=by.id)
    return len(new)


async def requeue(tx: AsyncSession, row: Incident, *, by: UUID) -> None:
    """It waits in the queue until the soonest time that runs, and leaves it when none does."""
    await tx.flush()
    await reviews.drop(tx, row.itself, by=by)
    await tx.flush()
    waits = await outstanding(tx, row.id) if row.state in STANDING else []
    until = waits[0].due_at if waits else row.reported_at + FIRST_LOOK
    if waits or row.state == IncidentState.REPORTED:
        await reviews.open(
            tx,
            kind=QUEUE,
            subject=row.itself,
            organisation_id=await identity.platform_id(tx),
            title=f"{row.number} {row.nature}",
            within=until - clock.now(),
        )
