"""Changing money from one currency into another: the only entries with legs in two.

Between the two stands the account `fx:{pair}`, in both currencies: what was sold is on it as a debt, what was promised
for it as a claim, and each currency balances by itself. The position stays open until the bank has really changed the
money; what that costs more or less than was promised goes to `fx_gain_loss`.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.rates import Rate
from app.core.subject import Subject
from payments.errors import InsufficientFunds, WrongAmount
from payments.ledger import chart
from payments.ledger.chart import Account
from payments.ledger.queries import balance
from payments.ledger.service import Entry, credit, debit, post


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


async def settle(
    tx: AsyncSession, key: str, paid: Money, bought: Money, *, closes: Money, actor: UUID | None, reference: str
) -> UUID:
    """The bank has changed money: `paid` left our account, `bought` came, and closes so much of what was promised.

    closes  what had been taken for `bought` when it was promised; paid more than that is a loss, less a gain
    Raises WrongAmount when the open position is smaller, InsufficientFunds when the bank account is.
    """
    if paid.currency != closes.currency:
        raise ValueError("what is closed is in the currency that was paid")
    between = chart.fx(paid.currency, bought.currency)
    cash = chart.bank("main")
    open_ = await position(tx, paid.currency, bought.currency)
    if open_.sold < closes or open_.bought < bought:
        raise WrongAmount(_("Less than this is open between these currencies."), field="bought")
    if await balance(tx, cash, paid.currency) < paid:
        raise InsufficientFunds(_("The account does not hold this much."))
    return await post(
        tx,
        Entry(
            key=key,
            kind="settle_exchange",
            legs=[
                debit(between, closes),
                debit(chart.FX_GAIN_LOSS, paid - closes),
                credit(cash, paid),
                debit(cash, bought),
                credit(between, bought),
            ],
            reason=f"changed at the bank: {reference}"[:400],
            actor=actor,
            facts={"bank_ref": reference, "time": clock.now().isoformat(timespec="seconds")},
        ),
    )
