"""Restrictions for tests, as the desk places them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.people import Actor, make_staff
from trust.access import Role, Scope
from trust.restrictions import service
from trust.restrictions.ladder import Kind, Measure
from trust.restrictions.service import Charge

CHARGE = Charge(reason="no_answer", statement="Two questions of the platform stayed without an answer.")


async def restrict(
    tx: AsyncSession, company: UUID, *scopes: Scope, days: int = 30, reason: str = "no_answer", by: Actor | None = None
) -> UUID:
    """A partial restriction in force."""
    by = by or await make_staff(tx, Role.MODERATOR)
    charge = Charge(reason=reason, statement=CHARGE.statement)
    return await service.place(tx, company, Measure(Kind.PARTIAL, frozenset(scopes), days), charge, by=by.member)


async def suspend(
    tx: AsyncSession, company: UUID, *, kind: Kind = Kind.FULL, reason: str = "no_answer", by: Actor | None = None
) -> UUID:
    """A suspension in force, to which a second person agreed."""
    by = by or await make_staff(tx, Role.MODERATOR)
    charge = Charge(reason=reason, statement=CHARGE.statement)
    made = await service.place(tx, company, Measure(kind, frozenset(), None), charge, by=by.member)
    await service.agree(tx, made, by=(await make_staff(tx, Role.COMPLIANCE)).member)
    return made
