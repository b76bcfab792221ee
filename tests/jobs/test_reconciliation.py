"""The provider's books beside ours: every line explained, every fee booked, nothing missing, nobody deciding alone."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select

from app.core import clock
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from app.core.states import IllegalMove
from payments import proof
from payments.cases.states import Action
from payments.errors import SamePerson
from payments.escrow import service as escrow
from payments.gateway import Balance, GatewayUnknown, PayIn, Refund, Settlement, SettlementKind
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.reconciliation import queries, service
from payments.reconciliation.jobs import reconcile
from payments.reconciliation.models import ProviderLine
from payments.reconciliation.states import LineState
from tests.factories.money import fund_by_bank, make_deal, make_finance, make_paid_deal, unasked, usd
from tests.factories.statements import Entry as BankEntry
from tests.factories.statements import send_in, statement
from tests.fakes import SLOW, FakeGateway
from tests.jobs.test_cases import decide, open_cases
from tests.jobs.test_payments import told
from tests.sql import connect
from trust.access import NotPermitted


def tell(gateway: FakeGateway, kind: SettlementKind, amount: str, *, fee: str = "0", key: str = "") -> Settlement:
    """A line in the provider's books, its balance moved along."""
    cost = usd(fee)
    line = replace(unasked(usd(amount), kind), fee=cost, net=usd(amount) - cost, key=key)
    gateway.lines.append(line)
    held = gateway.balances.get("USD", Balance(usd("0"), usd("0")))
    gateway.balances["USD"] = Balance(held.available + line.net, held.pending)
    return line


def pay_in_key(gateway: FakeGateway) -> str:
    (made,) = gateway.made(PayIn)
    return made.key


async def compared(ctx: JobContext) -> Any:
    await reconcile(ctx)
    async with ctx.db.transaction() as tx:
        return await queries.last_run(tx, "stripe")


async def the_line(ctx: JobContext) -> queries.LineView:
    async with ctx.db.transaction() as tx:
        found, _total = await queries.lines(tx)
        return found[0]


async def sums(ctx: JobContext, *accounts: chart.Account) -> list[Money]:
    async with ctx.db.transaction() as tx:
        return [await balance(tx, account, "USD") for account in accounts]


async def holds(ctx: JobContext) -> bool:
    async with ctx.db.transaction() as tx:
        return (await proof.proof(tx)).holds


async def test_a_line_that_was_asked_for_is_explained_and_its_fee_booked(ctx, gateway):
    tell(gateway, SettlementKind.TOP_UP, "50.00")
    await make_paid_deal(ctx)
    tell(gateway, SettlementKind.PAY_IN, "300.00", fee="9.00", key=pay_in_key(gateway))
    run = await compared(ctx)
    assert (run.agrees, run.steady, run.new_lines, run.open_lines, run.missing) == (True, True, 2, 0, 0)
    assert run.figures == [{"currency": "USD", "balance": 34100, "lines": 34100, "expected": 34100}]
    assert await sums(ctx, chart.psp("stripe"), chart.PSP_COST, chart.OWN_FUNDS) == [usd("341"), usd("9"), usd("50")]
    assert await holds(ctx)


async def test_reading_the_same_books_again_changes_nothing(ctx, gateway):
    tell(gateway, SettlementKind.TOP_UP, "50.00")
    await make_paid_deal(ctx)
    tell(gateway, SettlementKind.PAY_IN, "300.00", fee="9.00", key=pay_in_key(gateway))
    await compared(ctx)
    again = await compared(ctx)
    assert (again.agrees, again.new_lines) == (True, 0)
    assert await sums(ctx, chart.PSP_COST) == [usd("9")]


async def test_fees_that_nobody_put_money_in_for_break_the_proof(ctx, gateway):
    """What belongs to others must not pay what the provider charges."""
    await make_paid_deal(ctx)
    tell(gateway, SettlementKind.PAY_IN, "300.00", fee="9.00", key=pay_in_key(gateway))
    assert (await compared(ctx)).agrees
    assert not await holds(ctx)


async def test_what_nobody_asked_for_needs_two_people(ctx, gateway):
    tell(gateway, SettlementKind.OTHER, "12.00")
    assert (await compared(ctx)).open_lines == 1
    line = await the_line(ctx)
    assert line.state == LineState.UNEXPLAINED
    async with ctx.db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        deal = await make_deal(tx)
        with pytest.raises(NotPermitted):
            await service.propose(tx, line.id, "own_funds", "a promise", by=deal.buyer.member)
        await service.propose(tx, line.id, "suspense", "a payment outside any deal", by=maker.member)
        with pytest.raises(SamePerson):
            await service.approve(tx, line.id, by=maker.member)
    async with ctx.db.transaction() as tx:
        await service.approve(tx, line.id, by=checker.member)
        with pytest.raises(IllegalMove):
            await service.approve(tx, line.id, by=checker.member)
    assert await sums(ctx, chart.psp("stripe"), chart.suspense("stripe")) == [usd("12"), usd("12")]
    assert await holds(ctx)
    assert (await compared(ctx)).open_lines == 0


