"""Currencies without minor units and with three decimals, from the price to the bank, to the unit."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.money import Money
from app.core.periods import Period, day_of
from app.core.runner import drain
from orders.contracts import queries as contracts
from orders.deals import queries as orders
from payments import proof
from payments.balances import queries as statements
from payments.bank import service as bank
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.invoices import queries as invoices
from payments.invoices import service as invoicing
from payments.invoices.settings import SPECIMEN
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.operations import queries as operations
from payments.payouts import accounts, queries, service
from payments.payouts.accounts import NewAccount
from payments.payouts.states import PayoutState
from tests.factories.contracts import fund, make_offer, make_order, make_partners
from tests.factories.money import make_deal, make_finance, transfer_for
from tests.factories.people import stepped_up
from tests.factories.products import make_product
from tests.factories.rates import load_today
from tests.factories.world import CNAPS

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("currency", "price", "total", "deposit", "fee", "rate"),
    [
        # 1,001 pieces; 30 % deposit by largest remainder; 150 basis points of the whole, half to even
        ("JPY", "351", 351_351, 105_405, 5_270, "0.04230760473588342"),
        ("KRW", "3120.5", 3_123_620, 937_086, 46_854, "0.004579685141255122"),
        ("KWD", "0.715", 715_715, 214_715, 10_736, "21.68076541625343"),
        ("BHD", "1.2345", 1_235_734, 370_720, 18_536, "17.64666777463852"),
    ],
)
async def test_to_the_unit(app, db, ctx, client, currency, price, total, deposit, fee, rate):
    partners = await make_partners(db)
    async with db.transaction() as tx:
        await load_today(tx, clock.now().date())
        tiers = [{"min_quantity": "500", "price": price}]
        product = await make_product(
            tx, partners.supplier, currency=currency, tiers=tiers, sample_price=None, sample_days=None
        )
    await drain(ctx)
    async with client() as http:
        shown = (await http.get(f"/products/{product}", headers={"accept": "application/json"})).json()
    assert {(tier["price"]["amount"], tier["price"]["currency"]) for tier in shown["tiers"]} == {
        (f"{float(price):.6f}", currency)
    }

    order_id = await make_order(ctx, partners, make_offer(quantity="1001", price=price, currency=currency))
    async with db.transaction() as tx:
        order = await orders.order(tx, order_id)
        assert order.total == Money(total, currency)
        contract = await contracts.contract(tx, order.contract_id)
        assert sum(m.amount.minor for m in contract.terms.milestones) == total
        plan = (await escrows.escrow(tx, order.subject)).milestones
    assert [m.amount.minor for m in plan] == [deposit, total - deposit]
    assert sum(m.fee.minor for m in plan) == fee
    async with client(as_=partners.buyer) as http:
        headers = {"accept": "application/json"}
        told = (await http.get(f"/contracts/{order.contract_id}", headers=headers)).json()["reference_rate"]
    assert (told["base"], told["quote"], told["rate"]) == (currency, "CNY", rate)

    await fund(ctx, order_id)
    earned = Money(total - fee, currency)
    async with db.transaction() as tx:
        for milestone in plan:
            await escrow.release(tx, order.subject, milestone.id, by=None, reason="accepted")
        month = Period.month(day_of(clock.now(), ZONE), ZONE)
        found = await statements.statement(tx, partners.supplier.organisation_id, month, currency)
        assert (found.opening, found.closing) == (Money(0, currency), earned)
        assert sum(m.fee.minor for m in found.movements if m.fee) == fee
        finance, checker = await make_finance(tx), await make_finance(tx)
        books = invoicing.Books(SPECIMEN, ZONE)
        [invoice] = await invoicing.issue_now(tx, books, partners.supplier.organisation_id, by=finance.member)
        assert (await invoices.invoice(tx, invoice)).total == Money(fee, currency)
        person = await stepped_up(tx, partners.supplier)
        new = NewAccount(CNAPS, currency, person.member.organisation_name)
        account = await accounts.add_bank_account(tx, app.state.vault, new, by=person.member)
        row = await queries.bank_account(tx, account, organisation_id=partners.supplier.organisation_id)
        row.confirmed_at, row.usable_from = clock.now(), clock.now() - timedelta(hours=1)
        await tx.flush()
        await service.request_payout(tx, earned, bank_account_id=account, by=partners.supplier.member)
        [due] = await operations.waiting_for_bank(tx)
        assert due.amount == earned
        line = transfer_for((await make_deal(tx)).deposit, amount=earned, reference=due.reference)
        booking = await bank.book_sent(tx, due.id, line, by=finance.member)
        await bank.approve(tx, booking, by=checker.member)
        [payout] = await queries.payouts(tx, partners.supplier.organisation_id)
        assert payout.state == PayoutState.SETTLED
        assert await balance(tx, chart.payable(partners.supplier.organisation_id), currency) == Money(0, currency)
        assert await balance(tx, chart.bank("main"), currency) == Money(fee, currency), "the fee alone is left"
        assert (await proof.proof(tx)).holds
