"""What time alone moves on: pending money becomes available, bank debits and pay-outs arrive."""

from collections.abc import Awaitable, Callable

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from payments.sandbox.models import Movement, Resource
from payments.sandbox.routes import checkout, disputes, payouts, refunds, topups
from payments.sandbox.settings import Settings
from payments.sandbox.store import Call

_BATCH = 50


async def _available(call: Call, transaction: Resource) -> None:
    movement = await call.tx.get_one(Movement, transaction.id)
    movement.available_on = min(movement.available_on, call.now)
    transaction.change(status="available", available_on=movement.available_on)


SETTLERS: dict[str, Callable[[Call, Resource], Awaitable[None]]] = {
    "balance_transaction": _available,
    checkout.KIND: checkout.settle,
    "dispute": disputes.settle,
    "payment_intent": checkout.settle_intent,
    "payout": payouts.settle,
    "refund": refunds.settle,
    "topup": topups.settle,
}


async def settle_due(sessions: async_sessionmaker[AsyncSession], settings: Settings) -> int:
    """Move on what is due by now, at most one batch. Returns how many."""
    async with sessions.begin() as tx:
        call = Call(tx, settings)
        due = select(Resource).where(Resource.settles_at <= call.now).order_by(Resource.settles_at, Resource.seq)
        rows = list(await tx.scalars(due.limit(_BATCH).with_for_update(skip_locked=True)))
        for row in rows:
            await settle(call, row)
    return len(rows)


async def settle(call: Call, row: Resource) -> None:
    """Move one locked object on, as if its time had come. Nothing happens to one that waits for no time."""
    if row.settles_at is not None:
        row.settles_at = None
        await SETTLERS[row.kind](call.on_behalf_of(row.account), row)


def waiting() -> ColumnElement[bool]:
    """What waits for time alone, for queries. A dispute is not among it: it waits for an answer, and for a decision.
    Nor is a page on which somebody may be about to pay."""
    return and_(Resource.settles_at.is_not(None), Resource.kind.not_in(["dispute", checkout.KIND]))


async def settle_now(tx: AsyncSession, settings: Settings, only: str | None = None) -> int:
    """Settle everything that waits, or just `only`, whatever its time. Returns how many.

    Money that becomes pending on the way (a bank debit that just succeeded) is settled too. A dispute or a page to
    pay on is left alone unless it is `only`: then the time to answer it, or to pay, is over.
    """
    settled = 0
    while True:
        chosen = waiting() if only is None else and_(Resource.settles_at.is_not(None), Resource.id == only)
        rows = list(await tx.scalars(select(Resource).where(chosen).order_by(Resource.seq).with_for_update()))
        if not rows:
            return settled
        for row in rows:
            await settle(Call(tx, settings), row)
        settled += len(rows)
        await tx.flush()
