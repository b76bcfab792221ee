"""A buyer's company may want two of its people over an amount of its own; the contract's clocks run on meanwhile."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict
from app.core.i18n import _
from app.core.money import Money
from payments.approvals import limits
from trust.access import Member


class SecondPersonNeeded(Conflict):
    """The amount is over the limit of the member's company: another of its members has to agree."""

    code = "second_person_needed"


async def require_second(tx: AsyncSession, buyer_id: UUID, amount: Money, *, by: Member) -> None:
    """Raises SecondPersonNeeded where the buyer's company wants two people for what `by` does alone."""
    if by.organisation_id == buyer_id and await limits.needs_second(tx, buyer_id, amount):
        raise SecondPersonNeeded(_("This is over the limit of your company: a second person has to agree."))
