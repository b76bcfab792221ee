"""Letters to the people of a company, and the record of what its members did."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, post
from app.core.post import Letter
from trust.access import Permission
from trust.identity import queries
from trust.identity.models import AuditEntry


async def notify(
    tx: AsyncSession,
    organisation_id: UUID,
    permission: Permission,
    template: str,
    context: dict[str, Any],
    *,
    answers: Callable[[UUID], str] = lambda _member: "",
) -> None:
    """Queue one mail for each member of the company whose roles grant `permission`, in that member's language.

    template  a folder under templates/mail/
    context   JSON-able values for it; `recipient`, the member's name, is added
    answers   where each member's answer goes: see `app.core.post.send`
    """
    letters = [
        Letter(reader.email, reader.locale, {**context, "recipient": reader.name}, answers(reader.member_id))
        for reader in await queries.members_to_notify(tx, organisation_id, permission)
    ]
    await post.send_each(tx, template, letters)


def audit(tx: AsyncSession, organisation_id: UUID, by: UUID | None, action: str, **facts: Any) -> None:
    """Write down what a member did; `facts` are JSON-able, changes as `before` and `after`."""
    tx.add(AuditEntry(organisation_id=organisation_id, member_id=by, action=action, facts=facts, at=clock.now()))
