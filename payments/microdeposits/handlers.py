"""Micro-deposits listen to the moderation queue."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from payments.microdeposits import service
from payments.microdeposits.naming import REVIEW_KIND
from trust.reviews.events import ReviewDecided


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    if event.kind == REVIEW_KIND:
        await service.decided(tx, event)
