"""The terms that came due, from the rows, and what became of each: what the renewal rate (indicator I-04) is of.

Nothing is stored for it: every figure is derived from terms and their marks, so it can be recomputed to the unit.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money
from app.core.periods import day_of
from payments.membership.calendar import GRACE, ZONE, renewal

YEAR = 12
VOIDED = "voided"

_DUE = text("""
    SELECT t.id, t.organisation_id, t.plan, t.months, t.ends_on, t.list_price_minor, t.list_price_currency, t.fee_minor,
           EXISTS (SELECT FROM membership_mark m WHERE m.term_id = t.id AND m.kind = 'void') AS void,
           EXISTS (SELECT FROM membership_mark m WHERE m.term_id = t.id AND m.kind = 'sanction')
           AND NOT EXISTS (SELECT FROM membership_mark m WHERE m.term_id = t.id AND m.kind = 'sanction_lifted')
               AS sanctioned,
           n.plan AS next_plan, n.starts_on AS next_starts_on, n.paid_at AS next_paid_at, n.fee_minor AS next_fee
      FROM membership_term t
      LEFT JOIN LATERAL (
           SELECT f.plan, f.starts_on, f.paid_at, f.fee_minor FROM membership_term f
            WHERE f.organisation_id = t.organisation_id AND f.starts_on > t.ends_on
              AND NOT EXISTS (SELECT FROM membership_mark m WHERE m.term_id = f.id AND m.kind = 'void')
            ORDER BY (f.starts_on - t.ends_on > :grace), (f.fee_minor = 0), f.starts_on, f.id LIMIT 1) n ON true
     WHERE t.ends_on BETWEEN :first AND :last AND t.fee_minor + t.credit_minor > 0
       AND NOT EXISTS (SELECT FROM membership_term u WHERE u.source_id = t.id AND u.kind = 'upgrade'
                          AND NOT EXISTS (SELECT FROM membership_mark m WHERE m.term_id = u.id AND m.kind = 'void'))
     ORDER BY t.organisation_id, t.ends_on, t.id
""")


@dataclass(frozen=True, slots=True)
class Due:
    """A term for which something was paid, at its last day; and what became of it.

    outcome  a Renewal, or `voided`
    annual   what it costs for twelve months at its list price, in minor units rounded down
    """

    term_id: UUID
    organisation_id: UUID
    plan: str
    months: int
    ends_on: date
    outcome: str
    sanctioned: bool
    next_plan: str
    annual: Money


async def due(tx: AsyncSession, first: date, last: date) -> list[Due]:
    """Every paid term whose last day lies between, both included, short ones and void ones too; by company and
    day. Of a term that was upgraded, the upgrade alone."""
    return [_due(row) for row in await tx.execute(_DUE, {"first": first, "last": last, "grace": GRACE})]


def _due(row: Row[Any]) -> Due:
    paid_on = day_of(row.next_paid_at, ZONE) if row.next_paid_at else None
    outcome: str = VOIDED if row.void else renewal(row.ends_on, paid_on, row.next_starts_on, row.next_fee or 0)
    return Due(
        term_id=row.id,
        organisation_id=row.organisation_id,
        plan=row.plan,
        months=row.months,
        ends_on=row.ends_on,
        outcome=outcome,
        sanctioned=row.sanctioned,
        next_plan=row.next_plan or "",
        annual=Money(row.list_price_minor * YEAR // row.months, row.list_price_currency),
    )
