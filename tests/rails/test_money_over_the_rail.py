"""A deal's money over the whole rail: our jobs, the official SDK, the sandbox, and back into the books."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from app.core import clock
from app.core.jobs import JobContext
from app.core.runner import drain
from payments import jobs, proof
from payments import queries as payments
from payments.escrow import service as escrow
from payments.gateway import PayIn
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.states import OperationState
from payments.payouts import queries as payouts
from payments.payouts import service as paying_out
from payments.payouts.models import ConnectedAccount
from payments.payouts.states import PayoutState
from payments.reconciliation import queries as reconciliation
from payments.reconciliation.jobs import reconcile
from payments.stripe import StripeGateway
from tests.factories.money import Deal, make_deal, usd
from tests.factories.people import Actor, make_company
from tests.rails.servers import API_KEY, PLAIN_HTTP, SECRET, Sandbox, database, running


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


async def supplying(ctx: JobContext, sandbox: Sandbox) -> Actor:
    """A supplier with an account at the provider that may be paid."""
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Bremen Lamps", country="DE")
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
    return supplier


async def test_paid_on_the_provider_s_page_after_a_declined_try(ctx, sandbox: Sandbox):
    """What is told of the declined try (a webhook of its payment intent) ends nothing while the page is open."""
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
        planned = await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member)
    address = await jobs.payment_page(ctx, planned.id)
    async with httpx.AsyncClient(verify=PLAIN_HTTP) as http:
        await http.post(address, data={"method": "pm_card_chargeDeclinedExpiredCard"})
        since = clock.now() - timedelta(minutes=5)
        told = [event async for event in ctx.gateway.events(since) if event.kind == "payment_intent.payment_failed"]
        failed = told[0]  # the newest
        kept = await ctx.tx(operating.keep_event, "stripe", failed)
        await jobs.read_webhook(ctx, event_id=kept)
        assert await jobs.payment_page(ctx, planned.id) == address
        await http.post(address, data={"method": "pm_card_visa"})
    await sweep(ctx)
    async with ctx.db.transaction() as tx:
        paid = await operations.operation(tx, planned.id)
    assert (paid.state, paid.method) == (OperationState.CONFIRMED, "card")
    assert (await position(ctx, deal)).held == usd("300")


async def test_a_page_that_was_given_up_can_be_paid_no_more(ctx, sandbox: Sandbox):
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx)
        planned = await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member)
    address = await jobs.payment_page(ctx, planned.id)
    await jobs.close_page(ctx, planned.id)
    async with httpx.AsyncClient(verify=PLAIN_HTTP) as http:
        await http.post(address, data={"method": "pm_card_visa"})
    await sweep(ctx)
    async with ctx.db.transaction() as tx:
        over = await operations.operation(tx, planned.id)
    assert (over.state, over.last_error) == (OperationState.FAILED, "expired")
    assert await jobs.payment_page(ctx, planned.id) == ""
    assert (await pay(ctx, deal, "pm_card_visa")).state == OperationState.CONFIRMED


async def test_released_and_paid_out(ctx, sandbox: Sandbox):
    deal = await paid_out(ctx, sandbox)
    assert (await position(ctx, deal)).released == usd("295.50")


async def paid_out(ctx: JobContext, sandbox: Sandbox) -> Deal:
    """300 dollars came by card, were released, and all that is the supplier's was paid to their bank."""
    supplier = await supplying(ctx, sandbox)
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx, supplier=supplier)
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


async def test_paid_out_of_charges_that_are_not_available_yet(ctx, sandbox: Sandbox):
    """Each transfer names its charge and deal and is taken at once; the pay-out follows when the money is there."""
    supplier = await supplying(ctx, sandbox)
    async with ctx.db.transaction() as tx:
        deals = [await make_deal(tx, supplier=supplier) for _ in range(2)]
    charges = []
    for deal in deals:
        paid = await pay(ctx, deal, "pm_card_visa")
        charges.append((await ctx.gateway.fetch(PayIn, paid.provider_ref)).source)
        async with ctx.db.transaction() as tx:
            await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="goods accepted")
        clock.advance(seconds=1)
    async with ctx.db.transaction() as tx:
        await paying_out.request_payout(tx, usd("500"), bank_account_id=None, by=supplier.member)
    await drain(ctx)
    made: list[tuple[int, str]] = []
    async with sandbox.api() as http:
        for deal in deals:
            answer = await http.get("/v1/transfers", params={"transfer_group": str(deal.subject)})
            made.extend((one["amount"], one["source_transaction"]) for one in answer.json()["data"])
    assert made == [(29550, charges[0]), (20450, charges[1])]
    async with ctx.db.transaction() as tx:
        (payout,) = await payouts.payouts(tx, supplier.organisation_id)
    assert payout.state == PayoutState.TRANSFERRED
    for _ in range(2):  # the money becomes available; then the pay-out arrives
        await sandbox.settle()
        clock.advance(hours=1)
        await drain(ctx)
        await sweep(ctx)
    async with ctx.db.transaction() as tx:
        (payout,) = await payouts.payouts(tx, supplier.organisation_id)
        assert await payouts.balances(tx, supplier.organisation_id) == [usd("91")]
    assert payout.state == PayoutState.SETTLED
    assert (await position(ctx, deals[0])).released == usd("295.50")


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
