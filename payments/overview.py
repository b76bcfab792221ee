"""Where a company's money is, over all its deals: held, to be paid out, on its way, paid; one line a currency."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money
from payments.escrow.models import Escrow
from payments.ledger.chart import Kind
from payments.ledger.models import AccountRow, Balance
from payments.payouts import queries as payouts
from payments.payouts.models import Payout
from payments.payouts.states import PayoutState

ON_ITS_WAY = (PayoutState.REQUESTED, PayoutState.TRANSFERRED, PayoutState.RETURNING)
Side = Literal["buyer", "supplier"]


@dataclass(frozen=True, slots=True)
class Held:
    """What protected payment keeps of a company's deals in one currency; frozen by disputes, due back to the buyer."""

    held: Money
    frozen: Money
    refund_due: Money


@dataclass(frozen=True, slots=True)
class Earnings:
    """A supplier's money in one currency: `held` and `frozen` are not its own yet; `paid` is what reached its bank."""

    currency: str
    held: Money
    frozen: Money
    payable: Money
    on_its_way: Money
    paid: Money

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Each part's name and its share of the whole in thousandths; they sum to 1,000 unless there is nothing."""
        named = [(name, getattr(self, name).minor) for name in ("held", "frozen", "payable", "on_its_way", "paid")]
        whole = sum(minor for _name, minor in named)
        if not whole:
            return []
        shares = Money(1000, "JPY").split([minor for _name, minor in named])
        return [(name, share.minor) for (name, _minor), share in zip(named, shares, strict=True)]


async def held(tx: AsyncSession, organisation_id: UUID, side: Side) -> dict[str, Held]:
    """By currency; one query."""
    kinds = (Kind.ESCROW, Kind.ESCROW_FROZEN, Kind.REFUND_DUE)
    party = Escrow.buyer_id if side == "buyer" else Escrow.supplier_id
    rows = await tx.execute(
        select(AccountRow.currency, AccountRow.kind, func.sum(Balance.minor * AccountRow.side))
        .join(Balance, Balance.account_id == AccountRow.id)
        .join(Escrow, and_(Escrow.subject_type == AccountRow.owner_type, Escrow.subject_id == AccountRow.owner_id))
        .where(party == organisation_id, AccountRow.kind.in_(kinds))
        .group_by(AccountRow.currency, AccountRow.kind)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for currency, kind, minor in rows:
        found[currency][kind] = int(minor)
    return {
        currency: Held(*(Money(by_kind.get(kind, 0), currency) for kind in kinds))
        for currency, by_kind in sorted(found.items())
        if any(by_kind.values())
    }


async def earnings(tx: AsyncSession, organisation_id: UUID, *, since: datetime) -> list[Earnings]:
    """A supplier's money by currency; `paid` counts what reached the bank since then."""
    waiting = await held(tx, organisation_id, "supplier")
    payable = {amount.currency: amount for amount in await payouts.balances(tx, organisation_id)}
    on_way = await _payouts(tx, organisation_id, ON_ITS_WAY, None)
    paid = await _payouts(tx, organisation_id, (PayoutState.SETTLED,), since)
    currencies = sorted({*waiting, *payable, *on_way, *paid})
    found = []
    for code in currencies:
        zero = Money.zero(code)
        there = waiting.get(code, Held(zero, zero, zero))
        found.append(
            Earnings(
                code,
                there.held,
                there.frozen,
                payable.get(code, zero),
                on_way.get(code, zero),
                paid.get(code, zero),
            )
        )
    return found


async def _payouts(
    tx: AsyncSession, organisation_id: UUID, states: Iterable[PayoutState], since: datetime | None
) -> dict[str, Money]:
    query = (
        select(Payout.amount_currency, func.sum(Payout.amount_minor))  # type: ignore[attr-defined]
        .where(Payout.organisation_id == organisation_id, Payout.state.in_(list(states)))
        .group_by(Payout.amount_currency)  # type: ignore[attr-defined]
    )
    if since is not None:
        query = query.where(Payout.ended_at >= since)
    return {currency: Money(int(minor), currency) for currency, minor in await tx.execute(query)}
