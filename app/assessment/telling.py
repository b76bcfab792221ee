"""Letters about an assessment: to whoever answers for the operator, and to those who lead it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.models import Assessment
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people

OPERATOR, EVALUATORS = Permission.ANSWER_ASSESSMENT, Permission.LEAD_ASSESSMENT


async def tell(tx: AsyncSession, row: Assessment, news: str, *, to: Permission = OPERATOR, **facts: Any) -> None:
    """Queue a letter for each of them. `news` is a key of templates/mail/assessment_news."""
    said = {"number": row.number, "news": news, "path": f"/assessments/{row.id}", "until": "", **facts}
    await people.notify(tx, await identity.platform_id(tx), to, "assessment_news", said)
