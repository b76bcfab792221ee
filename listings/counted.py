"""What figures are counted from: which suppliers put a product forward in a month, where products belong, and what they
are called."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from listings.models import Product

_ACTS = text("""
SELECT p.organisation_id, date_trunc('month', r.saved_at AT TIME ZONE :zone)::date AS month
  FROM product_revision r JOIN product p ON p.id = r.product_id
 WHERE r.state <> 'draft' AND r.saved_at >= :since AND r.saved_at < :before
 GROUP BY 1, 2 ORDER BY 1, 2
""")


async def acts(tx: AsyncSession, since: datetime, before: datetime, zone: str) -> list[tuple[UUID, str, date]]:
    """(company, `list`, first day of the month in `zone`), each once."""
    rows = await tx.execute(_ACTS, {"since": since, "before": before, "zone": zone})
    return [(row.organisation_id, "list", row.month) for row in rows]


async def categories_of(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """The category of each of these products, whatever has become of it."""
    rows = await tx.execute(select(Product.id, Product.category).where(Product.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


async def titles_of(tx: AsyncSession, organisation_id: UUID) -> dict[UUID, dict[str, str]]:
    """Titles by language of every product of a company that was ever online, as last shown."""
    rows = await tx.execute(
        select(Product.id, Product.card).where(Product.organisation_id == organisation_id, Product.card.is_not(None))
    )
    return {id_: card["title"] for id_, card in rows if card is not None}
