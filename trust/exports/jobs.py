"""What is usual is added up once a day; who is in charge hears of it when somebody was stopped."""

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, post
from app.core.jobs import JobContext, every, handler
from app.core.periods import day_of
from trust.access import Role
from trust.exports import service
from trust.exports.events import ExportsStopped
from trust.identity.models import MemberRow, Organisation

TOLD = [Role.COMPLIANCE.value, Role.ADMIN.value]

_NAMED = (
    select(MemberRow.name, Organisation.name_latin)
    .join(Organisation, Organisation.id == MemberRow.organisation_id)
    .where(MemberRow.id == bindparam("member"))
)
_IN_CHARGE = (
    select(MemberRow.email, MemberRow.locale, MemberRow.name)
    .join(Organisation, Organisation.id == MemberRow.organisation_id)
    .where(MemberRow.removed_at.is_(None), MemberRow.roles.overlap(TOLD), Organisation.is_platform)
)


@every(hours=1)
async def learn_what_is_usual(ctx: JobContext) -> None:
    today = day_of(clock.now(), ctx.settings.reporting_zone)
    await ctx.tx(service.learn, today)
    await ctx.tx(service.forget, today)


@handler(ExportsStopped)
async def on_stopped(tx: AsyncSession, event: ExportsStopped) -> None:
    """Compliance and administrators are told by mail, but for whom it is about."""
    who = (await tx.execute(_NAMED, {"member": event.member_id})).one()
    said = {"name": who.name, "company": who.name_latin, "day": event.day, "number": event.number, "usual": event.usual}
    for person in await tx.execute(_IN_CHARGE.where(MemberRow.id != event.member_id)):
        context = said | {"recipient": person.name, "path": "/oversight"}
        await post.send(tx, to=person.email, locale=person.locale, template="exports_stopped", context=context)
