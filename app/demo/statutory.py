"""Statutory reports: the last quarter is filed, particulars of the platform are prepared, and more come next."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.periods import day_of
from app.demo.cast import Stage
from app.demo.rulebook import OPERATOR
from app.demo.timeline import DAY, Story
from app.statutory import calendar, filing, preparing, queries
from app.statutory.filing import Receipt
from app.statutory.preparing import Desk
from app.statutory.rules import RULES, Kind, recurring
from app.statutory.states import FilingState
from trust.access import Role
from trust.rules import disclosure

BACK = timedelta(days=200)
"""Within so many days at least one quarter was due."""
PHONE = "+65 6224 0120"
PUT_OFF = timedelta(days=20)


async def reports_filed(stage: Stage) -> Story:
    """The quarter that was due last is prepared and filed; the operator has a new telephone, to be reported."""
    zone, today = stage.ctx.settings.reporting_zone, day_of(stage.now, stage.ctx.settings.reporting_zone)
    due = [duty for duty in recurring(RULES[Kind.TAX], date.min, today - BACK) if duty.due_on < today]
    opened = datetime.combine(due[-1].opens_on, time(10), ZoneInfo(zone))
    yield opened + 5 * DAY
    quarter = await _prepared(stage, Kind.TAX)
    yield opened + 8 * DAY
    async with stage.ctx.db.transaction() as tx:
        receipt = Receipt(f"{due[-1].first:%Y%m}-000118", day_of(clock.now(), zone))
        by = await stage.clerk(tx, Role.COMPLIANCE)
        await filing.file(tx, quarter, receipt, findings_seen=True, zone=zone, by=by)
    yield stage.now - timedelta(hours=50)
    async with stage.ctx.db.transaction() as tx:
        await disclosure.say(tx, replace(OPERATOR, phone=PHONE), by=await stage.clerk(tx, Role.ADMIN))
    yield stage.now - timedelta(hours=49)
    await _prepared(stage, Kind.BASIC)
    async with stage.ctx.db.transaction() as tx:
        await _put_off(tx, stage, today + PUT_OFF)


async def _prepared(stage: Stage, kind: Kind) -> UUID:
    """The calendar is laid out, and what is open of a kind prepared, as the job does."""
    settings = stage.ctx.settings
    desk = Desk(stage.ctx.files, stage.vault, settings.base_url, settings.reporting_zone)
    async with stage.ctx.db.transaction() as tx:
        await calendar.lay_out(tx, desk.zone)
        [row] = [row for row in await queries.waiting(tx) if row.kind == kind and row.state == FilingState.OPEN]
        await preparing.prepare(tx, desk, row.id, by=None)
        return row.id


async def _put_off(tx: AsyncSession, stage: Stage, to: date) -> None:
    """Particulars of sellers that were due meanwhile: no authority has given its certificate yet."""
    by, zone = await stage.clerk(tx, Role.COMPLIANCE), stage.ctx.settings.reporting_zone
    for row in await queries.waiting(tx):
        if row.kind == Kind.IDENTITY and row.until < to:
            said = (to, "The authority renews its certificate.", "Notice 41")
            await filing.defer(tx, row.id, *said, zone=zone, by=by)
