"""Rounds of opposites at once on one milestone: one of them wins, and the books say so."""

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.errors import DomainError
from app.core.money import Money
from app.core.runner import drain
from app.core.subject import Subject
from payments import jobs, proof
from payments import queries as payments
from payments.bank import service as bank
from payments.errors import InsufficientFunds
from payments.escrow import service as escrow
from payments.operations.models import Operation
from payments.payouts import service as paying_out
from tests.factories.money import make_deal
from tests.fakes import FakeGateway
from tests.faults.books import bank_account, hire, line
from tests.faults.counts import SEED, count, tell

ROUNDS = count("races", quick=25, long=1_000, full=1_000)
WHOLE = Money.of("300.00", "USD")
PART = {"to_supplier": Money.of("100.00", "USD"), "to_buyer": Money.of("200.00", "USD")}
OPPOSITES: dict[str, tuple[Any, dict[str, Money]]] = {
    "release": (escrow.release, {}),
    "refund": (escrow.refund, {}),
    "divide": (escrow.divide, PART),
}


async def one(db, how: str, subject: Subject, milestone) -> str | None:
    move, more = OPPOSITES[how]
    try:
        async with db.transaction() as tx:
            await move(tx, subject, milestone, **more, by=None, reason=f"race: {how}")
    except DomainError:
        return None
    return how


@pytest.mark.timeout(3600)
async def test_of_release_refund_and_division_at_once_one_wins(db, ctx):
    staff, wins = await hire(ctx), dict.fromkeys(OPPOSITES, 0)
    order = random.Random(SEED)  # noqa: S311  a repeatable order is wanted
    for _ in range(ROUNDS):
        async with db.transaction() as tx:
            deal = await make_deal(tx)
            booking = await bank.book_received(
                tx, line(deal.deposit.amount, deal.deposit.reference), by=staff.maker.member
            )
            await bank.approve(tx, booking, by=staff.checker.member)
        contenders = [*OPPOSITES] * 2
        order.shuffle(contenders)
        ends = await asyncio.gather(*(one(db, how, deal.subject, deal.deposit.id) for how in contenders))
        (winner,) = [how for how in ends if how]
        wins[winner] += 1
        async with db.transaction() as tx:
            position = await payments.money_position(tx, deal.subject)
            keys = await tx.scalars(
                text("SELECT key FROM journal_entry WHERE part_id = :part AND kind <> 'fund'"),
                {"part": deal.deposit.id},
            )
            assert list(keys) == [f"share:{deal.deposit.id}:0"]
            sent = await tx.scalars(
                select(Operation.amount_minor).where(Operation.part_id == deal.deposit.id, Operation.kind == "refund")
            )
        back = {"release": 0, "refund": 30_000, "divide": 20_000}[winner]
        assert list(sent) == ([back] if back else [])
        assert position.refund_due.minor == back
        assert position.released + position.fees == WHOLE - position.refund_due
        assert not position.held
    async with db.transaction() as tx:
        assert (await proof.proof(tx)).holds
    tell("races", rounds=ROUNDS, **wins)


async def test_one_operation_sent_by_many_workers_at_once_happens_once(db, ctx):
    gateway = FakeGateway()
    ctx = replace(ctx, gateway=gateway)
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        planned = await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method="card")
    await asyncio.gather(*(jobs.send_operation(ctx, operation_id=planned.id) for _ in range(8)))
    await drain(ctx)
    assert len(gateway.objects) == 1
    async with db.transaction() as tx:
        assert (await payments.money_position(tx, deal.subject)).funded == WHOLE
        assert (await proof.proof(tx)).holds


async def test_payouts_at_once_never_exceed_the_balance(db, ctx):
    from_balance = Money.of("100.00", "USD")
    staff = await hire(ctx)
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        booking = await bank.book_received(tx, line(WHOLE, deal.deposit.reference), by=staff.maker.member)
        await bank.approve(tx, booking, by=staff.checker.member)
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
        account = bank_account(deal.supplier)
        tx.add(account)
    by = deal.supplier.member

    async def request() -> bool:
        try:
            async with db.transaction() as tx:
                await paying_out.request_payout(tx, from_balance, bank_account_id=account.id, by=by)
        except InsufficientFunds:
            return False
        return True

    assert sum(await asyncio.gather(*(request() for _ in range(20)))) == 2
    async with db.transaction() as tx:
        assert (await proof.proof(tx)).holds
