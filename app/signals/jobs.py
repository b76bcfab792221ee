"""Signals are read every ten minutes; administrators hear of each alarm once."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import post
from app.core.jobs import JobContext, every, handler
from app.signals import watching
from app.signals.catalogue import SIGNALS
from app.signals.events import SignalRaised
from trust.access import Role
from trust.identity.models import MemberRow, Organisation

_TOLD = (
    select(MemberRow.email, MemberRow.locale, MemberRow.name)
    .join(Organisation, Organisation.id == MemberRow.organisation_id)
    .where(MemberRow.removed_at.is_(None), MemberRow.roles.overlap([Role.ADMIN.value]), Organisation.is_platform)
)


@every(minutes=10)
async def look(ctx: JobContext) -> None:
    await ctx.tx(watching.look, ctx.settings.reporting_zone)


@handler(SignalRaised)
async def on_raised(tx: AsyncSession, event: SignalRaised) -> None:
    """The administrators are told by mail, each in their language."""
    signal = SIGNALS.get(event.code)
    if signal is None:  # of an older version of the catalogue
        return
    said = {"signal": signal.name, "help": signal.help, "value": event.value, "most": event.most}
    for person in await tx.execute(_TOLD):
        context = {**said, "recipient": person.name, "path": "/signals"}
        await post.send(tx, to=person.email, locale=person.locale, template="signal_raised", context=context)
