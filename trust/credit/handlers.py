"""What happens on this floor gets into the credit files. Deals, ratings and payments are told from above."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from trust.cases.events import CaseEnded
from trust.credit import reading, service
from trust.restrictions.events import PointsGiven, RestrictionsChanged
from trust.restrictions.models import Appeal
from trust.reviews.events import ReviewDecided
from trust.verification.events import FactsChanged


@handler(FactsChanged)
async def on_facts_changed(tx: AsyncSession, event: FactsChanged) -> None:
    await service.enter(tx, await reading.of_facts(tx, [event.organisation_id]))


@handler(RestrictionsChanged)
async def on_restrictions_changed(tx: AsyncSession, event: RestrictionsChanged) -> None:
    await service.enter(tx, await reading.of_restrictions(tx, [event.restriction_id]))


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """An appeal may be decided after its restriction has ended, of which nothing else tells."""
    if event.subject.type == Appeal.SUBJECT:
        query = select(Appeal.restriction_id).where(Appeal.id == event.subject.id)
        found: list[UUID] = list(await tx.scalars(query))
        await service.enter(tx, await reading.of_restrictions(tx, found))


@handler(PointsGiven)
async def on_points_given(tx: AsyncSession, event: PointsGiven) -> None:
    await service.enter(tx, await reading.of_points(tx, [event.point_id]))


@handler(CaseEnded)
async def on_case_ended(tx: AsyncSession, event: CaseEnded) -> None:
    await service.enter(tx, await reading.of_cases(tx, [event.case_id]))
