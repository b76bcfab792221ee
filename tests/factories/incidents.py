"""Incidents for tests, from their report on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id
from app.core.subject import Subject
from tests.factories.people import Actor
from trust.incidents import doing, handling
from trust.incidents.duties import Duty
from trust.incidents.handling import Assessment, Report
from trust.incidents.models import Incident, IncidentDuty
from trust.incidents.states import Grade, Harm, Nature
from trust.notices import service as notices
from trust.notices.service import Words

WHY = "The key to the file store stood in a log that a supplier's engineer could read."
LEAK = Assessment(
    nature=Nature.DISCLOSURE,
    grade=Grade.LARGER,
    harm=Harm.HIGH,
    personal=True,
    in_cn=True,
    in_eu=True,
    crime=False,
    purposes=("account", "deals"),
    people=40,
    companies=2,
    records=120,
    loss_yuan=None,
    consequences="Names and addresses were read.",
    measures="The key was changed within ten minutes.",
)
HARMLESS = replace(LEAK, grade=Grade.GENERAL, harm=Harm.UNLIKELY, personal=False, in_eu=False)
WORDS = Words(
    "An incident that touches your data",
    "一起涉及贵公司数据的安全事件",
    "On Monday names and addresses of your members could be read by a stranger. Change your passwords.",
    "周一，贵公司成员的姓名和地址可能被外部人员读取，请尽快修改密码并留意可疑邮件。",
)


async def report_incident(tx: AsyncSession, by: Actor, *, drill: bool = False, hours_ago: int = 0) -> Incident:
    at = clock.now() - timedelta(hours=hours_ago)
    return await handling.report(tx, Report(Nature.DISCLOSURE, "A key in a log", WHY, at, drill=drill), by=by.member)


async def duty_of(tx: AsyncSession, incident_id: UUID, kind: Duty) -> IncidentDuty:
    query = select(IncidentDuty).where(IncidentDuty.incident_id == incident_id, IncidentDuty.kind == kind)
    return (await tx.scalars(query.execution_options(populate_existing=True))).one()


async def make_incident(tx: AsyncSession, reporter: Actor, said: Assessment = LEAK, *, drill: bool = False) -> UUID:
    """One that was reported and assessed by the same person."""
    row = await report_incident(tx, reporter, drill=drill)
    await handling.assess(tx, row.id, said, by=reporter.member)
    return row.id


async def do_all(tx: AsyncSession, incident_id: UUID, by: Actor) -> None:
    for duty in await handling.outstanding(tx, incident_id):
        await doing.do(tx, incident_id, duty.id, "The authority", "A-1", "Found late.", None, by=by.member)


async def incident_world(tx: AsyncSession, handler: Actor) -> dict[str, Any]:
    """For the routes: an incident with a duty that waits for a second person."""
    incident_id = await make_incident(tx, handler)
    duty = await duty_of(tx, incident_id, Duty.DATA_AUTHORITY_EU)
    await doing.propose(tx, incident_id, duty.id, "Nobody in the EU was touched.", by=handler.member)
    return {"incident_id": incident_id, "incident_duty_id": duty.id}


async def make_notice_of(tx: AsyncSession, owner: Actor) -> dict[str, Any]:
    """A notice to a company."""
    about = Subject("incident_notice", new_id())
    await notices.tell(tx, about, owner.organisation_id, WORDS, to=notices.OWNERS)
    [one] = await notices.unread(tx, owner.organisation_id)
    return {"company_notice_id": one.id}
