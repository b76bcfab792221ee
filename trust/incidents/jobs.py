"""What happens to incidents by itself: notices go out, alarms ring, and what was written goes when its time is over."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.jobs import JobContext, every, handler, job
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.incidents import notifying
from trust.incidents.events import NoticeAsked
from trust.incidents.models import Incident, IncidentDuty
from trust.incidents.states import OUTSTANDING
from trust.retention.classes import INCIDENTS

AT_ONCE = 200


@handler(NoticeAsked)
async def on_notice_asked(tx: AsyncSession, event: NoticeAsked) -> None:
    await outbox.enqueue(tx, send_notice, key=f"incident-notice:{event.notice_id}", notice_id=event.notice_id)


@job
async def send_notice(ctx: JobContext, notice_id: UUID) -> None:
    """Tell the companies named, some at a time; cut off anywhere, it goes on with the rest."""
    while await ctx.tx(notifying.tell_some, notice_id):
        pass


@every(minutes=5)
async def alarm(ctx: JobContext) -> None:
    """Letters to those who handle incidents, once for each duty, when a quarter of its time is left."""
    await ctx.tx(ring)


async def ring(tx: AsyncSession) -> int:
    """How many duties were told of."""
    now = clock.now()
    query = (
        select(IncidentDuty, Incident.number, Incident.drill)
        .join(Incident, Incident.id == IncidentDuty.incident_id)
        .where(IncidentDuty.state.in_(OUTSTANDING), IncidentDuty.alarmed_at.is_(None))
        .where(IncidentDuty.alarm_at <= now)
        .order_by(IncidentDuty.due_at)
        .limit(AT_ONCE)
        .with_for_update(of=IncidentDuty, skip_locked=True)
    )
    rows = (await tx.execute(query)).all()
    for duty, number, drill in rows:
        duty.alarmed_at = now
        facts = {
            "number": number,
            "duty": duty.kind,
            "drill": drill,
            "until": f"{duty.due_at:%Y-%m-%d %H:%M} UTC",
            "over": duty.due_at <= now,
            "path": f"/incidents/{duty.incident_id}",
        }
        platform = await identity.platform_id(tx)
        await people.notify(tx, platform, Permission.HANDLE_INCIDENTS, "duty_near", facts)
    return len(rows)


@every(hours=24)
async def forget_incidents(ctx: JobContext) -> None:
    """What people wrote about incidents whose time is over; that there was one, and that it was told in time, stays."""
    async with ctx.db.transaction(read_only=True) as tx:
        query = select(Incident.id).where(
            Incident.ended_at <= clock.now() - INCIDENTS.period, Incident.forgotten_at.is_(None)
        )
        over = list(await tx.scalars(query.order_by(Incident.ended_at).limit(AT_ONCE)))
    for incident_id in over:
        for key in await ctx.tx(forget, incident_id):
            await ctx.files.delete(key)


async def forget(tx: AsyncSession, incident_id: UUID) -> list[str]:
    """Blank the words; the keys of the documents that can go."""
    row = (await tx.scalars(select(Incident).where(Incident.id == incident_id).with_for_update())).one()
    if row.forgotten_at is not None:
        return []
    row.title = row.happened = row.consequences = row.measures = ""
    row.forgotten_at = clock.now()
    await tx.flush()
    rows = await tx.execute(text("SELECT file FROM incident_duty WHERE incident_id = :id"), {"id": row.id})
    keys = [file["key"] for (file,) in rows if file]
    blank = "UPDATE incident_duty SET file = NULL, delay = CASE WHEN delay = '' THEN '' ELSE '-' END,"
    await tx.execute(
        text(f"{blank} reason = CASE WHEN reason = '' THEN '' ELSE '-' END WHERE incident_id = :id"), {"id": row.id}
    )
    await evidence.erase(tx, row.itself, basis=INCIDENTS.key, actor=None)
    return keys
