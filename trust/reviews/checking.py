"""Second looks: some decisions are drawn by lot, and another reviewer says whether they would have decided so."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.reviews.errors import AlreadyChecked, CheckNotFound, OwnDecision, ReasonNeeded
from trust.reviews.models import ReviewCheck


async def answer(tx: AsyncSession, review_id: UUID, *, agrees: bool, note: str, by: Member) -> None:
    """Say whether a decision that was drawn was right; once. The decision itself stands: who disagrees tells the
    reviewer why, and the company's own way to have it changed is open as ever.

    Raises CheckNotFound, OwnDecision, AlreadyChecked, ReasonNeeded for a disagreement without a reason.
    """
    require(by, Permission.MODERATE)
    check = await tx.scalar(select(ReviewCheck).where(ReviewCheck.review_id == review_id).with_for_update())
    if check is None:
        raise CheckNotFound
    if check.decided_by == by.id:
        raise OwnDecision(_("This was your own decision. A colleague looks at it."))
    if check.agrees is not None:
        raise AlreadyChecked(_("A colleague has looked at it already."))
    if not agrees and not note.strip():
        raise ReasonNeeded(_("Say what should have been decided, and why."), field="note")
    check.agrees, check.note, check.checked_by, check.checked_at = agrees, note.strip(), by.id, clock.now()
