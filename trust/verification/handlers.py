"""Verification listens to the moderation queue, and to what is learned of bank accounts."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from trust.privacy.events import ConsentWithdrawn
from trust.privacy.purposes import IDENTITY_DOCUMENTS
from trust.reviews.events import ReviewDecided
from trust.verification import banks, drafts, service
from trust.verification.events import BankAccountConfirmed, BankAccountEnded


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    if event.kind == "verification":
        await service.decided(tx, event)


@handler(BankAccountConfirmed)
async def on_account_confirmed(tx: AsyncSession, event: BankAccountConfirmed) -> None:
    await banks.confirmed(tx, event)


@handler(BankAccountEnded)
async def on_account_ended(tx: AsyncSession, event: BankAccountEnded) -> None:
    await banks.ended(tx, event)


@handler(ConsentWithdrawn)
async def on_consent_withdrawn(tx: AsyncSession, event: ConsentWithdrawn) -> None:
    """A draft rests on consent alone, so it goes; what was handed in is kept as the law says."""
    if event.purpose == IDENTITY_DOCUMENTS:
        await drafts.discard_saved_by(tx, event.member_id)
