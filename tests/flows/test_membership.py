"""Memberships: bought, upgraded, given back, waived; what they allow, and what they never touch."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.errors import Conflict
from app.core.money import Money
from app.core.runner import drain
from app.core.states import IllegalMove
from app.indicators.figures.base import WHOLE
from listings import fitting
from listings import queries as listings
from listings.states import ProductState
from payments import proof
from payments.errors import InsufficientFunds, MembershipNotFound, PaymentUnderWay, SamePerson, WrongAmount
from payments.gateway import GatewayDeclined, PayIn, Refund
from payments.invoices import papers
from payments.invoices import queries as invoices
from payments.jobs import sweep_operations
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.membership import ordering, paying, plans, queries, renewals, terms
from payments.membership.calendar import today
from payments.membership.invoicing import invoice_memberships
from payments.membership.models import MembershipMark, MembershipOrder, MembershipTerm
from payments.membership.states import OrderState, TermKind, WaiverReason
from payments.operations import queries as operations
from payments.operations.states import OperationMove
from tests.cohorts import cohort, counts
from tests.factories.membership import (
    PRICE,
    agree_to,
    buy,
    give_balance,
    noon,
    order,
    propose_waiver,
    waive,
)
from tests.factories.money import make_finance
from tests.factories.people import make_company, make_member
from tests.factories.products import make_product
from tests.fakes import SLOW, FakeGateway
from tests.forms import forms_of, submit
from trust.access import NotPermitted, Role
from trust.entitlements import service as entitlements
from trust.entitlements.errors import LimitReached
from trust.entitlements.limits import FREE, FREE_LIMITS, Limits
from trust.identity import queries as identity
from trust.identity.models import Organisation
from trust.identity.service import team

USD = "USD"
FIRST = date(2026, 3, 1)


@pytest.fixture
async def supplier(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Shenzhen Lantern")


@pytest.fixture
def gateway(app) -> FakeGateway:
    fake = FakeGateway()
    app.state.jobs = replace(app.state.jobs, gateway=fake)
    app.state.settings = app.state.settings.model_copy(update={"stripe_api_base": "http://127.0.0.1:1"})
    return fake


async def arrived(ctx, gateway: FakeGateway, *, failure: str = "") -> None:
    """The provider has sent the refund, or could not; our sweep hears of it twice."""
    await drain(ctx)
    [refund] = gateway.made(Refund)
    gateway.finish(refund.id, failure=failure)
    clock.advance(minutes=11)
    for _ in range(2):
        await sweep_operations(ctx)
        await drain(ctx)


async def holds(tx) -> bool:
    return (await proof.proof(tx)).holds


async def test_the_price_list_and_the_free_plan_say_the_same(db):
    async with db.transaction() as tx:
        known = {plan.code: plan for plan in await plans.on(tx, today())}
        assert known[FREE].limits == FREE_LIMITS
        assert known[FREE].prices == {}
        assert await plans.on(tx, date(2023, 12, 31)) == []
    assert plans.currencies(known.values()) == ["CNY", "EUR", "USD"]


async def test_a_term_paid_from_the_balance(db, supplier):
    async with db.transaction() as tx:
        term = await buy(tx, supplier)
        assert (term.kind, term.fee, term.starts_on) == (TermKind.NEW, PRICE, today())
        assert (await entitlements.of(tx, supplier.organisation_id)).limits == Limits(500, 40, 300)
        assert await balance(tx, chart.MEMBERSHIP_INCOME, USD) == PRICE
        assert await balance(tx, chart.payable(supplier.organisation_id), USD) == Money.zero(USD)
        assert await holds(tx)


async def test_a_balance_too_small_changes_nothing(db, supplier):
    async with db.transaction() as tx:
        await give_balance(tx, supplier.organisation_id, PRICE - Money(1, USD))
    with pytest.raises(InsufficientFunds):
        async with db.transaction() as tx:
            await ordering.order(tx, "standard", 12, USD, "balance", by=supplier.member)
    async with db.transaction() as tx:
        assert await queries.terms(tx, supplier.organisation_id) == []
        assert await queries.orders(tx, supplier.organisation_id) == []


async def test_paid_by_card_on_the_providers_page(app, db, client, supplier, gateway):
    async with client(as_=supplier) as http:
        page = await http.get("/membership?currency=USD")
        sent = await submit(http, "/membership?currency=USD", "order-standard", rail="stripe")
        assert sent.status_code == 303
        address = sent.headers["location"]
        assert "Back to Membership" in (await http.get(address)).text
        token = forms_of(page.text)["order-standard"]["fields"]["csrf_token"]
        await http.post(f"{address}/method", data={"method": "pm_card_visa", "csrf_token": token})
        await drain(app.state.jobs)
        assert "Paid" in (await http.get(address)).text
        own = (await http.get("/membership", headers={"accept": "application/json"})).json()
    assert own["plan"] == "standard"
    assert own["terms"][0]["fee"] == {"amount_minor": PRICE.minor, "currency": USD}
    async with db.transaction() as tx:
        assert await balance(tx, chart.psp("stripe"), USD) == PRICE
        assert await holds(tx)


async def test_a_declined_card_leaves_the_order_open_for_another_try(app, db, supplier, gateway):
    ctx = app.state.jobs
    gateway.script.append(GatewayDeclined("insufficient_funds"))
    async with db.transaction() as tx:
        made = await order(tx, supplier)
        await ordering.choose_method(tx, made.operation_id, "card_declined", by=supplier.member)
    await drain(ctx)
    async with db.transaction() as tx:
        row = await queries.order_for_update(tx, made.id)
        assert row.state == OrderState.OPEN
        again = await ordering.pay(tx, made.id, "stripe", by=supplier.member)
        await ordering.choose_method(tx, again.id, "card", by=supplier.member)
    await drain(ctx)
    async with db.transaction() as tx:
        assert len(await queries.terms(tx, supplier.organisation_id)) == 1


async def test_what_is_told_twice_or_late_makes_one_term(app, db, supplier, gateway):
    """The provider's word twice, and after the order was given up: one term, and the second payment goes back."""
    async with db.transaction() as tx:
        made = await order(tx, supplier)
        await ordering.choose_method(tx, made.operation_id, "card", by=supplier.member)
    await drain(app.state.jobs)
    await drain(app.state.jobs)
    async with db.transaction() as tx:
        first = await paying.locked(tx, made.id)
        with pytest.raises(IllegalMove):
            await ordering.cancel(tx, first.id, by=supplier.member)
        assert len(await queries.terms(tx, supplier.organisation_id)) == 1


