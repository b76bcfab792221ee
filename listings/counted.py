"""What figures are counted from: which suppliers put a product forward in a month, where products belong, and what they
are called."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from listings.models import Product

_ACTS = text("""
SELECT p.organisation_id, date_trunc('month', r.saved_at AT TIME ZONE :zone)::date AS month
  FROM product_revision r JOIN product p ON p.id = r.product_id
 WHERE r.state <> 'draft' AND r.saved_at >= :since AND r.saved_at < :before
 GROUP BY 1, 2 ORDER BY 1, 2
""")

# A product is published from the move that made it so to the next one.
_PUBLISHED = text("""
SELECT count(*) FROM (SELECT DISTINCT ON (subject_id) to_state FROM state_change
                       WHERE subject_type = 'product' AND at < :before ORDER BY subject_id, id DESC) s
 WHERE to_state = 'published'
""")
# What was not published when it had to come down was down at once.
_DOWN = text("""
SELECT i.id, CASE WHEN coalesce(b.to_state, '') <> 'published' THEN i.since ELSE n.at END AS at
  FROM unnest(:ids, :products, :since) AS i (id, product_id, since)
  LEFT JOIN LATERAL (SELECT to_state FROM state_change
                      WHERE subject_type = 'product' AND subject_id = i.product_id AND at < i.since
                      ORDER BY id DESC LIMIT 1) b ON true
  LEFT JOIN LATERAL (SELECT min(at) AS at FROM state_change
                      WHERE subject_type = 'product' AND subject_id = i.product_id AND at >= i.since
                        AND to_state <> 'published') n ON true
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("products", type_=ARRAY(Uuid)),
    bindparam("since", type_=ARRAY(DateTime(timezone=True))),
)


async def acts(tx: AsyncSession, since: datetime, before: datetime, zone: str) -> list[tuple[UUID, str, date]]:
    """(company, `list`, first day of the month in `zone`), each once."""
    rows = await tx.execute(_ACTS, {"since": since, "before": before, "zone": zone})
    return [(row.organisation_id, "list", row.month) for row in rows]


async def categories_of(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """The category of each of these products, whatever has become of it."""
    rows = await tx.execute(select(Product.id, Product.category).where(Product.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


async def published(tx: AsyncSession, before: datetime) -> int:
    """How many products were published at a moment, by the moves made before it."""
    found = await tx.scalar(_PUBLISHED, {"before": before})
    return int(found or 0)


async def down(tx: AsyncSession, items: Mapping[UUID, tuple[UUID, datetime]]) -> dict[UUID, datetime]:
    """When products that had to come down were: of (product, from when) by any id, the first moment from then on at
    which it was not published. Without those that still are.
    """
    ids, products = list(items), [product for product, _since in items.values()]
    rows = await tx.execute(_DOWN, {"ids": ids, "products": products, "since": [since for _p, since in items.values()]})
    return {row.id: row.at for row in rows if row.at is not None}


async def titles_of(tx: AsyncSession, organisation_id: UUID) -> dict[UUID, dict[str, str]]:
    """Titles by language of every product of a company that was ever online, as last shown."""
    rows = await tx.execute(
        select(Product.id, Product.card).where(Product.organisation_id == organisation_id, Product.card.is_not(None))
    )
    return {id_: card["title"] for id_, card in rows if card is not None}
