"""Clocks of assessments: things not put right in time are checked as they stand, hearings end, and so do titles."""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import rectifying, titles
from app.assessment.models import Assessment
from app.assessment.states import AssessmentState
from app.core import clock
from app.core.jobs import JobContext, every
from app.core.periods import day_of

AT_ONCE = 100
S = AssessmentState


@every(hours=1)
async def end_times(ctx: JobContext) -> None:
    """What is over since midnight in the zone of reporting."""
    await ctx.tx(end_what_is_over, ctx.settings.reporting_zone)
    await ctx.tx(end_title, ctx.settings.reporting_zone)


async def end_what_is_over(tx: AsyncSession, zone: str) -> None:
    today = day_of(clock.now(), zone)
    late = (Assessment.state == S.RECTIFY) & (Assessment.rectify_by < today)
    heard = (Assessment.state == S.NOTICE) & (Assessment.statement_by < today) & Assessment.told_at.is_(None)
    query = select(Assessment.id).where(or_(late, heard)).order_by(Assessment.id).limit(AT_ONCE)
    for assessment_id in list(await tx.scalars(query)):
        await rectifying.expire(tx, assessment_id, zone=zone)
        await rectifying.end_of_hearing(tx, assessment_id, zone=zone)


async def end_title(tx: AsyncSession, zone: str) -> None:
    await titles.expire(tx, zone=zone)
