"""What figures of risk are counted from: what a rule found and a reviewer agreed does harm, and since when it works."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.risk.engine import Mode
from trust.risk.models import RiskHit, RiskOutcome, RiskSetting

MARKS = "INF-03"
"""The rule that finds other people's registered marks in listings."""
APPROVED = "approved"


async def harmful(tx: AsyncSession, rule: str, since: datetime, before: datetime) -> list[tuple[UUID, datetime]]:
    """(subject, when) of what a rule met and a reviewer found to do harm between two moments, each subject once."""
    query = (
        select(RiskHit.subject_id, func.min(RiskOutcome.at))
        .join(RiskOutcome, RiskOutcome.hit_id == RiskHit.id)
        .where(RiskHit.rule == rule, RiskOutcome.harm, RiskOutcome.at >= since, RiskOutcome.at < before)
        .group_by(RiskHit.subject_id)
        .order_by(RiskHit.subject_id)
    )
    return [(row[0], row[1]) for row in await tx.execute(query)]


async def live_since(tx: AsyncSession, rule: str, before: datetime) -> datetime | None:
    """Since when the settings of a rule that were in force at a moment have been; None where it was not live."""
    query = (
        select(RiskSetting.mode, RiskSetting.effective_from)
        .where(RiskSetting.rule == rule, RiskSetting.verdict == APPROVED, RiskSetting.effective_from < before)
        .order_by(RiskSetting.effective_from.desc(), RiskSetting.decided_at.desc())
        .limit(1)
    )
    row = (await tx.execute(query)).first()
    return row.effective_from if row is not None and row.mode == Mode.LIVE else None
