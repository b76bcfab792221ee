"""Letters about an application: to whoever answers for the operator, to those who lead, to reviewers, to objectors."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.award.models import Application, Objection
from app.core import post
from app.core.i18n import _, speaking
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people

OPERATOR, EVALUATORS = Permission.ANSWER_ASSESSMENT, Permission.LEAD_ASSESSMENT


def _said(row: Application, news: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {"number": row.number, "news": news, "path": f"/title-applications/{row.id}", "until": "", **facts}


async def tell(tx: AsyncSession, row: Application, news: str, *, to: Permission = OPERATOR, **facts: Any) -> None:
    """Queue a letter for each of them. `news` is a key of templates/mail/award_news."""
    await people.notify(tx, await identity.platform_id(tx), to, "award_news", _said(row, news, facts))


async def reviewer(tx: AsyncSession, row: Application, member_id: UUID, news: str) -> None:
    """Queue a letter for one member of the platform."""
    for one in await identity.members(tx, await identity.platform_id(tx)):
        if one.id == member_id and one.email_confirmed:
            context = {**_said(row, news, {}), "recipient": one.name}
            await post.send(tx, to=one.email, locale=one.locale, template="award_news", context=context)


async def objector(tx: AsyncSession, row: Application, objection: Objection, email: str, news: str) -> None:
    """Queue a letter for whoever objected: `news` is received, or the state in which the objection ended."""
    with speaking(objection.locale):
        why = _("You get this mail because you objected to a published result on Portolan.")
    context = {
        "number": row.number,
        "receipt": objection.number,
        "news": news,
        "reason": objection.reason,
        "path": f"/assessment/applications/{row.id}",
        "why": why,
    }
    await post.send(tx, to=email, locale=objection.locale, template="objection_news", context=context)
