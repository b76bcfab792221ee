"""What the figure of the operator's licences is counted from."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.rules.models import OperatorLicence


@dataclass(frozen=True, slots=True)
class CountedLicence:
    """A licence, on the operator's page from `added_at` to `ended_at`."""

    id: UUID
    valid_from: date
    valid_to: date | None
    added_at: datetime
    ended_at: datetime | None


async def licences(tx: AsyncSession, since: datetime, before: datetime) -> list[CountedLicence]:
    """Licences put on the page before a moment, but for those taken off before `since`; by id."""
    row = OperatorLicence
    query = select(row.id, row.valid_from, row.valid_to, row.added_at, row.ended_at).where(
        row.added_at < before, or_(row.ended_at.is_(None), row.ended_at >= since)
    )
    return [CountedLicence(*one) for one in await tx.execute(query.order_by(row.id))]
