"""Two people let go what turned out harmless, week after week; people take out what their work needs."""

from datetime import timedelta

from app.demo.cast import Stage
from app.demo.timeline import DAY, Story
from trust.access import Role
from trust.exports import service as exports
from trust.exports.service import Kind
from trust.risk import holds, overrides, queries

WEEKS_AGO = (9, 6, 4, 3, 2, 1)
WHY = "Called the number we know the company by: it is theirs."
TAKEN = ((Role.SALES, Kind.CONTRACTS, 6), (Role.FINANCE, Kind.INVOICES, 11), (Role.SALES, Kind.LINES, 48))


async def overseen(stage: Stage) -> Story:
    """Each week what stood still was asked for by one and agreed with by another; what was let go is reported."""
    zone = stage.ctx.settings.reporting_zone
    for weeks in WEEKS_AGO:
        yield stage.now - weeks * 7 * DAY
        async with stage.ctx.db.transaction() as tx:
            clerk, keeper = await stage.clerk(tx, Role.MODERATOR), await stage.clerk(tx, Role.COMPLIANCE)
            for held in await queries.holds(tx, limit=2):
                if held.asked_by is None:
                    await holds.ask_release(tx, held.id, WHY, by=clerk)
                await holds.ask_release(tx, held.id, "", by=clerk if held.asked_by == keeper.id else keeper)
            await overrides.report_weeks(tx, zone)
    yield stage.now - timedelta(hours=7)
    for firm in list(stage.firms.values())[:6]:
        for role, kind, number in TAKEN:
            async with stage.ctx.db.transaction() as tx:
                by = await stage.member(tx, firm, role)
            await exports.take(stage.ctx.db, kind, number, zone=zone, by=by)
