"""What is known of a trade beyond its contract, for rules of risk: prices of like goods, and who pays whom."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.money import Money
from app.core.rates import RateMissing, Rates
from listings import market
from orders.contracts.models import Contract
from orders.contracts.terms import ContractTerms
from trust.credit import linking
from trust.identity import queries as identity
from trust.risk.known import TradeKnown

ROUND_TRIP = timedelta(days=30)
ROUND = 1_000
"""Whole thousands of the currency are round."""
WIDE = 500
"""Beyond so many companies at one step, ways round are not looked for: everybody is near a hub."""
MOST_ORDERS = 200
YOUNG = timedelta(days=365)
_PAID = text("""
    SELECT DISTINCT supplier_id FROM orders
     WHERE buyer_id = ANY(:payers) AND funded_at >= :since AND supplier_id <> ALL(:seen) LIMIT :wide
""")
_GROWN = text("""
    SELECT buyer_id, total_minor, total_currency FROM orders
     WHERE supplier_id = :supplier AND funded_at >= :since LIMIT :most
""")
_CHAPTERS = text("""
    SELECT count(DISTINCT recent.id) AS orders, array_agg(DISTINCT left(line ->> 'hs_code', 2)) AS chapters
      FROM (SELECT o.id, o.contract_id FROM orders o WHERE o.buyer_id = :buyer ORDER BY o.id DESC LIMIT :most) AS recent
      JOIN contract c ON c.id = recent.contract_id, jsonb_array_elements(c.terms -> 'lines') AS line
""")
_BETWEEN = text("""
    SELECT total_minor, total_currency FROM orders
     WHERE buyer_id = :buyer AND supplier_id = :supplier AND funded_at >= :since LIMIT :most
""")


async def known(tx: AsyncSession, contract: Contract, terms: ContractTerms, cents: int | None) -> TradeKnown:
    """`cents` of the contract in US dollars, None where there is no rate. Some ten queries, each over an index."""
    buyer, supplier = contract.buyer_id, contract.supplier_id
    company = await identity.organisation(tx, supplier)
    days = (clock.now() - company.created_at).days
    grown, customers = await _grown(tx, contract, cents) if days < YOUNG.days else (0, 0)
    former = (await tx.execute(_CHAPTERS, {"buyer": buyer, "most": MOST_ORDERS})).mappings().one()
    return TradeKnown(
        prices=await _prices(tx, terms, supplier),
        days_here=days,
        grown=grown,
        customers=customers,
        related=supplier in await linking.related(tx, buyer),
        chapters=sorted({line.hs_code[:2] for line in terms.lines}),
        former=former["chapters"] or (),
        orders=former["orders"],
        hops=await hops(tx, payer=buyer, payee=supplier),
        round=await _round(tx, contract),
    )


async def _prices(tx: AsyncSession, terms: ContractTerms, supplier: UUID) -> list[tuple[Decimal, Sequence[Decimal]]]:
    """Each line's price of one unit beside those that others ask for like goods."""
    like = {(line.hs_code[:6], line.unit) for line in terms.lines}
    asked = await market.prices(tx, like, terms.currency, but=supplier)
    lines = [(line, asked.get((line.hs_code[:6], line.unit), [])) for line in terms.lines]
    return [(line.unit_price.amount, others) for line, others in lines if others]


async def hops(tx: AsyncSession, *, payer: UUID, payee: UUID) -> int:
    """Over how many payments money comes back to who pays, this one included: 2 where the payee has paid the payer, and
    4 at most; 0 where it does not.
    """
    since, seen, now = clock.now() - ROUND_TRIP, [payee], [payee]
    for step in (2, 3, 4):
        asked = {"payers": now, "since": since, "seen": seen, "wide": WIDE + 1}
        now = list(await tx.scalars(_PAID, asked))
        if payer in now:
            return step
        if not now or len(now) > WIDE:
            return 0
        seen = [*seen, *now]
    return 0


async def _grown(tx: AsyncSession, contract: Contract, cents: int | None) -> tuple[int, int]:
    """In US cents, what the supplier's paid orders and this one come to, and of how many buyers."""
    asked = {"supplier": contract.supplier_id, "since": clock.now() - YOUNG, "most": MOST_ORDERS}
    rows = (await tx.execute(_GROWN, asked)).mappings().all()
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["total_currency"]] = sums.get(row["total_currency"], 0) + row["total_minor"]
    rates = await Rates.on(tx, clock.now().date()) if sums.keys() - {"USD"} else None
    total = cents or 0
    for currency, minor in sums.items():
        if currency == "USD":
            total += minor
        elif rates is not None:
            total += _in_cents(rates, Money(minor, currency))
    return total, len({contract.buyer_id, *(row["buyer_id"] for row in rows)})


def _in_cents(rates: Rates, amount: Money) -> int:
    try:
        return rates.convert(amount, "USD").amount.minor
    except RateMissing:
        return 0


async def _round(tx: AsyncSession, contract: Contract) -> int:
    """How many of the two's paid orders of 30 days come to whole thousands, with this contract."""
    asked = {
        "buyer": contract.buyer_id,
        "supplier": contract.supplier_id,
        "since": clock.now() - ROUND_TRIP,
        "most": MOST_ORDERS,
    }
    rows: Sequence[RowMapping] = (await tx.execute(_BETWEEN, asked)).mappings().all()
    totals = [contract.total, *(Money(row["total_minor"], row["total_currency"]) for row in rows)]
    return sum(total.minor > 0 and total.decimal % ROUND == 0 for total in totals)
