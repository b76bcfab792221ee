"""Cases of a company that leaves."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import N_
from trust.cases import queries
from trust.leaving import matters
from trust.leaving.matters import Matter


@matters.reader
async def cases(tx: AsyncSession, organisation_id: UUID) -> list[Matter]:
    return [
        Matter(
            "cases",
            N_("Complaints and disputes"),
            N_("They are decided by the rules of their own day; answer them as before."),
            "/cases",
            await queries.count_of(tx, organisation_id, ended=False),
        )
    ]