async def test_money_for_an_order_that_was_given_up_goes_back_the_way_it_came(app, db, supplier, gateway):
    async with db.transaction() as tx:
        made = await order(tx, supplier)
        await ordering.cancel(tx, made.id, by=supplier.member)
        operation = await operations.operation_for_update(tx, made.operation_id)
        operation.provider_ref = (await gateway.pay_in(PRICE, subject="m", reference="r", key="k", method="card")).id
        await paying.receive(tx, operation, PRICE, cash=chart.psp("stripe"), by=None)
        assert await balance(tx, chart.MEMBERSHIP_INCOME, USD) == Money.zero(USD)
    await arrived(app.state.jobs, gateway)
    async with db.transaction() as tx:
        assert await queries.terms(tx, supplier.organisation_id) == []
        assert await balance(tx, chart.psp("stripe"), USD) == Money.zero(USD)
        assert await holds(tx)


async def test_a_transfer_takes_two_people(db, client, supplier, settings):
    async with db.transaction() as tx:
        made = await order(tx, supplier, "bank")
        maker, checker = await make_finance(tx), await make_finance(tx)
    async with client(as_=maker) as http:
        said = {"bank_ref": "B-1", "sender": "Shenzhen Lantern"}
        sent = await submit(http, "/finance/memberships", f"transfer-{made.id}", **said)
        assert sent.status_code == 303
    with pytest.raises(SamePerson):
        async with db.transaction() as tx:
            await agree_to(tx, made.id, settings, by=maker)
    async with db.transaction() as tx:
        await agree_to(tx, made.id, settings, by=checker)
        assert [term.fee for term in await queries.terms(tx, supplier.organisation_id)] == [PRICE]
        assert await balance(tx, chart.bank("main"), USD) == PRICE
        assert await holds(tx)
        with pytest.raises(IllegalMove):
            await paying.receive_transfer(tx, made.id, PRICE, "B-2", by=maker.id)


async def test_another_amount_is_no_payment(db, supplier):
    async with db.transaction() as tx:
        made = await order(tx, supplier, "bank")
        with pytest.raises(WrongAmount):
            await paying.receive_transfer(tx, made.id, PRICE - Money(1, USD), "B-1", by=None)


async def test_two_orders_at_once_make_one(db, supplier):
    async def once() -> bool:
        try:
            async with db.transaction() as tx:
                await ordering.order(tx, "standard", 12, USD, "balance", by=supplier.member)
        except (Conflict, InsufficientFunds):
            return False
        return True

    async with db.transaction() as tx:
        await give_balance(tx, supplier.organisation_id, PRICE + PRICE)
    assert sum(await asyncio.gather(*(once() for _ in range(4)))) == 1
    async with db.transaction() as tx:
        assert len(await queries.terms(tx, supplier.organisation_id)) == 1


