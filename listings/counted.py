"""What figures are counted from: which suppliers put a product forward in a month, where products belong, what they are
called, and what was online when."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from listings.models import Product

AT_ONCE = 1000

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


# Intervals in which a product was published, cut with those in which a version of it was the live one.
_OFFERS = text("""
WITH published AS (
    SELECT * FROM (
        SELECT subject_id, to_state, at AS since, lead(at) OVER (PARTITION BY subject_id ORDER BY id) AS until
          FROM state_change WHERE subject_type = 'product' AND at < :before) c WHERE to_state = 'published'),
live AS (
    SELECT * FROM (
        SELECT subject_id, to_state, at AS since, lead(at) OVER (PARTITION BY subject_id ORDER BY id) AS until
          FROM state_change WHERE subject_type = 'product_revision' AND at < :before) c WHERE to_state = 'live')
SELECT p.id, p.organisation_id, r.content ->> 'category' AS category, greatest(s.since, l.since) AS since,
       least(s.until, l.until) AS until, coalesce(r.content -> 'certificates', '[]') AS certificates
  FROM published s
  JOIN product p ON p.id = s.subject_id
  JOIN product_revision r ON r.product_id = p.id
  JOIN live l ON l.subject_id = r.id
 WHERE (least(s.until, l.until) IS NULL OR least(s.until, l.until) > greatest(s.since, l.since, :since))
 ORDER BY p.id, 4
""")


@dataclass(frozen=True, slots=True)
class Online:
    """A product that was online with one version of it, from `since` until `until`, or still. certificates: (name, last
    day or None)."""

    product_id: UUID
    organisation_id: UUID
    category: str
    since: datetime
    until: datetime | None
    certificates: tuple[tuple[str, date | None], ...]


async def online(tx: AsyncSession, since: datetime, before: datetime) -> AsyncIterator[Online]:
    """What was online at some moment of a time, by product and moment."""
    query = _OFFERS.bindparams(since=since, before=before)
    async for row in await tx.stream(query, execution_options={"yield_per": AT_ONCE}):
        named = [(one["name"], one.get("valid_until")) for one in row.certificates]
        ends = tuple((name, date.fromisoformat(last) if last else None) for name, last in named)
        yield Online(row.id, row.organisation_id, row.category, row.since, row.until, ends)
