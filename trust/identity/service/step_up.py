"""Step-up: before a signature or a bank account changes, the member proves once more who they are."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.access import Member
from trust.identity.errors import ForPeopleOnly, StepUpNeeded
from trust.identity.models import SessionRow
from trust.identity.sessions import STEP_UP

PAGE = "/session/step-up"


class Means(StrEnum):
    """How a member proved who they are."""

    PASSKEY = "passkey"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105  a word, no password


async def require_step_up(tx: AsyncSession, member: Member, within: timedelta = STEP_UP) -> None:
    """Returns when the member's session was stepped up less than `within` ago.

    Raises StepUpNeeded, whose facts carry the `address` of the page to go to (add `?next=` to come back), and
    ForPeopleOnly for an API key, which has no second step to prove.
    """
    if member.session_id is None:
        raise ForPeopleOnly(_("An API key cannot do this. Sign in with your browser."))
    if not await stepped_up(tx, member, within):
        raise StepUpNeeded(_("Please confirm first that it is you."), address=PAGE)


async def stepped_up(tx: AsyncSession, member: Member, within: timedelta = STEP_UP) -> bool:
    """Whether the member's session was stepped up less than `within` ago."""
    at = await tx.scalar(select(SessionRow.stepped_up_at).where(SessionRow.id == member.session_id))
    return at is not None and clock.now() - at <= within


async def means(tx: AsyncSession, member: Member) -> str:
    """How the member's session was last stepped up: a `Means`, or "" when it never was."""
    found = await tx.scalar(select(SessionRow.stepped_up_by).where(SessionRow.id == member.session_id))
    return found or ""


async def step_up(tx: AsyncSession, session_id: UUID, by: Means) -> None:
    """The session's member has just proven who they are."""
    values = {"stepped_up_at": clock.now(), "stepped_up_by": by.value}
    await tx.execute(update(SessionRow).where(SessionRow.id == session_id).values(values))
