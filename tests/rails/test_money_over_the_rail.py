"""A deal's money over the whole rail: our jobs, the official SDK, the sandbox, and back into the books."""

from dataclasses import replace

import pytest

from app.core import clock
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from payments import jobs, proof
from payments import queries as payments
from payments.escrow import service as escrow
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.operations.states import OperationState
from payments.payouts import queries as payouts
from payments.payouts import service as paying_out
from payments.payouts.models import ConnectedAccount
from payments.payouts.states import PayoutState
from payments.reconciliation import queries as reconciliation
from payments.reconciliation.jobs import reconcile
from payments.stripe import StripeGateway
from tests.factories.money import Deal, make_deal
from tests.factories.people import make_company
from tests.rails.servers import API_KEY, SECRET, Sandbox, database, running


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


@pytest.fixture
def ctx(ctx: JobContext, gateway: StripeGateway) -> JobContext:
    return replace(ctx, gateway=gateway)


async def pay(ctx: JobContext, deal: Deal, method: str) -> operations.OperationView:
    async with ctx.db.transaction() as tx:
        planned = await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method=method)
    await drain(ctx)
    async with ctx.db.transaction() as tx:
        return await operations.operation(tx, planned.id)


async def position(ctx: JobContext, deal: Deal) -> payments.Position:
    async with ctx.db.transaction() as tx:
        assert (await proof.proof(tx)).holds
        return await payments.money_position(tx, deal.subject)


async def sweep(ctx: JobContext) -> None:
    """No webhook reaches this test: what settled meanwhile is found by asking again."""
    clock.advance(minutes=11)
    await jobs.sweep_operations(ctx)
    await drain(ctx)


async def test_declined_then_paid_then_refunded(ctx, sandbox):
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
    refused = await pay(ctx, deal, "pm_card_visa_chargeDeclinedInsufficientFunds")
    assert (refused.state, refused.last_error) == (OperationState.FAILED, "insufficient_funds")
    paid = await pay(ctx, deal, "pm_card_visa")
    assert paid.state == OperationState.CONFIRMED
    assert (await position(ctx, deal)).held == usd("300")
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled by agreement")
    await drain(ctx)
    await sweep(ctx)
    after = await position(ctx, deal)
    assert (after.refunded, after.refund_due, after.held) == (usd("300"), usd("0"), usd("0"))


async def test_a_debit_that_takes_a_while(ctx, sandbox: Sandbox):
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
    assert (await pay(ctx, deal, "pm_usBankAccount_success")).state == OperationState.SENT
    assert (await position(ctx, deal)).funded == usd("0")
    await sandbox.settle()
    await sweep(ctx)
    assert (await position(ctx, deal)).held == usd("300")


async def test_released_and_paid_out(ctx, sandbox: Sandbox):
    deal = await paid_out(ctx, sandbox)
    assert (await position(ctx, deal)).released == usd("295.50")


async def paid_out(ctx: JobContext, sandbox: Sandbox) -> Deal:
    """300 dollars came by card, were released, and all that is the supplier's was paid to their bank."""
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Bremen Lamps", country="DE")
        deal = await make_deal(tx, supplier=supplier)
        account = ConnectedAccount(
            organisation_id=supplier.organisation_id,
            provider="stripe",
            country="DE",
            provider_ref=await sandbox.open_account(),
            can_receive=True,
            can_pay_out=True,
            missing=[],
            opened_by=supplier.id,
        )
        tx.add(account)
    await sandbox.settle()  # our own funds, from which the provider takes its fees
    await pay(ctx, deal, "pm_card_bypassPending")
    async with ctx.db.transaction() as tx:
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="goods accepted")
        await paying_out.request_payout(tx, usd("295.50"), bank_account_id=None, by=supplier.member)
    await drain(ctx)
    await sandbox.settle()
    await sweep(ctx)
    async with ctx.db.transaction() as tx:
        (payout,) = await payouts.payouts(tx, supplier.organisation_id)
        assert await payouts.balances(tx, supplier.organisation_id) == [usd("0")]
    assert payout.state == PayoutState.SETTLED
    return deal


async def test_the_provider_s_books_agree_with_ours_after_every_kind_of_move(ctx):
    """A provider of its own, so that nobody else's lines stand in its books."""
    with database() as url, running(url, own_funds="usd:500000") as own:
        gateway = StripeGateway(API_KEY, SECRET, api_base=own.url)
        there = replace(ctx, gateway=gateway)
        await paid_out(there, own)
        async with ctx.db.transaction() as tx:
            deal = await make_deal(tx)
        await pay(there, deal, "pm_card_visa")
        async with ctx.db.transaction() as tx:
            await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled by agreement")
        await drain(there)
        await sweep(there)
        clock.advance(hours=2)
        await reconcile(there)
        async with ctx.db.transaction() as tx:
            run = await reconciliation.last_run(tx, "stripe")
            fees = await balance(tx, chart.PSP_COST, "USD")
            own_funds = await balance(tx, chart.OWN_FUNDS, "USD")
            assert (await proof.proof(tx)).holds
        await gateway.close()
    assert run is not None
    assert (run.agrees, run.steady, run.open_lines, run.missing) == (True, True, 0, 0)
    assert (fees.minor > 0, own_funds) == (True, usd("5000"))
    (figures,) = run.figures
    assert figures["balance"] == figures["lines"] == figures["expected"]
