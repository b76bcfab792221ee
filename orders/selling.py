"""What came of a supplier's inquiries, and how it kept its word: counted from the deals themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Inquiries of the span, by what became of them until now. An answer within a day is one within 24 hours.
_ASKED = text("""
WITH asked AS (
    SELECT i.destination, i.product_id, i.answered_at - i.created_at AS took,
           EXISTS (SELECT FROM quotation q WHERE q.inquiry_id = i.id AND q.made_by = i.supplier_id) AS quoted,
           EXISTS (SELECT FROM contract c WHERE c.inquiry_id = i.id AND c.effective_at IS NOT NULL) AS contracted
      FROM inquiry i
     WHERE i.supplier_id = :supplier AND i.created_at >= :since AND i.created_at < :before
)
SELECT grouping(destination, product_id) AS cut, destination, product_id,
       count(*) AS inquiries, count(took) AS answered,
       count(*) FILTER (WHERE took <= interval '24 hours') AS within_day,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS took,
       count(*) FILTER (WHERE quoted) AS quoted, count(*) FILTER (WHERE contracted) AS contracted
  FROM asked GROUP BY GROUPING SETS ((), (destination), (product_id))
 ORDER BY 4 DESC, 2, 3
""")

# An order is kept in time if all its goods were handed over by the last day of the contract. Nothing was owed for that
# day where the money due before shipment had not come, or where the order ended before without any goods leaving.
_KEPT = text("""
WITH due AS (
    SELECT NOT EXISTS (SELECT FROM order_line l
                        WHERE l.order_id = o.id
                          AND l.least > coalesce((SELECT sum(sl.quantity) FROM shipment_line sl
                                                    JOIN shipment s ON s.id = sl.shipment_id
                                                   WHERE s.order_id = o.id AND sl.position = l.position
                                                     AND s.shipped_on <= o.ship_by), 0)) AS in_time
      FROM orders o
     WHERE o.supplier_id = :supplier AND o.ship_by BETWEEN :first AND :last AND o.ship_by < :today
       AND CAST(o.funded_at AT TIME ZONE 'UTC' AS date) <= o.ship_by
       AND (o.shipped_at IS NOT NULL OR o.ended_at IS NULL
            OR CAST(o.ended_at AT TIME ZONE 'UTC' AS date) > o.ship_by)
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM due WHERE in_time),
       count(*) FILTER (WHERE o.state = 'completed' AND o.ended_at >= :since AND o.ended_at < :before),
       count(*) FILTER (WHERE d.at >= :since AND d.at < :before)
  FROM orders o
  LEFT JOIN LATERAL (SELECT min(c.opened_at) AS at FROM case_file c
                      WHERE c.kind = 'dispute' AND c.subject_type = 'order' AND c.subject_id = o.id) d ON true
 WHERE o.supplier_id = :supplier
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """Inquiries, and how many of them were answered, answered within a day, quoted for, and led to a contract.

    hours  to the first answer, the median, one decimal; None where nothing was answered
    """

    inquiries: int = 0
    answered: int = 0
    within_day: int = 0
    hours: Decimal | None = None
    quoted: int = 0
    contracted: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Orders whose last day of shipment lay in the span, those of them shipped by it; completed; with a dispute."""

    due: int
    in_time: int
    completed: int
    disputed: int


@dataclass(frozen=True, slots=True)
class Inquired:
    """The whole, and its parts by destination (ISO 3166-1 alpha-2) and product; what has no product is under None."""

    whole: Asked
    countries: dict[str, Asked]
    products: dict[UUID | None, Asked]


async def inquired(tx: AsyncSession, supplier_id: UUID, since: datetime, before: datetime) -> Inquired:
    """Of the inquiries between two moments; the largest parts first."""
    found = Inquired(Asked(), {}, {})
    for row in await tx.execute(_ASKED, {"supplier": supplier_id, "since": since, "before": before}):
        hours = None if row.took is None else Decimal(row.took.total_seconds()) / 3600
        rounded = None if hours is None else hours.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
        one = Asked(row.inquiries, row.answered, row.within_day, rounded, row.quoted, row.contracted)
        match row.cut:
            case 3:
                found = Inquired(one, found.countries, found.products)
            case 1:
                found.countries[row.destination] = one
            case _:
                found.products[row.product_id] = one
    return found


async def kept(
    tx: AsyncSession, supplier_id: UUID, first: date, last: date, *, since: datetime, before: datetime, today: date
) -> Kept:
    """Of the days from `first` to `last`, which are those between `since` and `before`; days to come do not count."""
    said = {"supplier": supplier_id, "first": first, "last": last, "since": since, "before": before, "today": today}
    return Kept(*(await tx.execute(_KEPT, said)).one())