async def test_a_rejected_answer_leaves_the_line_unexplained(ctx, gateway):
    tell(gateway, SettlementKind.OTHER, "-12.00")
    await compared(ctx)
    line = await the_line(ctx)
    async with ctx.db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        await service.propose(tx, line.id, "loss", "gone", by=maker.member)
        await service.reject(tx, line.id, "it was a correction of last week's fee", by=checker.member)
    assert ((await the_line(ctx)).state, await sums(ctx, chart.LOSS)) == (LineState.UNEXPLAINED, [usd("0")])
    async with ctx.db.transaction() as tx:
        await service.propose(tx, line.id, "psp_cost", "a fee", by=checker.member)
        await service.approve(tx, line.id, by=maker.member)
    assert await sums(ctx, chart.PSP_COST, chart.psp("stripe")) == [usd("12"), usd("-12")]


@pytest.mark.parametrize(
    ("amount", "known"), [("300.01", True), ("-300.00", True), ("300.00", False)], ids=["other", "reversed", "unknown"]
)
async def test_a_line_that_says_something_else_is_not_explained(ctx, gateway, amount, known):
    await make_paid_deal(ctx)
    tell(gateway, SettlementKind.PAY_IN, amount, key=pay_in_key(gateway) if known else "pay_in:other:1")
    await compared(ctx)
    assert (await the_line(ctx)).state == LineState.UNEXPLAINED


async def test_a_line_may_come_before_our_own_books_know(ctx, gateway):
    await make_paid_deal(ctx, method=SLOW)
    (made,) = gateway.made(PayIn)
    gateway.finish(made.id)
    tell(gateway, SettlementKind.PAY_IN, "300.00", key=made.key)
    run = await compared(ctx)
    assert (run.agrees, run.open_lines) == (True, 1)
    assert (await the_line(ctx)).state == LineState.WAITING
    await drain(ctx)  # the line made us ask again
    assert ((await compared(ctx)).open_lines, (await the_line(ctx)).state) == (0, LineState.EXPLAINED)
    assert await holds(ctx)


@pytest.mark.parametrize("told_first", [True, False], ids=["line first", "books first"])
async def test_a_payment_of_another_amount_is_explained_by_what_our_books_took(ctx, gateway, told_first):
    """It lies in suspense, with a case: its line is no second riddle, and the books agree all the while."""
    tell(gateway, SettlementKind.TOP_UP, "50.00")
    await make_paid_deal(ctx, method=SLOW)
    (made,) = gateway.made(PayIn)
    gateway.finish(made.id)
    gateway.change(made.id, received=usd("299.99"))
    if told_first:
        tell(gateway, SettlementKind.PAY_IN, "299.99", fee="9.00", key=made.key)
        assert (await compared(ctx)).agrees
    await told(ctx, gateway, "evt_1", made.id)
    assert (await compared(ctx)).agrees
    assert await holds(ctx)
    if not told_first:
        tell(gateway, SettlementKind.PAY_IN, "299.99", fee="9.00", key=made.key)
    run = await compared(ctx)
    assert (run.agrees, run.open_lines, run.missing) == (True, 0, 0)
    assert await sums(ctx, chart.psp("stripe"), chart.SUSPENSE) == [usd("340.99"), usd("299.99")]
    assert await holds(ctx)


async def test_what_goes_back_the_way_it_came_is_explained(ctx, gateway):
    """A debit that was refused comes after all, when a transfer has paid the milestone: it is sent back."""
    deal = await make_paid_deal(ctx, method=SLOW)
    (made,) = gateway.made(PayIn)
    gateway.finish(made.id, failure="debit_not_authorized")
    await told(ctx, gateway, "evt_no", made.id)
    async with ctx.db.transaction() as tx:
        await fund_by_bank(tx, deal.deposit)
        people = (await make_finance(tx), await make_finance(tx))
    gateway.change(made.id, failure="")
    gateway.finish(made.id)
    await told(ctx, gateway, "evt_yes", made.id)
    tell(gateway, SettlementKind.PAY_IN, "300.00", key=made.key)
    (case,) = await open_cases(ctx)
    await decide(ctx, ctx.settings.vault, people, case.id, Action.SEND_BACK)
    (sent,) = gateway.made(Refund)
    assert (sent.amount, sent.pay_in_id) == (usd("300"), made.id)
    gateway.finish(sent.id)
    await told(ctx, gateway, "evt_back", sent.id, kind="refund")
    tell(gateway, SettlementKind.REFUND, "-300.00", key=sent.key)
    run = await compared(ctx)
    assert (run.agrees, run.open_lines, run.missing) == (True, 0, 0)
    assert await sums(ctx, chart.psp("stripe"), chart.SUSPENSE) == [usd("0"), usd("0")]
    assert await holds(ctx)


