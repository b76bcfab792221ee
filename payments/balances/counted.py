"""What tables of sellers' income are counted from: the legs of a period on companies' accounts and on the platform's
own income, by company, and the sums of the same accounts.

Income is the seller's from the release on: what is held for a deal is nobody's income, and what goes back to the buyer
before it never was. What a bank takes back afterwards is a refund.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, String, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

RELEASED = ("release", "divide")
TAKEN_BACK = ("chargeback", "chargeback_undone")
BORNE = "write_off"
"""A debt that the platform bears is a gain of the company; not so a buyer's, who had its money back twice."""
TWICE = ("chargeback_twice", "chargeback_twice_undone")
PASSED = (
    *("pay_out", "exchange_pay_out", "reverse_pay_out", "bounce_pay_out", "set_aside", "set_free", "recover"),
    *("membership", "membership_back", "membership_beside", "membership_refund_kept", *TWICE),
)
"""A company's own money comes and goes: no income. A fee given back (`fee_back`) is less commission on both sides.
What is in none of these lists shows as a difference."""

# On a company's accounts a credit is its gain, so signs are turned. Fees of a deal are its supplier's.
_LEGS = """
    SELECT CASE WHEN a.kind IN ('payable', 'reserve', 'receivable') THEN a.owner_id
                WHEN e.subject_type = 'organisation' THEN e.subject_id ELSE x.supplier_id END AS company,
           a.currency, a.kind AS account, e.kind, e.subject_type, e.subject_id, -p.amount_minor AS minor,
           e.kind = :borne AND EXISTS (SELECT FROM journal_entry t
                                        WHERE t.part_id = e.part_id AND t.subject_type = e.subject_type
                                          AND t.subject_id = e.subject_id AND t.kind = ANY (:twice)) AS of_buyer
      FROM journal_entry e
      JOIN posting p ON p.entry_id = e.id
      JOIN account a ON a.id = p.account_id
      LEFT JOIN escrow x ON x.subject_type = e.subject_type AND x.subject_id = e.subject_id
     WHERE e.at >= :since AND e.at < :before
       AND a.kind IN ('payable', 'reserve', 'receivable', 'fee_income', 'membership_income')
"""
_BOUND = (
    bindparam("borne", BORNE, type_=String()),
    bindparam("twice", TWICE, type_=ARRAY(String)),
    bindparam("released", RELEASED, type_=ARRAY(String)),
)
_EARNED = text(
    f"""
    WITH leg AS ({_LEGS}), sum AS (
    SELECT company, currency,
           coalesce(sum(minor) FILTER (WHERE kind = ANY (:released)), 0) AS gross,
           coalesce(-sum(minor) FILTER (WHERE kind = ANY (:taken_back) AND account <> 'fee_income'), 0) AS refunds,
           coalesce(sum(minor) FILTER (WHERE kind = :borne AND NOT of_buyer), 0) AS other,
           coalesce(sum(minor) FILTER (WHERE account = 'fee_income'), 0) AS commission,
           coalesce(sum(minor) FILTER (WHERE account = 'membership_income'), 0) AS membership,
           count(DISTINCT subject_id) FILTER (WHERE kind = ANY (:released)) AS orders
      FROM leg WHERE company IS NOT NULL GROUP BY company, currency)
    SELECT * FROM sum WHERE (gross, refunds, other, commission, membership, orders) <> (0, 0, 0, 0, 0, 0)
     ORDER BY company, currency
    """  # noqa: S608  our own text
).bindparams(*_BOUND, bindparam("taken_back", TAKEN_BACK, type_=ARRAY(String)))
_BOOKS = text("""
    SELECT a.currency,
           coalesce(-sum(p.amount_minor) FILTER (WHERE a.kind IN ('payable', 'reserve', 'receivable')
                                                   AND e.kind <> ALL (:passed)), 0) AS sellers,
           coalesce(-sum(p.amount_minor) FILTER (WHERE a.kind = 'fee_income'), 0) AS commission,
           coalesce(-sum(p.amount_minor) FILTER (WHERE a.kind = 'membership_income'), 0) AS membership
      FROM journal_entry e JOIN posting p ON p.entry_id = e.id JOIN account a ON a.id = p.account_id
     WHERE e.at >= :since AND e.at < :before
     GROUP BY a.currency
""").bindparams(bindparam("passed", PASSED, type_=ARRAY(String)))
_OF_BUYERS = text(
    f"SELECT currency, sum(minor) AS minor FROM ({_LEGS}) leg WHERE of_buyer GROUP BY currency"  # noqa: S608
).bindparams(*_BOUND[:2])


@dataclass(frozen=True, slots=True)
class Earned:
    """What a company earned in one currency, in minor units.

    gross       released to it, the platform's commission included
    refunds     taken back by buyers' banks afterwards, less what they gave back
    other       debts that the platform bears
    commission  the platform's fees on its deals, less those given back; `membership`: for its membership, likewise
    orders      deals of which something was released
    """

    organisation_id: UUID
    currency: str
    gross: int
    refunds: int
    other: int
    commission: int
    membership: int
    orders: int


async def earned(tx: AsyncSession, since: datetime, before: datetime) -> list[Earned]:
    """By company and currency; `since` ≤ booked < `before`."""
    rows = await tx.execute(_EARNED, {"since": since, "before": before})
    return [Earned(row.company, row.currency, *(int(value) for value in row[2:])) for row in rows]


async def differences(
    tx: AsyncSession, rows: list[Earned], since: datetime, before: datetime
) -> dict[str, dict[str, int]]:
    """Where the sums of the books are not those of the rows: currency → part → books less rows, in minor units.

    Parts: `sellers`, what companies gained; `commission` and `membership`, what the platform did. Empty when all agree.
    """
    asked = {"since": since, "before": before}
    left = {row.currency: row._asdict() for row in await tx.execute(_BOOKS, asked)}
    found: Counter[tuple[str, str]] = Counter()
    for currency, books in left.items():
        found.update({(currency, part): int(books[part]) for part in ("sellers", "commission", "membership")})
    for row in await tx.execute(_OF_BUYERS, asked):
        found[row.currency, "sellers"] -= int(row.minor)
    for one in rows:
        found[one.currency, "sellers"] -= one.gross - one.refunds + one.other - one.commission
        found[one.currency, "commission"] -= one.commission
        found[one.currency, "membership"] -= one.membership
    said: dict[str, dict[str, int]] = {}
    for (currency, part), minor in sorted(found.items()):
        if minor:
            said.setdefault(currency, {})[part] = minor
    return said
