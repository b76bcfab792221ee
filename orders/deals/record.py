"""What every move on an order does beside its own: it is written into the evidence, and the other side is told."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.i18n import _
from app.core.subject import Subject
from orders.deals.errors import WrongSide
from orders.deals.models import Order
from trust.access import Member, Permission
from trust.identity import service as people


def subject(order: Order) -> Subject:
    return Subject("order", order.id)


def only(party: UUID, by: Member) -> None:
    """Raises WrongSide unless `by` acts for `party`."""
    if by.organisation_id != party:
        raise WrongSide(_("This step belongs to the other party."))


async def note(tx: AsyncSession, order: Order, kind: str, data: dict[str, Any], *, by: Member | None = None) -> None:
    """One link of the order's evidence; a member's acts name their company, which both sides may read."""
    whose = {"organisation": by.organisation_id} if by else {}
    await evidence.record(tx, subject(order), kind, data | whose, actor=by.id if by else None)


async def tell(tx: AsyncSession, order: Order, party: UUID, permission: Permission, template: str, **more: str) -> None:
    facts = {"number": order.number, "title": order.title, "path": f"/orders/{order.id}", **more}
    await people.notify(tx, party, permission, template, facts)