async def test_a_refund_that_fails_after_all_is_two_lines(ctx, gateway):
    deal = await make_paid_deal(ctx)
    tell(gateway, SettlementKind.PAY_IN, "300.00", key=pay_in_key(gateway))
    async with ctx.db.transaction() as tx:
        await escrow.refund(tx, deal.subject, deal.deposit.id, by=None, reason="cancelled by agreement")
    await drain(ctx)
    (sent,) = gateway.made(Refund)
    gateway.finish(sent.id)
    await told(ctx, gateway, "evt_done", sent.id, kind="refund")
    tell(gateway, SettlementKind.REFUND, "-300.00", key=sent.key)
    assert (await compared(ctx)).open_lines == 0
    tell(gateway, SettlementKind.REFUND, "300.00", key=sent.key)
    run = await compared(ctx)
    assert (run.agrees, run.open_lines) == (True, 1)  # the line came before the news
    gateway.finish(sent.id, failure="expired_or_canceled_card")
    for event in ("evt_back", "evt_again"):
        await told(ctx, gateway, event, sent.id, kind="refund")
    run = await compared(ctx)
    assert (run.agrees, run.open_lines, run.missing) == (True, 0, 0)
    assert await sums(ctx, chart.refund_due(deal.subject), chart.psp("stripe")) == [usd("300"), usd("300")]
    assert await holds(ctx)


async def test_money_paid_to_our_bank_may_be_on_its_way(ctx, gateway):
    """The provider's lines show it at once, our books when the bank's statement does; both times they agree."""
    tell(gateway, SettlementKind.TOP_UP, "50.00")
    tell(gateway, SettlementKind.PAY_OUT, "-50.00")
    assert (await compared(ctx)).agrees
    async with ctx.db.transaction() as tx:
        people = (await make_finance(tx), await make_finance(tx))
    await send_in(ctx, statement(BankEntry(usd("50"), name="STRIPE")), people[0])
    (case,) = await open_cases(ctx)
    await decide(ctx, ctx.settings.vault, people, case.id, Action.SWEPT)
    assert (await compared(ctx)).agrees
    assert await sums(ctx, chart.psp("stripe")) == [usd("0")]
    assert await holds(ctx)


async def test_what_the_provider_does_not_show_is_missing(ctx, gateway):
    await make_paid_deal(ctx)
    assert (await compared(ctx)).missing == 0  # its lines may take a while
    clock.advance(hours=2)
    run = await compared(ctx)
    assert (run.missing, run.agrees) == (1, False)


async def test_a_balance_that_is_not_the_sum_of_its_lines_disagrees(ctx, gateway):
    tell(gateway, SettlementKind.TOP_UP, "50.00")
    gateway.balances["USD"] = Balance(usd("49.99"), usd("0"))
    assert not (await compared(ctx)).agrees


async def test_books_that_never_stand_still_are_told_so(ctx, gateway, monkeypatch):
    async def moving(*, account: str = "") -> dict[str, Balance]:
        tell(gateway, SettlementKind.TOP_UP, "1.00")
        return dict(gateway.balances)

    monkeypatch.setattr(gateway, "balance", moving)
    run = await compared(ctx)
    assert (run.steady, run.agrees) == (False, True)


async def test_a_provider_that_does_not_answer_puts_it_off(ctx, gateway, monkeypatch):
    async def away(*, account: str = "") -> dict[str, Balance]:
        raise GatewayUnknown("no answer in time")

    monkeypatch.setattr(gateway, "balance", away)
    assert await compared(ctx) is None


async def test_a_told_line_cannot_be_rewritten(ctx, gateway, urls):
    tell(gateway, SettlementKind.TOP_UP, "50.00")
    await compared(ctx)
    for address in (urls.app, urls.owner):
        connection = await connect(address)
        for tampering in ("UPDATE provider_line SET net_minor = 1, amount_minor = 1", "DELETE FROM provider_line"):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(tampering)
        await connection.close()
    async with ctx.db.transaction() as tx:
        assert (await tx.scalars(select(ProviderLine.net_minor))).one() == 5000
