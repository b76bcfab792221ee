"""Telling the companies whose data an incident touches: a notice each, and letters, sent by a job."""

from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from trust.access import Member
from trust.incidents import handling
from trust.incidents.errors import NobodyToTell
from trust.incidents.events import NoticeAsked
from trust.incidents.models import Incident, IncidentCompany, IncidentNotice
from trust.notices import service as notices
from trust.notices.models import CompanyNotice
from trust.notices.service import Words

AT_ONCE = 50


async def send(tx: AsyncSession, incident_id: UUID, words: Words, *, everybody: bool, by: Member) -> UUID:
    """Send a notice to the companies named so far; of a drill it is kept and goes to nobody.

    everybody  to every member of them, else to their owners
    raises     NobodyToTell, IllegalMove for what is over
    """
    row = await handling.for_update(tx, incident_id, by)
    handling.standing(row)
    query = select(func.count()).select_from(IncidentCompany).where(IncidentCompany.incident_id == row.id)
    companies = await tx.scalar(query) or 0
    if not companies:
        raise NobodyToTell(_("Name the companies first whose data it touches."))
    notice = IncidentNotice(
        incident_id=row.id,
        everybody=everybody,
        companies=companies,
        title_en=words.title_en,
        title_zh=words.title_zh,
        text_en=words.text_en,
        text_zh=words.text_zh,
        sent_by=by.id,
        sent_at=clock.now(),
    )
    tx.add(notice)
    await tx.flush()
    said = {"notice": notice.id, "companies": companies, "everybody": everybody, "text": words.text_en}
    await evidence.record(tx, row.itself, "incident.notice", said, actor=by.id)
    if not row.drill:
        await outbox.publish(tx, NoticeAsked(notice.id))
    return notice.id


async def tell_some(tx: AsyncSession, notice_id: UUID) -> int:
    """Tell the next companies that were named when the notice was sent; how many. Of a drill: none, ever."""
    notice = (await tx.scalars(select(IncidentNotice).where(IncidentNotice.id == notice_id))).one()
    if (await tx.scalar(select(Incident.drill).where(Incident.id == notice.incident_id))) is not False:
        return 0
    told = exists().where(
        CompanyNotice.subject_type == notice.itself.type,
        CompanyNotice.subject_id == notice.id,
        CompanyNotice.organisation_id == IncidentCompany.organisation_id,
    )
    query = select(IncidentCompany.organisation_id).where(
        IncidentCompany.incident_id == notice.incident_id, IncidentCompany.at <= notice.sent_at, ~told
    )
    words = Words(notice.title_en, notice.title_zh, notice.text_en, notice.text_zh)
    to = notices.EVERYBODY if notice.everybody else notices.OWNERS
    found = list(await tx.scalars(query.order_by(IncidentCompany.organisation_id).limit(AT_ONCE)))
    for company in found:
        await notices.tell(tx, notice.itself, company, words, to=to)
    return len(found)
