"""What controlled goods learn from reviewers."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from trust.goods import checking
from trust.reviews.events import ReviewDecided, Verdict


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """Refused means that the goods are what the entry controls, accepted that they are not; more says neither."""
    if event.kind == checking.REVIEW_KIND and event.verdict is not Verdict.MORE:
        meant = event.verdict is Verdict.REJECT
        await checking.rule(tx, event.subject.id, meant=meant, reason=event.reason, by=event.decided_by)