async def test_an_upgrade_pays_the_difference_for_the_days_that_are_left(db, supplier):
    with clock.at(noon(FIRST)):
        async with db.transaction() as tx:
            first = await buy(tx, supplier)
    with clock.at(noon(date(2026, 9, 1))):
        async with db.transaction() as tx:
            second = await buy(tx, supplier, "premium")
            assert (await entitlements.of(tx, supplier.organisation_id)).plan == "premium"
    left = 181  # of 365 days
    assert (second.kind, second.source_id, second.ends_on) == (TermKind.UPGRADE, first.id, first.ends_on)
    assert second.price.minor == pytest.approx(298_000 * left / 365, abs=1)
    assert second.credit.minor == pytest.approx(98_000 * left / 365, abs=1)
    assert second.fee == second.price - second.credit
    async with db.transaction() as tx:
        [row] = await renewals.due(tx, first.ends_on, first.ends_on)
        assert row.plan == "premium", "a term that was upgraded does not come due beside its upgrade"
        assert await holds(tx)


async def test_an_upgrade_is_not_paid_by_transfer_nor_in_another_currency(db, client, supplier, gateway):
    async with db.transaction() as tx:
        await buy(tx, supplier)
    async with client(as_=supplier) as http:
        refused = await submit(http, "/membership?currency=USD", "order-premium", rail="bank")
        assert refused.status_code == 422
        assert "is paid in the currency of the term" in (await http.get("/membership?currency=EUR")).text


async def test_within_seven_days_the_whole_fee_comes_back_and_the_term_is_void(app, db, client, supplier):
    with clock.at(noon(FIRST)):
        async with db.transaction() as tx:
            term = await buy(tx, supplier)
    with clock.at(noon(FIRST + timedelta(days=8))):
        async with db.transaction() as tx:
            with pytest.raises(Conflict):
                await paying.refund(tx, term.id, by=supplier.member)
    with clock.at(noon(FIRST + timedelta(days=7))):
        async with client(as_=supplier) as http:
            assert (await submit(http, "/membership", "refund")).status_code == 303
        async with db.transaction() as tx:
            [void] = await queries.terms(tx, supplier.organisation_id)
            assert void.void == "cooling_off"
            assert await balance(tx, chart.payable(supplier.organisation_id), USD) == PRICE
            assert (await entitlements.of(tx, supplier.organisation_id)).plan == FREE
            with pytest.raises(Conflict):
                await paying.refund(tx, term.id, by=supplier.member)
            found = await cohort(tx, term.ends_on, term.ends_on)
            assert counts(found, "due", "voided") == [1, 1]
            assert found["I-04", WHOLE].denominator == 0
            assert await holds(tx)


async def test_a_refund_by_card_goes_back_through_the_provider(app, db, supplier, gateway):
    async with db.transaction() as tx:
        made = await order(tx, supplier)
        await ordering.choose_method(tx, made.operation_id, "card", by=supplier.member)
    await drain(app.state.jobs)
    async with db.transaction() as tx:
        [term] = await queries.terms(tx, supplier.organisation_id)
        await paying.refund(tx, term.id, by=supplier.member)
    await arrived(app.state.jobs, gateway)
    async with db.transaction() as tx:
        assert await balance(tx, chart.psp("stripe"), USD) == Money.zero(USD)
        assert await balance(tx, chart.MEMBERSHIP_INCOME, USD) == Money.zero(USD)
        assert await holds(tx)


async def test_a_refund_that_fails_is_added_to_the_balance(app, db, supplier, gateway):
    async with db.transaction() as tx:
        made = await order(tx, supplier)
        await ordering.choose_method(tx, made.operation_id, "card", by=supplier.member)
    await drain(app.state.jobs)
    async with db.transaction() as tx:
        [term] = await queries.terms(tx, supplier.organisation_id)
        await paying.refund(tx, term.id, by=supplier.member)
    await arrived(app.state.jobs, gateway, failure="expired_card")
    async with db.transaction() as tx:
        assert await balance(tx, chart.payable(supplier.organisation_id), USD) == PRICE
        assert await holds(tx)


