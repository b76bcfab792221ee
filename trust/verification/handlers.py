"""Verification listens to the moderation queue, and to what is learned of bank accounts."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from trust.reviews.events import ReviewDecided
from trust.verification import banks, service
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
