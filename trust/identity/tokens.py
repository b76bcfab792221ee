"""One-time tokens: made for a member and a purpose, spent once before they expire."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto
from app.core.i18n import _
from trust.identity.errors import LinkSpent
from trust.identity.models import OneTimeToken


class Purpose(StrEnum):
    RESET_PASSWORD = "reset_password"  # noqa: S105  a purpose, no password
    SECOND_STEP = "second_step"


LIFETIME = {Purpose.RESET_PASSWORD: timedelta(minutes=30), Purpose.SECOND_STEP: timedelta(minutes=5)}


async def make(tx: AsyncSession, member_id: UUID, purpose: Purpose) -> str:
    """A fresh token; earlier ones of the same purpose are void."""
    await void(tx, member_id, purpose)
    token = crypto.new_token()
    now = clock.now()
    tx.add(
        OneTimeToken(member_id=member_id, purpose=purpose, mark=crypto.mark(token), expires_at=now + LIFETIME[purpose])
    )
    await tx.flush()
    return token


async def void(tx: AsyncSession, member_id: UUID, purpose: Purpose) -> None:
    await tx.execute(
        update(OneTimeToken)
        .where(OneTimeToken.member_id == member_id, OneTimeToken.purpose == purpose, OneTimeToken.used_at.is_(None))
        .values(used_at=clock.now())
    )


async def bearer(tx: AsyncSession, token: str, purpose: Purpose, *, spend: bool) -> UUID:
    """The member a good token was made for. Raises LinkSpent for any other.

    spend  it is good no more; locks it, so that of two who come at once one is refused
    """
    query = select(OneTimeToken).where(
        OneTimeToken.mark == crypto.mark(token),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
    )
    row = await tx.scalar(query.with_for_update() if spend else query)
    if row is None:
        raise LinkSpent(_("This link was used already or has expired. Please ask for a new one."))
    if spend:
        row.used_at = clock.now()
    return UUID(str(row.member_id))
