"""What the privacy desk asks."""

from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.states import Change, history
from trust.access import Member, Permission, require
from trust.privacy.errors import RequestNotFound
from trust.privacy.models import PrivacyRequest
from trust.privacy.states import ANSWERED, WAITING, RequestState

Shown = Literal["waiting", "answered", "withdrawn"]
_STATES: dict[Shown, tuple[RequestState, ...]] = {
    "waiting": WAITING,
    "answered": ANSWERED,
    "withdrawn": (RequestState.WITHDRAWN,),
}


async def requests(
    tx: AsyncSession, shown: Shown, *, by: Member, offset: int, limit: int
) -> tuple[list[PrivacyRequest], int]:
    """Those that wait, the soonest due first; others the newest first. Not who asked, nor what they wrote."""
    require(by, Permission.ANSWER_PRIVACY)
    within = PrivacyRequest.state.in_(_STATES[shown])
    total = (await tx.execute(select(func.count()).select_from(PrivacyRequest).where(within))).scalar_one()
    order = (PrivacyRequest.due_at, PrivacyRequest.id) if shown == "waiting" else (PrivacyRequest.id.desc(),)
    rows = await tx.scalars(select(PrivacyRequest).where(within).order_by(*order).offset(offset).limit(limit))
    return list(rows), total


async def request(tx: AsyncSession, request_id: UUID, *, by: Member) -> PrivacyRequest:
    """Raises NotPermitted, RequestNotFound: also for one that nobody confirmed."""
    require(by, Permission.ANSWER_PRIVACY)
    return await for_queue(tx, request_id)


async def for_queue(tx: AsyncSession, request_id: UUID) -> PrivacyRequest:
    """As the moderation queue shows it: what, since when, until when."""
    row = await tx.scalar(select(PrivacyRequest).where(PrivacyRequest.id == request_id))
    if row is None or row.confirmed_at is None:
        raise RequestNotFound(_("There is no such request."))
    return row


async def of_member(tx: AsyncSession, member_id: UUID) -> list[PrivacyRequest]:
    """The latest that were asked from this member's address."""
    query = select(PrivacyRequest).where(PrivacyRequest.member_id == member_id)
    return list(await tx.scalars(query.order_by(PrivacyRequest.id.desc()).limit(10)))


async def steps(tx: AsyncSession, row: PrivacyRequest) -> list[Change]:
    return await history(tx, row.itself)
