"""What a company that leaves has on offer."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import N_
from listings import queries
from listings.states import ProductState
from trust.leaving import matters
from trust.leaving.matters import Matter


@matters.reader
async def products(tx: AsyncSession, organisation_id: UUID) -> list[Matter]:
    published = (await queries.count_by_state(tx, organisation_id)).get(ProductState.PUBLISHED, 0)
    return [
        Matter(
            "products",
            N_("Published products"),
            N_("Nobody finds them from the moment you leave. They come back by themselves if you stay."),
            "/my/products",
            published,
            waits=False,
        )
    ]
