"""The past of this floor, entered in portions: for files that were begun later than the platform."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.cases.models import Case
from trust.credit import reading, service
from trust.credit.reading import Draft
from trust.identity.models import Organisation
from trust.restrictions.models import Restriction, ViolationPoint

Reader = Callable[[AsyncSession, list[UUID]], Awaitable[list[Draft]]]


class Past(StrEnum):
    """What there is to read, each by the table it begins with."""

    FACTS = "facts"
    RESTRICTIONS = "restrictions"
    POINTS = "points"
    CASES = "cases"


_IDS = {
    Past.FACTS: Organisation.id,
    Past.RESTRICTIONS: Restriction.id,
    Past.POINTS: ViolationPoint.id,
    Past.CASES: Case.id,
}
_READERS: dict[Past, Reader] = {
    Past.FACTS: reading.of_facts,
    Past.RESTRICTIONS: reading.of_restrictions,
    Past.POINTS: reading.of_points,
    Past.CASES: reading.of_cases,
}


async def portion(tx: AsyncSession, past: Past, after: UUID, *, limit: int) -> tuple[int, UUID | None]:
    """Enter what the next so many things say: how many entries were made, and where to go on; None at the end."""
    key = _IDS[past]
    ids = list(await tx.scalars(select(key).where(key > after).order_by(key).limit(limit)))
    made = await service.enter(tx, await _READERS[past](tx, ids)) if ids else 0
    return made, ids[-1] if ids else None
