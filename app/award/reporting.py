"""The applicant's own scores, for the table of reports that they belong to."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.states import CHAPTERS
from app.award.models import Application, AwardSubmission
from app.award.states import ApplicationState
from app.indicators.reporting.own_scores import OwnScore, told_by


@told_by
async def own_scores(tx: AsyncSession, last: date) -> list[OwnScore]:
    """Of the dossier that was handed in last for the twelve months up to `last` and not withdrawn; none without one."""
    query = (
        select(AwardSubmission.dossier)
        .join(Application, Application.id == AwardSubmission.application_id)
        .where(Application.last == last, Application.state != ApplicationState.WITHDRAWN)
    )
    dossier = await tx.scalar(query.order_by(AwardSubmission.id.desc()).limit(1))
    parts = dossier["parts"].values() if dossier else ()
    said = next((part["scores"] for part in parts if part["scores"]), None)
    if said is None:
        return []
    return [OwnScore(name, said[chapter]["score"], said[chapter]["reason"]) for chapter, name in CHAPTERS.items()]
