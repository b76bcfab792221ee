"""Changing money from one currency into another: the only entries with legs in two.

Between the two stands the account `fx:{pair}`, in both currencies: what was sold is on it as a debt, what was promised
for it as a claim, and each currency balances by itself. The position stays open until the bank has really changed the
money; what that costs more or less than was promised goes to `fx_gain_loss`.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.rates import Rate
from app.core.subject import Subject
from payments.errors import InsufficientFunds, WrongAmount
from payments.ledger import chart
from payments.ledger.chart import Account
from payments.ledger.models import AccountRow
from payments.ledger.queries import balance
from payments.ledger.service import Entry, credit, debit, post

MAIN = chart.bank("main")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:pair, 0))")  # a hot account has no row to lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """`sold` leaves `source`, `bought` comes to `target`, at `rate`: one unit sold is so many bought.

    bought is what the rate makes of `sold`, to the unit
    """

    key: str
    kind: str
    source: Account
    sold: Money
    target: Account
    bought: Money
    rate: Rate
    reason: str
    actor: UUID | None
    subject: Subject | None = None
    part_id: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sold.currency == self.bought.currency:
            raise ValueError("an exchange needs two currencies")
        if self.sold.minor <= 0 or self.bought.minor <= 0:
            raise ValueError("an exchange needs amounts above zero")
        if self.rate.convert(self.sold).amount != self.bought:
            raise ValueError(f"{self.sold} at {self.rate.value} is not {self.bought}")


def said(rate: Rate) -> dict[str, str]:
    """A rate as entries keep it."""
    return {
        "base": rate.base,
        "quote": rate.quote,
        "rate": f"{rate.value:f}",
        "day": rate.day.isoformat(),
        "source": rate.source,
    }


async def exchange(tx: AsyncSession, asked: Exchange) -> UUID:
    """Book it in one entry of two balanced pairs of legs; the entry keeps rate, day, source and time.

    Raises InsufficientFunds when the source does not hold what is sold, EntryKeyReused.
    """
    between = chart.fx(asked.sold.currency, asked.bought.currency)
    return await post(
        tx,
        Entry(
            key=asked.key,
            kind=asked.kind,
            legs=[
                debit(asked.source, asked.sold),
                credit(between, asked.sold),
                debit(between, asked.bought),
                credit(asked.target, asked.bought),
            ],
            reason=asked.reason,
            actor=asked.actor,
            subject=asked.subject,
            part_id=asked.part_id,
            facts={**asked.facts, **said(asked.rate), "time": clock.now().isoformat(timespec="seconds")},
        ),
    )


@dataclass(frozen=True, slots=True)
class Position:
    """What is open between two currencies: `sold` was taken, `bought` was promised for it."""

    sold: Money
    bought: Money


async def position(tx: AsyncSession, sold: str, bought: str) -> Position:
    """The open position of a pair."""
    between = chart.fx(sold, bought)
    return Position(-await balance(tx, between, sold), await balance(tx, between, bought))


async def open_positions(tx: AsyncSession) -> list[Position]:
    """Every pair between which something is open, by currencies."""
    query = select(AccountRow.code).where(AccountRow.kind == chart.Kind.FX).distinct().order_by(AccountRow.code)
    pairs = [code.removeprefix("fx:") for code in await tx.scalars(query)]
    found = [await position(tx, pair[:3], pair[3:]) for pair in pairs]
    return [one for one in found if one.sold or one.bought]


async def check_settles(tx: AsyncSession, paid: Money, bought: Money) -> Position:
    """The open position that `bought` for `paid` closes, in part or whole. Raises WrongAmount as `settle`."""
    open_ = await position(tx, paid.currency, bought.currency)
    if not open_.bought or min(paid.minor, bought.minor) <= 0 or (paid > open_.sold and bought > open_.bought):
        raise WrongAmount(_("Less than this is open between these currencies."), field="others")
    return open_


async def settle(
    tx: AsyncSession,
    key: str,
    paid: Money,
    bought: Money,
    *,
    actor: UUID | None,
    reference: str,
    paid_from: Account = MAIN,
    bought_on: Account = MAIN,
) -> UUID:
    """The bank has changed money: `paid` left, `bought` came for it, and closes the open position as far as it reaches.

    paid_from, bought_on  where the two amounts are in the books so far: on the bank account itself, or with their cases
    Bought in part, it closes as much of what was taken in proportion. What was paid beyond that is a loss, less a gain;
    what came beyond what was promised is a gain. Raises WrongAmount when nothing is open between the currencies, or
    when both amounts are larger than what is; InsufficientFunds when the bank account is smaller.
    """
    between = chart.fx(paid.currency, bought.currency)
    await tx.execute(_LOCK, {"pair": between.code})
    open_ = await check_settles(tx, paid, bought)
    if paid_from == MAIN and await balance(tx, MAIN, paid.currency) < paid:
        raise InsufficientFunds(_("The account does not hold this much."))
    covers = min(bought, open_.bought)
    closes = open_.sold.split([covers.minor, (open_.bought - covers).minor])[0]
    return await post(
        tx,
        Entry(
            key=key,
            kind="settle_exchange",
            legs=[
                debit(between, closes),
                debit(chart.FX_GAIN_LOSS, paid - closes),
                credit(paid_from, paid),
                debit(bought_on, bought),
                credit(between, covers),
                credit(chart.FX_GAIN_LOSS, bought - covers),
            ],
            reason=f"changed at the bank: {reference}"[:400],
            actor=actor,
            facts={"bank_ref": reference, "time": clock.now().isoformat(timespec="seconds")},
        ),
    )
