"""A final figure is not overwritten: whoever finds it wrong asks for another counting, and says why."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.outbox import enqueue
from app.indicators import calendar, closing, jobs, queries
from app.indicators.figures import groups
from trust.access import Member, Permission, require

LEAST = 10


async def correct(tx: AsyncSession, closing_: str, last: date, reason: str, *, by: Member) -> None:
    """Ask for the next revision of a final close. Raises NotPermitted, Invalid, Conflict while it is provisional."""
    require(by, Permission.KEEP_INDICATORS)
    if closing_ not in groups.CLOSINGS:
        raise Invalid(_("Choose which figures are counted again."), field="closing")
    if len(reason.strip()) < LEAST:
        raise Invalid(_("Say what was wrong, and how it came to light."), field="reason")
    newest = await queries.newest_revision(tx, closing_, last)
    if newest is None or newest < calendar.FINAL:
        raise Conflict(_("These figures are not final yet; they are counted anew when they become so."))
    wanted = closing.Wanted(closing_, last, newest + 1, reason.strip(), by.id)
    await closing.note(tx, wanted, "asked", wanted.reason)
    await enqueue(
        tx, jobs.close, closing_=closing_, last=last, revision=wanted.revision, reason=wanted.reason, by=wanted.by
    )
