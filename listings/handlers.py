"""What listings do when something happens elsewhere."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from listings import fitting, service, stopping
from listings.events import ProductPublished, ProductWithdrawn
from listings.pictures import showing
from trust.cases.events import CaseRuled
from trust.entitlements.events import EntitlementsChanged
from trust.reviews.events import ReviewDecided, Verdict
from trust.rights.events import MeasuresChanged
from trust.risk.pictures.events import PicturesRead
from trust.risk.service import REVIEW_KIND, REVIEW_PREFIX


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """Publish or refuse the version that a moderator judged; asking for more is a refusal that says what is missing."""
    if event.subject.type != service.REVIEW_SUBJECT:
        return
    if event.verdict is Verdict.ACCEPT:
        await service.publish(tx, event.subject.id, by=event.decided_by)
    else:
        await service.reject(tx, event.subject.id, event.reason, by=event.decided_by)


@handler(PicturesRead)
async def on_pictures_read(tx: AsyncSession, event: PicturesRead) -> None:
    """Judge what the pictures of a version that waits or is live give away."""
    if event.subject.type == service.REVIEW_SUBJECT:
        await showing.judge(tx, event.subject.id)


@handler(ReviewDecided)
async def on_risk_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """A reviewer of risk found harm in a published listing whose pictures give contacts away: it goes until mended."""
    about = event.subject.type == REVIEW_PREFIX + "product" and event.kind == REVIEW_KIND
    if about and event.verdict is Verdict.REJECT and await showing.gives_away(tx, event.subject.id):
        await service.forbid(tx, event.subject.id, event.reason, by=event.decided_by)


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


@handler(EntitlementsChanged)
async def on_entitlements_changed(tx: AsyncSession, event: EntitlementsChanged) -> None:
    """What the company's plan has no room for rests, and comes back when it has."""
    await fitting.fit(tx, event.organisation_id)


@handler(ProductWithdrawn)
async def on_withdrawn(tx: AsyncSession, event: ProductWithdrawn) -> None:
    """The room of what went is another's."""
    await fitting.fit(tx, event.organisation_id)


@handler(ProductPublished)
async def on_published(tx: AsyncSession, event: ProductPublished) -> None:
    """What was under review when the plan became smaller finds its room taken."""
    await fitting.fit(tx, event.organisation_id)
