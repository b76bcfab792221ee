"""What figures are counted from: which suppliers put a product forward in a month, where products belong, what they are
called, and what was online when."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from listings.models import Product

AT_ONCE = 1000

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