async def test_a_payment_that_takes_days_makes_one_term_however_often_it_is_told(app, db, supplier, gateway):
    async with db.transaction() as tx:
        made = await order(tx, supplier)
        await ordering.choose_method(tx, made.operation_id, SLOW, by=supplier.member)
    await drain(app.state.jobs)
    [payment] = gateway.made(PayIn)
    gateway.finish(payment.id)
    clock.advance(minutes=11)
    for _ in range(3):
        await sweep_operations(app.state.jobs)
        await drain(app.state.jobs)
    async with db.transaction() as tx:
        assert len(await queries.terms(tx, supplier.organisation_id)) == 1
        assert await balance(tx, chart.MEMBERSHIP_INCOME, USD) == PRICE


async def test_invoices_and_credit_notes_follow(app, db, supplier):
    async with db.transaction() as tx:
        term = await buy(tx, supplier)
    for _ in range(2):
        await invoice_memberships(app.state.jobs)
    async with db.transaction() as tx:
        await paying.refund(tx, term.id, by=supplier.member)
    for _ in range(2):
        await invoice_memberships(app.state.jobs)
    async with db.transaction() as tx:
        found, total = await invoices.invoices(tx, supplier.organisation_id)
        assert (total, {one.kind for one in found}) == (2, {"invoice", "credit_note"})
        [paper] = [one for one in found if one.kind == "invoice"]
        assert (paper.total, paper.credited) == (PRICE, PRICE)
        assert papers.closing(paper) == papers.FEE_PAID


async def test_a_waiver_takes_two_people_and_is_no_payment(db, supplier, settings):
    async with db.transaction() as tx:
        maker = await make_finance(tx)
        waiver = await propose_waiver(tx, supplier, maker, settings, reason=WaiverReason.REGION, province="CN-GS")
    with pytest.raises(SamePerson):
        async with db.transaction() as tx:
            await agree_to(tx, waiver, settings, by=maker)
    async with db.transaction() as tx:
        assert await queries.terms(tx, supplier.organisation_id) == []
        await agree_to(tx, waiver, settings)
        [term] = await queries.terms(tx, supplier.organisation_id)
        assert (term.fee.minor, term.waived, term.paid_at) == (0, PRICE, None)
        assert (await entitlements.of(tx, supplier.organisation_id)).plan == "standard"
        assert await balance(tx, chart.MEMBERSHIP_INCOME, USD) == Money.zero(USD)


async def test_a_part_that_is_waived_lowers_one_fee(db, supplier, settings):
    async with db.transaction() as tx:
        await waive(tx, supplier, settings, percent=40)
        term = await buy(tx, supplier)
        assert (term.fee.minor, term.waived.minor) == (58_800, 39_200)
        assert await queries.waiver_to_use(tx, supplier.organisation_id, "standard", 12, USD) is None


@pytest.mark.parametrize(
    "changes", [{"province": "CN-GS"}, {"reason": "region"}, {"reason": "region", "province": "CN-GD"}]
)
async def test_regions_are_those_of_the_list(db, client, changes):
    async with db.transaction() as tx:
        maker, company = await make_finance(tx), await make_company(tx, "Lanzhou")
    async with client(as_=maker) as http:
        page = (await http.get("/finance/memberships")).text
        fields = forms_of(page)["waiver"]["fields"]
        said = (
            fields | {"organisation_id": str(company.organisation_id), "note": "Why not.", "reason": "brand"} | changes
        )
        file = {"proof": ("p.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")}
        assert (await http.post("/finance/memberships/waivers", data=said, files=file)).status_code == 422


async def test_beyond_the_plan_products_rest_and_come_back(db, partners, ctx):
    supplier = partners.supplier.organisation_id
    async with db.transaction() as tx:
        made = [await make_product(tx, partners.supplier) for _ in range(3)]
        await fitting.keep_first(tx, made[0], first=True, by=partners.supplier.member)
        until = clock.now() + timedelta(days=1)
        await entitlements.grant(tx, supplier, "standard", Limits(2, 5, 5), until)
    await drain(ctx)
    async with db.transaction() as tx:
        cards = await listings.product_cards(tx, made)
        assert set(cards) == {made[0], made[2]}, "the one that was marked, then the newest"
        await entitlements.end(tx, supplier)
    await drain(ctx)
    async with db.transaction() as tx:
        assert len(await listings.product_cards(tx, made)) == 3
        assert ProductState.PAUSED not in await listings.count_by_state(tx, supplier)


