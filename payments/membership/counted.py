"""What the figure of paid members is counted from: the terms that cover a day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from payments.membership.calendar import ZONE

# A sanction ends a term with the day before it was placed, unless it was lifted.
_PAID = text("""
SELECT * FROM (
    SELECT t.organisation_id, t.plan, t.starts_on, least(t.ends_on, (
           SELECT (s.at AT TIME ZONE :zone)::date - 1 FROM membership_mark s
            WHERE s.term_id = t.id AND s.kind = 'sanction'
              AND NOT EXISTS (SELECT FROM membership_mark l WHERE l.term_id = t.id AND l.kind = 'sanction_lifted')
           )) AS ends_on
      FROM membership_term t
     WHERE t.starts_on <= :day AND t.ends_on >= :day AND t.fee_minor + t.credit_minor > 0
       AND NOT EXISTS (SELECT FROM membership_mark v WHERE v.term_id = t.id AND v.kind = 'void')
    ) p
 WHERE ends_on >= :day
 ORDER BY organisation_id, starts_on
""")


@dataclass(frozen=True, slots=True)
class Paid:
    """A term for which something was paid. `ends_on`: its last day, or the last before a sanction that ended it."""

    organisation_id: UUID
    plan: str
    starts_on: date
    ends_on: date


async def paid(tx: AsyncSession, day: date) -> list[Paid]:
    """The paid terms that cover a day, by company and beginning; of an upgraded company the upgraded term as well."""
    return [Paid(*row) for row in await tx.execute(_PAID, {"day": day, "zone": ZONE})]
