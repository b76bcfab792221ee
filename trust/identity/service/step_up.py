"""Step-up: before a signature or a bank account changes, the member proves once more who they are."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import once
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


async def require_step_up(tx: AsyncSession, member: Member, within: timedelta = STEP_UP) -> str:
    """How the member's session was stepped up less than `within` ago: as `means`.

    Raises StepUpNeeded, whose facts carry the `address` of the page to go to (add `?next=` to come back), and
    ForPeopleOnly for an API key, which has no second step to prove.
    """
    if member.session_id is None:
        raise ForPeopleOnly(_("An API key cannot do this. Sign in with your browser."))
    at, how = await _last(tx, member)
    if at is None or clock.now() - at > within:
        raise StepUpNeeded(_("Please confirm first that it is you."), address=PAGE)
    return how


async def stepped_up(tx: AsyncSession, member: Member, within: timedelta = STEP_UP) -> bool:
    """Whether the member's session was stepped up less than `within` ago."""
    at, _how = await _last(tx, member)
    return at is not None and clock.now() - at <= within


async def means(tx: AsyncSession, member: Member) -> str:
    """How the member's session was last stepped up: a `Means`, or "" when it never was."""
    _at, how = await _last(tx, member)
    return how


async def _last(tx: AsyncSession, member: Member) -> tuple[datetime | None, str]:
    """When and how the member's session was last stepped up; an API key has none."""
    row = (await tx.execute(*_stepped_up(member.session_id))).first() if member.session_id else None
    return (row.stepped_up_at, row.stepped_up_by or "") if row else (None, "")


@once
def _stepped_up(session_id: UUID) -> Select[datetime | None, str]:
    return select(SessionRow.stepped_up_at, SessionRow.stepped_up_by).where(SessionRow.id == session_id)


async def step_up(tx: AsyncSession, session_id: UUID, by: Means) -> None:
    """The session's member has just proven who they are."""
    values = {"stepped_up_at": clock.now(), "stepped_up_by": by.value}
    await tx.execute(update(SessionRow).where(SessionRow.id == session_id).values(values))
