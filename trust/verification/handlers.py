"""Verification listens to the moderation queue."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from trust.reviews.events import ReviewDecided
from trust.verification import service


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    if event.kind == "verification":
        await service.decided(tx, event)
