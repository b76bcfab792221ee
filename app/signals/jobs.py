"""Signals are read every ten minutes; administrators hear of each alarm once."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import post
from app.core.jobs import JobContext, every, handler
from app.signals import watching
from app.signals.catalogue import SIGNALS
from app.signals.events import SignalRaised
from trust.access import Permission
from trust.identity import queries as identity


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
    platform = await identity.platform_id(tx)
    for person in await identity.members_to_notify(tx, platform, Permission.ADMINISTER):
        context = {**said, "recipient": person.name, "path": "/signals"}
        await post.send(tx, to=person.email, locale=person.locale, template="signal_raised", context=context)
