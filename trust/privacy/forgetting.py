"""What of requests goes when its time is over; that they were asked and answered in time stays."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from trust.privacy.models import PrivacyRequest
from trust.privacy.states import RequestMove, RequestState
from trust.retention.classes import PRIVACY_REQUEST


async def unconfirmed(tx: AsyncSession, *, limit: int) -> list[UUID]:
    query = select(PrivacyRequest.id).where(PrivacyRequest.state == RequestState.FILED)
    query = query.where(PrivacyRequest.confirm_until <= clock.now())
    return list(await tx.scalars(query.order_by(PrivacyRequest.id).limit(limit)))


async def lapse(tx: AsyncSession, request_id: UUID) -> None:
    """Nobody opened the link: what was written goes at once, for nobody knows whose it is."""
    row = await _locked(tx, request_id)
    if row.can(RequestMove.LAPSE):
        row.move(RequestMove.LAPSE, by=None)
        row.ended_at = row.forgotten_at = clock.now()
        row.sealed = row.email_mark = None


async def answered_before(tx: AsyncSession, *, limit: int) -> list[UUID]:
    query = select(PrivacyRequest.id).where(
        PrivacyRequest.ended_at <= clock.now() - PRIVACY_REQUEST.period, PrivacyRequest.forgotten_at.is_(None)
    )
    return list(await tx.scalars(query.order_by(PrivacyRequest.ended_at).limit(limit)))


async def forget(tx: AsyncSession, request_id: UUID) -> None:
    """Who asked, in which words, and our letter; also what the chain has of it."""
    row = await _locked(tx, request_id)
    if row.forgotten_at is None:
        row.sealed = row.email_mark = row.extension_sealed = row.answer_sealed = None
        row.forgotten_at = clock.now()
        await evidence.erase(tx, row.itself, basis=PRIVACY_REQUEST.key, actor=None)


async def _locked(tx: AsyncSession, request_id: UUID) -> PrivacyRequest:
    return (await tx.scalars(select(PrivacyRequest).where(PrivacyRequest.id == request_id).with_for_update())).one()
