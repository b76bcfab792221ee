"""Balances: every movement is a balance transaction; what may be spent is counted under the purse's row lock."""

import time

from sqlalchemy import func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from payments.sandbox.models import Body, Movement, Purse
from payments.sandbox.store import Call, new_id

_CATEGORY = {
    "payment": "charge",
    "payment_refund": "refund",
    "transfer_refund": "transfer_reversal",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
}


def move(
    call: Call,
    kind: str,
    amount: int,
    currency: str,
    source: str,
    *,
    fee: int = 0,
    fee_for: str = "Processing fee",
    available_on: int | None = None,
    category: str = "",
    description: str | None = None,
) -> str:
    """Book `amount` less `fee` to the call's account; negative takes away. Returns the balance transaction's id.

    available_on  when the money can be spent; now if not given
    category      for reports, where `kind` does not say it
    """
    due = call.now if available_on is None else max(available_on, call.now)
    details = [{"amount": fee, "currency": currency, "description": fee_for, "type": "stripe_fee"}]
    body: Body = {
        "id": new_id("txn"),
        "amount": amount,
        "available_on": due,
        "balance_type": "payments",
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": category or _CATEGORY.get(kind, kind),
        "source": source,
        "status": "available" if due <= call.now else "pending",
        "type": kind,
    }
    made = call.add("balance_transaction", body, settles_at=due if due > call.now else None)
    call.tx.add(
        Movement(id=made.id, account=call.account, currency=currency, net=amount - fee, available_on=due, counted=False)
    )
    return made.id


async def spendable(call: Call, currency: str) -> int:
    """What the call's account can spend now. Locks its purse, so that two spenders never count the same money."""
    await call.tx.flush()
    mine = {"account": call.account, "currency": currency}
    await call.tx.execute(insert(Purse).values(**mine).on_conflict_do_nothing())
    purse = await call.tx.scalar(
        select(Purse).filter_by(**mine).with_for_update().execution_options(populate_existing=True)
    )
    assert purse is not None  # noqa: S101  inserted above; rows are never deleted
    call.now = max(call.now, int(time.time()))  # later than whatever the purse's last holder booked
    ripe = await call.tx.scalars(
        update(Movement)
        .filter_by(**mine, counted=False)
        .where(Movement.available_on <= call.now)
        .values(counted=True)
        .returning(Movement.net)
        .execution_options(synchronize_session=False)
    )
    purse.settled += sum(ripe)
    await call.tx.flush()
    return purse.settled


async def pending(call: Call, currency: str) -> int:
    """What the call's account has coming but cannot spend yet."""
    total = select(func.sum(Movement.net)).filter_by(account=call.account, currency=currency, counted=False)
    return int(await call.tx.scalar(total.where(Movement.available_on > call.now)) or 0)


async def sheet(call: Call) -> Body:
    """The balance object: what is available and what is pending, per currency."""
    purses = select(Purse.currency, Purse.settled, true()).where(Purse.account == call.account)
    ripe = Movement.available_on <= call.now
    uncounted = select(Movement.currency, Movement.net, ripe).where(
        Movement.account == call.account, Movement.counted.is_(False)
    )
    both = await call.tx.execute(purses.union_all(uncounted))  # one statement, so that nothing is counted in between
    available: dict[str, int] = {}
    coming: dict[str, int] = {}
    for currency, net, spendable_now in both:
        column, other = (available, coming) if spendable_now else (coming, available)
        column[currency] = column.get(currency, 0) + int(net)
        other.setdefault(currency, 0)
    return {"object": "balance", "livemode": False, "available": _column(available), "pending": _column(coming)}


def _column(amounts: dict[str, int]) -> list[Body]:
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(amounts.items())
    ] or [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]
