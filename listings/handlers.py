"""What listings do when something happens elsewhere."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from listings import service, stopping
from trust.cases.events import CaseRuled
from trust.reviews.events import ReviewDecided, Verdict
from trust.rights.events import MeasuresChanged


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """Publish or refuse the version that a moderator judged; asking for more is a refusal that says what is missing."""
    if event.subject.type != service.REVIEW_SUBJECT:
        return
    if event.verdict is Verdict.ACCEPT:
        await service.publish(tx, event.subject.id, by=event.decided_by)
    else:
        await service.reject(tx, event.subject.id, event.reason, by=event.decided_by)


@handler(CaseRuled)
async def on_case_ruled(tx: AsyncSession, event: CaseRuled) -> None:
    """A listing that a ruling takes down goes at once: what harms does not wait for an appeal."""
    if event.subject.type == "product" and event.remedy == "remove_listing" and not event.final:
        await service.remove(tx, event.subject.id, case=event.number)


@handler(MeasuresChanged)
async def on_measures_changed(tx: AsyncSession, event: MeasuresChanged) -> None:
    """Listings go down with a notice that stands against them, and come back when none does any more."""
    for product_id in sorted(event.listing_ids):
        await stopping.follow(tx, product_id, notice=event.number)
