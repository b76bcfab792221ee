"""Clocks of risk: holds whose time is over, weeks that are, and findings that are kept no longer."""

from typing import cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext, every
from trust.retention.classes import RISK
from trust.risk import holds, overrides
from trust.risk.models import RiskHit

AT_ONCE = 5_000


@every(minutes=5)
async def end_holds(ctx: JobContext) -> None:
    """Tell that holds are over. Nothing waits for this: a hold whose time is over stops nothing."""
    await ctx.tx(holds.end_overdue)


@every(hours=1)
async def report_overrides(ctx: JobContext) -> None:
    """A week is over in the night to Monday; what was missed is made up for."""
    await ctx.tx(overrides.report_weeks, ctx.settings.reporting_zone)


@every(hours=24)
async def forget_old_findings(ctx: JobContext) -> None:
    while await ctx.tx(forget) == AT_ONCE:
        pass


async def forget(tx: AsyncSession) -> int:
    """Erase findings whose time is over, some at once, with their outcomes; how many."""
    old = select(RiskHit.id).where(RiskHit.at < clock.now() - RISK.period).limit(AT_ONCE)
    done = await tx.execute(delete(RiskHit).where(RiskHit.id.in_(old)))
    return cast("CursorResult[object]", done).rowcount
