"""What a payout over a provider is made of: each transfer takes from one release, and names the charge behind it.

A transfer that names its charge can use that charge's money before it is available, can never use anybody else's, and
shows in the provider's books which payment it belongs to.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money
from app.core.subject import Subject
from payments.ledger import chart
from payments.payouts.models import Payout


@dataclass(frozen=True, slots=True)
class Part:
    """One transfer's share of a payout.

    subject     the deal it belongs to; the supplier itself for what no charge is behind
    source_ref  the provider's charge; empty: out of what is available there
    """

    amount: Money
    subject: Subject
    source_ref: str


async def next_part(tx: AsyncSession, payout: Payout, rest: Money, *, provider: str) -> Part:
    """The next share of `rest`, what of the payout was not transferred yet: the oldest release that has something left,
    never more than that, and nothing that the buyer's bank took back since. What came in by bank, or left the provider
    for our bank since, has no charge there.

    The caller holds the lock of the supplier's account, so that two payouts never count the same release.
    """
    payable = chart.payable(payout.organisation_id)
    found = await tx.execute(
        text(_LEFT), {"payable": payable.code, "currency": payout.amount.currency, "provider": provider}
    )
    row = found.first()
    if row is None:
        return Part(rest, Subject("organisation", payout.organisation_id), "")
    left = Money(row.left_minor, payout.amount.currency)
    return Part(min(left, rest), Subject(row.subject_type, row.subject_id), row.source_ref)


_LEFT = """
WITH released AS (
    SELECT e.part_id, sum(p.amount_minor * a.side)::bigint AS minor, min(e.at) AS since
      FROM account a JOIN posting p ON p.account_id = a.id JOIN journal_entry e ON e.id = p.entry_id
     WHERE a.code = :payable AND a.currency = :currency
     GROUP BY e.part_id
)
SELECT s.subject_type, s.subject_id, o.source_ref, r.minor - d.minor - c.minor AS left_minor
  FROM released r
  JOIN escrow_milestone m ON m.id = r.part_id
  JOIN escrow s ON s.id = m.escrow_id
  JOIN operation o ON o.part_id = m.id AND o.kind = 'pay_in' AND o.state = 'confirmed' AND o.provider = :provider
                  AND o.source_ref <> ''
  JOIN journal_entry f ON f.key = 'fund:' || o.id
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.amount_minor * CASE t.kind WHEN 'transfer' THEN 1 ELSE -1 END), 0)::bigint AS minor
      FROM operation t
     WHERE t.provider = :provider AND t.source_ref = o.source_ref
       AND (t.kind = 'transfer' AND t.state NOT IN ('failed', 'cancelled')
            OR t.kind = 'reversal' AND t.state = 'confirmed')
  ) d
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.from_reserve_minor + t.from_payable_minor + t.from_supplier_minor), 0)::bigint AS minor
      FROM chargeback t WHERE t.milestone_id = m.id AND t.returned_minor = 0
  ) c
 WHERE r.minor > d.minor + c.minor
   AND NOT EXISTS (SELECT FROM holding h WHERE h.operation_id = o.id AND h.state = 'moved')
 ORDER BY r.since, m.id
 LIMIT 1"""