async def test_limits_bind_where_something_is_added(db):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Full House")
        until = clock.now() + timedelta(days=1)
        await entitlements.grant(tx, supplier.organisation_id, "standard", Limits(0, 1, 0), until)
        with pytest.raises(LimitReached):
            await team.invite(tx, "new@example.com", [Role.SALES], by=supplier.member)
        with pytest.raises(LimitReached):
            await make_product(tx, supplier)
    with clock.at(until + timedelta(seconds=1)):
        async with db.transaction() as tx:
            assert (await entitlements.of(tx, supplier.organisation_id)).limits == FREE_LIMITS
            await team.invite(tx, "new@example.com", [Role.SALES], by=supplier.member)


async def test_payment_changes_neither_level_nor_restrictions_nor_what_is_shown(db, partners):
    """All that a plan may touch stands in `entitlement`: the company's own row is as it was."""
    async with db.transaction() as tx:
        product = await make_product(tx, partners.supplier)
        before = await identity.organisation(tx, partners.supplier.organisation_id)
        row = (await tx.execute(select(Organisation.__table__).where(Organisation.id == before.id))).one()
        shown = await listings.product_card(tx, product)
        await buy(tx, partners.supplier, "premium")
        assert await identity.organisation(tx, before.id) == before
        assert (await tx.execute(select(Organisation.__table__).where(Organisation.id == before.id))).one() == row
        assert await listings.product_card(tx, product) == shown


@pytest.mark.parametrize("role", [Role.SALES, Role.SIGNATORY, Role.PURCHASER])
async def test_only_who_pays_for_the_company_orders(db, role):
    async with db.transaction() as tx:
        owner = await make_company(tx, "Lantern")
        colleague = await make_member(tx, await tx.get_one(Organisation, owner.organisation_id), roles=(role,))
        with pytest.raises(NotPermitted):
            await ordering.order(tx, "standard", 12, USD, "bank", by=colleague.member)
        buyer = await make_company(tx, "Hansa", sells=False)
        with pytest.raises(NotPermitted):
            await ordering.order(tx, "standard", 12, USD, "bank", by=buyer.member)


async def test_a_strangers_order_and_term_are_not_found(db, supplier):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        made = await order(tx, supplier, "bank")
        for act in (
            ordering.cancel(tx, made.id, by=stranger.member),
            ordering.pay(tx, made.id, "stripe", by=stranger.member),
            ordering.choose_method(tx, made.operation_id, "card", by=stranger.member),
        ):
            with pytest.raises(MembershipNotFound):
                await act
        term = await buy(tx, stranger)
        with pytest.raises(MembershipNotFound):
            await paying.refund(tx, term.id, by=supplier.member)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE membership_term SET fee_minor = 0",
        "DELETE FROM membership_term",
        "UPDATE membership_order SET fee_minor = 1",
        "UPDATE membership_order SET state = 'open'",
        "UPDATE membership_price SET price_minor = 1",
    ],
)
async def test_what_was_sold_is_not_written_anew(db, supplier, statement):
    async with db.transaction() as tx:
        await buy(tx, supplier)
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(statement))


async def test_a_payment_on_its_way_is_waited_for(app, db, supplier):
    async with db.transaction() as tx:
        made = await order(tx, supplier)
        operation = await operations.operation_for_update(tx, made.operation_id)
        operation.move(OperationMove.SEND, by=None)
        await tx.flush()
        for act in (
            ordering.cancel(tx, made.id, by=supplier.member),
            ordering.order(tx, "premium", 12, USD, "bank", by=supplier.member),
            ordering.pay(tx, made.id, "bank", by=supplier.member),
        ):
            with pytest.raises(PaymentUnderWay):
                await act


async def test_plans_are_everybodys_to_read(client):
    async with client() as http:
        page = await http.get("/plans?currency=CNY")
        assert page.status_code == 200
        assert "CNY" in page.text
        found = (await http.get("/plans", headers={"accept": "application/json"})).json()
    assert [plan["plan"] for plan in found["plans"]] == ["free", "standard", "premium"]


async def test_the_page_says_what_is_used(db, client, supplier):
    async with db.transaction() as tx:
        await buy(tx, supplier)
        assert terms.current(await queries.terms(tx, supplier.organisation_id), today()) is not None
        counted = (await tx.execute(select(func.count()).select_from(MembershipMark))).scalar_one()
        assert counted == 0
        assert (await tx.execute(select(func.count()).select_from(MembershipTerm))).scalar_one() == 1
        assert (await tx.execute(select(func.count()).select_from(MembershipOrder))).scalar_one() == 1
    async with client(as_=supplier) as http:
        own = (await http.get("/membership", headers={"accept": "application/json"})).json()
        assert own["used"] == {"products": 0, "members": 1, "answers": 0}
        assert own["limits"]["products"] == 500
        assert "History and receipts" in (await http.get("/membership")).text
