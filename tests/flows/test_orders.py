"""Orders: money first, goods next, then acceptance, silence or a settlement; each cent accounted for."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import clock, evidence, outbox
from app.core.errors import Invalid
from app.core.money import Money
from app.core.states import IllegalMove
from orders.deals import handlers, queries, service, settling, shipping
from orders.deals.errors import AlreadyRated, BadShare, NotYet, OrderNotFound, WrongSide
from orders.deals.events import OrderCompleted
from orders.deals.states import MOVES, OrderMove, OrderState
from payments import queries as money
from tests.factories.contracts import fund, make_offer, make_order
from tests.factories.files import PDF
from tests.factories.people import make_company
from tests.factories.shipments import consignment, deliver, ship
from tests.forms import submit
from trust.access import NotPermitted, Role

PROOF = [
    {"sha256": "0" * 64, "key": "k", "name": "proof.pdf", "content_type": "application/pdf", "size": 1, "kind": ""}
]


@pytest.fixture
async def order(ctx, partners):
    return await make_order(ctx, partners)


@pytest.fixture
async def paid(ctx, order):
    await fund(ctx, order)
    return order


async def look(db, order_id):
    async with db.transaction(read_only=True) as tx:
        return await queries.order(tx, order_id)


async def position(db, order_id):
    view = await look(db, order_id)
    async with db.transaction(read_only=True) as tx:
        return await money.money_position(tx, view.subject)


@pytest.fixture
async def delivered(db, partners, paid):
    await deliver(db, paid, partners, await ship(db, paid, partners))
    return paid


async def test_nothing_is_shipped_before_all_money_is_held(db, partners, order):
    with pytest.raises(IllegalMove):
        await ship(db, order, partners)
    assert (await look(db, order)).state == OrderState.CONTRACTED


async def test_paid_shipped_delivered_accepted(db, ctx, partners, delivered):
    async with db.transaction() as tx:
        await service.accept(tx, delivered, by=partners.buyer.member)
    view, held = await look(db, delivered), await position(db, delivered)
    assert view.state == OrderState.COMPLETED
    assert (held.funded, held.held, held.refunded) == (view.total, Money.zero("USD"), Money.zero("USD"))
    assert held.released + held.fees == view.total
    assert held.fees == view.total.share(150)
    async with db.transaction(read_only=True) as tx:
        [event] = await outbox.published(tx, OrderCompleted)
        assert (await evidence.verify(tx, view.subject)).whole
    assert event.how == "accepted"


async def test_silence_past_the_window_is_acceptance(db, ctx, delivered):
    await handlers.accept_in_silence(ctx)
    assert (await look(db, delivered)).state == OrderState.DELIVERED
    clock.advance(days=7, seconds=1)
    await handlers.accept_in_silence(ctx)
    await handlers.accept_in_silence(ctx)
    held = await position(db, delivered)
    assert (await look(db, delivered)).state == OrderState.COMPLETED
    assert held.held == Money.zero("USD")


async def test_a_hundred_clicks_release_once(db, partners, delivered):
    async def accept():
        async with db.transaction() as tx:
            await service.accept(tx, delivered, by=partners.buyer.member)

    outcomes = await asyncio.gather(*(accept() for _ in range(100)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {type(o) for o in outcomes if o is not None} == {IllegalMove}
    held = await position(db, delivered)
    assert held.released + held.fees == held.funded


async def test_only_the_buyer_accepts_and_only_the_supplier_ships(db, partners, delivered):
    for by, refusal in ((partners.supplier, WrongSide),):
        with pytest.raises(refusal):
            async with db.transaction() as tx:
                await service.accept(tx, delivered, by=by.member)
    with pytest.raises(WrongSide):
        async with db.transaction() as tx:
            await shipping.ship(tx, delivered, consignment(), by=partners.buyer.member)
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        finance = await make_company(tx, "Clerk", roles=(Role.FINANCE,))
    with pytest.raises(OrderNotFound):
        async with db.transaction() as tx:
            await service.accept(tx, delivered, by=stranger.member)
    with pytest.raises(NotPermitted):
        async with db.transaction() as tx:
            await service.accept(tx, delivered, by=finance.member)
    assert (await look(db, delivered)).state == OrderState.DELIVERED


async def test_in_parts_where_the_contract_allows_it(db, ctx, partners):
    order = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, order)
    first = await ship(db, order, partners, quantity="400")
    await deliver(db, order, partners, first)
    assert (await look(db, order)).state == OrderState.IN_PROGRESS
    second = await ship(db, order, partners, quantity="600", tracking="BMRU6123456781")
    await deliver(db, order, partners, second)
    assert (await look(db, order)).state == OrderState.DELIVERED


async def test_not_in_parts_nor_too_much(db, partners, paid):
    for quantity in ("999", "1001", "0"):
        with pytest.raises(Exception, match=r"contract|Say how much"):
            await ship(db, paid, partners, quantity=quantity)
    assert (await look(db, paid)).state == OrderState.FUNDED


async def contest(db, order_id, partners, to_supplier):
    async with db.transaction() as tx:
        offer = settling.Offer(Money.of(to_supplier, "USD"), "A third of the mugs is chipped.", [])
        return await settling.contest(tx, order_id, offer, by=partners.buyer.member)


async def test_accepted_in_part_and_settled(db, ctx, partners, delivered):
    proposal = await contest(db, delivered, partners, "1500.00")
    held = await position(db, delivered)
    assert (held.held, held.frozen) == (Money.zero("USD"), held.funded)
    clock.advance(days=30)
    await handlers.accept_in_silence(ctx)
    assert (await look(db, delivered)).state == OrderState.CONTESTED
    async with db.transaction() as tx:
        await settling.agree(tx, delivered, proposal.id, by=partners.supplier.member)
    held = await position(db, delivered)
    assert (await look(db, delivered)).state == OrderState.COMPLETED
    assert held.released + held.fees == Money.of("1500.00", "USD")
    assert held.refund_due + held.refunded == Money.of("845.00", "USD")
    assert held.frozen == Money.zero("USD")


async def test_refused_and_refunded(db, partners, delivered):
    proposal = await contest(db, delivered, partners, "0")
    async with db.transaction() as tx:
        await settling.agree(tx, delivered, proposal.id, by=partners.supplier.member)
    held = await position(db, delivered)
    assert (await look(db, delivered)).state == OrderState.REFUNDED
    assert held.refund_due + held.refunded == held.funded
    assert held.fees == Money.zero("USD")


async def test_a_counter_proposal_takes_the_place_of_the_first(db, partners, delivered):
    first = await contest(db, delivered, partners, "0")
    async with db.transaction() as tx:
        offer = settling.Offer(Money.of("2000.00", "USD"), "Only ten boxes are chipped.", [])
        second = await settling.counter(tx, delivered, offer, by=partners.supplier.member)
    with pytest.raises(IllegalMove):
        async with db.transaction() as tx:
            await settling.agree(tx, delivered, first.id, by=partners.supplier.member)
    with pytest.raises(WrongSide):
        async with db.transaction() as tx:
            await settling.agree(tx, delivered, second.id, by=partners.supplier.member)
    async with db.transaction() as tx:
        await settling.agree(tx, delivered, second.id, by=partners.buyer.member)
    held = await position(db, delivered)
    assert held.released + held.fees == Money.of("2000.00", "USD")


async def test_accepted_whole_after_all(db, partners, delivered):
    await contest(db, delivered, partners, "0")
    async with db.transaction() as tx:
        await service.accept(tx, delivered, by=partners.buyer.member)
    held = await position(db, delivered)
    assert held.released + held.fees == held.funded


@pytest.mark.parametrize(("amount", "currency"), [("2345.01", "USD"), ("-1", "USD"), ("1", "EUR")])
async def test_shares_that_cannot_be(db, partners, delivered, amount, currency):
    offer = settling.Offer(Money.of(amount, currency), "Because.", [])
    with pytest.raises(BadShare):
        async with db.transaction() as tx:
            await settling.contest(tx, delivered, offer, by=partners.buyer.member)
    assert (await look(db, delivered)).state == OrderState.DELIVERED


@pytest.mark.parametrize("funded", [False, True])
async def test_called_off_by_both(db, ctx, partners, order, funded):
    if funded:
        await fund(ctx, order)
    async with db.transaction() as tx:
        proposal = await settling.propose_cancellation(tx, order, "The shop has closed.", by=partners.buyer.member)
    assert (await look(db, order)).state in (OrderState.CONTRACTED, OrderState.FUNDED)
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.supplier.member)
    held = await position(db, order)
    assert (await look(db, order)).state == (OrderState.REFUNDED if funded else OrderState.CANCELLED)
    assert held.held == Money.zero("USD")
    assert held.refund_due + held.refunded == held.funded


async def test_the_supplier_records_a_delivery_with_proof_only(db, partners, paid):
    shipment = await ship(db, paid, partners)
    with pytest.raises(Exception, match="proof"):
        async with db.transaction() as tx:
            await shipping.deliver(tx, paid, shipment.id, [], by=partners.supplier.member)
    async with db.transaction() as tx:
        await shipping.deliver(tx, paid, shipment.id, PROOF, by=partners.supplier.member)
    assert (await look(db, paid)).state == OrderState.DELIVERED


async def test_rated_once_and_only_when_completed(db, partners, delivered):
    async def rate():
        async with db.transaction() as tx:
            await service.rate(tx, delivered, goods=5, service=4, time=5, text="好", by=partners.buyer.member)

    with pytest.raises(NotYet):
        await rate()
    async with db.transaction() as tx:
        await service.accept(tx, delivered, by=partners.buyer.member)
    await rate()
    with pytest.raises(AlreadyRated):
        await rate()


async def test_who_ships_early_in_the_day_in_shenzhen_dates_it_that_day(db, partners, paid):
    evening = clock.now().replace(hour=22, minute=30) + timedelta(days=1)
    tomorrow = evening.date() + timedelta(days=1)
    with clock.at(evening):
        for day, meant in ((tomorrow + timedelta(days=1), False), (tomorrow, True)):
            with nullcontext() if meant else pytest.raises(Invalid, match="future"):
                async with db.transaction() as tx:
                    await shipping.ship(tx, paid, replace(consignment(), shipped_on=day), by=partners.supplier.member)
    assert (await look(db, paid)).state == OrderState.IN_PROGRESS


async def test_the_pages_of_a_whole_order(client, db, ctx, partners, paid):
    page = f"/orders/{paid}"
    async with client(as_=partners.supplier) as http:
        bad = await submit(http, page, "shipment", carrier="Blue Meridian", tracking="X1234", shipped_on="2999-01-01")
        assert bad.status_code == 422
        assert "cannot lie in the future" in bad.text
        sent = await submit(
            http,
            page,
            "shipment",
            files={"documents": ("invoice.pdf", PDF, "application/pdf")},
            carrier="Blue Meridian",
            tracking="BMRU6123456780",
            shipped_on=str(clock.now().date()),
        )
        assert sent.status_code == 303
    async with client(as_=partners.buyer) as http:
        shown = await http.get(page)
        assert "invoice.pdf" in shown.text
        assert (await submit(http, page, "delivery-1")).status_code == 303
        assert (await submit(http, page, "accept")).status_code == 303
        rated = await submit(http, page, "rating", goods="5", service="5", time="4", text="Good mugs.")
        assert rated.status_code == 303
        statement = await http.get(f"{page}/statement")
        listed = await http.get("/orders?show=ended")
    assert statement.status_code == 200
    assert str(paid) in listed.text
    assert (await look(db, paid)).state == OrderState.COMPLETED


async def test_a_stranger_finds_nothing(client, db, paid):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    async with client(as_=stranger) as http:
        assert (await http.get(f"/orders/{paid}")).status_code == 404
        assert (await http.get(f"/orders/{paid}/statement")).status_code == 404


def test_the_table_of_moves_ends_where_money_has_left():
    starts = {state for state, _move in MOVES}
    assert {s for s in OrderState if s not in starts} == {
        OrderState.COMPLETED,
        OrderState.REFUNDED,
        OrderState.CANCELLED,
        OrderState.TERMINATED,
    }
    assert all(MOVES[state, move] in OrderState for state, move in MOVES)
    assert {move for _state, move in MOVES} == set(OrderMove)
