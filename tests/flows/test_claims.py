"""Goods that do not come: the buyer claims before delivery, money and clocks stand still; the order ends or goes on."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.money import Money
from app.core.states import IllegalMove
from orders import presets
from orders.deals import claiming, handlers, plan, queries, service, settling, shipping
from orders.deals.errors import BadShare, NothingHeld, NotYet, OrderNotFound, WrongSide
from orders.deals.settling import Offer
from orders.deals.states import MOVES, OrderMove, OrderState
from orders.milestones import MilestoneState
from orders.negotiation.offer import PaymentShare
from payments import proof
from payments import queries as money
from payments.escrow import service as escrow
from tests.factories.cases import STORY, case_of, decision, rule
from tests.factories.contracts import fund, make_offer, make_order
from tests.factories.files import PDF
from tests.factories.identities import letters
from tests.factories.money import fund_by_bank
from tests.factories.people import make_company, make_staff
from tests.factories.shipments import consignment, deliver, ship
from tests.forms import submit
from trust.access import NotPermitted, Role
from trust.cases import counted as cases_counted
from trust.cases.states import CaseState, Remedy

S, M = OrderState, OrderMove
NOTHING = Money.zero("USD")
PAST = timedelta(days=31)
"""Past the last day of shipment of the factory's contracts."""


@pytest.fixture
async def order(ctx, partners):
    """Under way, unpaid, the shipment in parts allowed."""
    return await make_order(ctx, partners, make_offer(partial=True))


@pytest.fixture
async def paid(ctx, order):
    await fund(ctx, order)
    return order


@pytest.fixture
async def judges(db):
    async with db.transaction() as tx:
        return await make_staff(tx), await make_staff(tx, Role.COMPLIANCE)


async def look(db, order_id):
    async with db.transaction(read_only=True) as tx:
        view = await queries.order(tx, order_id)
        return view, await money.money_position(tx, view.subject)


async def claim(db, order_id, by, to_supplier=NOTHING):
    async with db.transaction() as tx:
        return await claiming.claim(tx, order_id, Offer(to_supplier, "Nothing has come.", []), by=by.member)


async def late(db, order_id):
    """The day after the contract's last day of shipment."""
    view, _held = await look(db, order_id)
    ahead = (view.ship_by - clock.now().date()).days + 1
    clock.advance(days=ahead)


async def books_hold(db):
    async with db.transaction() as tx:
        assert (await proof.prove(tx, by=None)).holds


async def test_from_the_day_after_the_last_day_of_shipment(db, partners, paid):
    view, _held = await look(db, paid)
    clock.advance(days=(view.ship_by - clock.now().date()).days)
    assert clock.now().date() == view.ship_by
    with pytest.raises(NotYet):
        await claim(db, paid, partners.buyer)
    assert (await look(db, paid))[0].state == S.FUNDED
    clock.advance(days=1)
    await claim(db, paid, partners.buyer)
    view, held = await look(db, paid)
    assert (view.state, held.held, held.frozen) == (S.UNDELIVERED, NOTHING, held.funded)
    await books_hold(db)


@pytest.mark.parametrize(("mode", "days"), [("sea", 60), ("air", 14)])
async def test_goods_on_their_way_are_given_their_time(db, ctx, partners, mode, days):
    offer = make_offer()
    rule_ = {"sea": {}, "air": {"rule": "FCA", "mode": "air", "place": "Shenzhen", "locode": "CNSZX"}}[mode]
    order_id = await make_order(ctx, partners, type(offer).model_validate(offer.model_dump() | rule_))
    await fund(ctx, order_id)
    await late(db, order_id)
    await ship(db, order_id, partners)
    clock.advance(days=days)
    with pytest.raises(NotYet):
        await claim(db, order_id, partners.buyer)
    clock.advance(days=1)
    await claim(db, order_id, partners.buyer)
    assert (await look(db, order_id))[0].state == S.UNDELIVERED


async def test_what_was_not_shipped_is_late_whatever_is_on_its_way(db, partners, paid):
    await ship(db, paid, partners, quantity="400")
    await late(db, paid)
    await claim(db, paid, partners.buyer, Money.of("900.00", "USD"))
    assert (await look(db, paid))[0].state == S.UNDELIVERED


async def test_who_may_and_what_may_be_asked(db, ctx, partners, order):
    await late(db, order)
    with pytest.raises(IllegalMove):
        await claim(db, order, partners.buyer)
    await fund(ctx, order, [0])
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        clerk = await make_company(tx, "Clerk", roles=(Role.FINANCE,))
    for by, refusal in ((partners.supplier, WrongSide), (stranger, OrderNotFound), (clerk, NotPermitted)):
        with pytest.raises(refusal):
            await claim(db, order, by)
        with pytest.raises(refusal):
            async with db.transaction() as tx:
                await claiming.drop(tx, order, by=by.member)
    _view, held = await look(db, order)
    for share in (Money(held.held.minor + 1, "USD"), Money(-1, "USD"), Money(1, "EUR")):
        with pytest.raises(BadShare):
            await claim(db, order, partners.buyer, share)
    assert (await look(db, order))[0].state == S.FUNDING
    await claim(db, order, partners.buyer, held.held)


async def test_nothing_is_claimed_where_nothing_is_held(db, partners, paid):
    async with db.transaction() as tx:
        view = await queries.order(tx, paid)
        for part in (await money.money_position(tx, view.subject)).milestones:
            await escrow.release(tx, view.subject, part.milestone.id, by=None, reason="test")
    await late(db, paid)
    with pytest.raises(NothingHeld):
        await claim(db, paid, partners.buyer)


async def _to(db, ctx, order_id, partners, state):
    """Bring an order to a state that it can claim from."""
    await fund(ctx, order_id, [0] if state is S.FUNDING else None)
    if state is S.IN_PROGRESS:
        await ship(db, order_id, partners, quantity="400")
    await late(db, order_id)


@pytest.mark.parametrize("state", [S.FUNDING, S.FUNDED, S.IN_PROGRESS])
async def test_a_dropped_claim_leads_back_to_where_it_was(db, ctx, client, partners, order, state):
    await _to(db, ctx, order, partners, state)
    before = (await look(db, order))[1]
    await claim(db, order, partners.buyer)
    async with client(as_=partners.buyer) as http:
        assert (await submit(http, f"/orders/{order}", "drop-claim")).status_code == 303
    view, held = await look(db, order)
    assert view.state == state
    assert (held.held, held.frozen) == (before.held, NOTHING)
    with pytest.raises(IllegalMove):
        async with db.transaction() as tx:
            await claiming.drop(tx, order, by=partners.buyer.member)
    await claim(db, order, partners.buyer)
    assert (await look(db, order))[0].state == S.UNDELIVERED, "it may be said again"
    await books_hold(db)


async def test_times_run_on_with_what_they_had_left(db, ctx, partners):
    made = presets.plan("documents", production_days=60)
    shares = tuple(PaymentShare(kind=m.kind, percent=m.percent, conditions=m.conditions) for m in made)
    order_id = await make_order(ctx, partners, make_offer().model_copy(update={"milestones": shares}))
    await fund(ctx, order_id)
    async with db.transaction(read_only=True) as tx:
        before = (await plan.milestones(tx, order_id))[0]
    await late(db, order_id)
    await claim(db, order_id, partners.buyer)
    clock.advance(days=100)
    await handlers.keep_milestone_times(ctx)
    await handlers.accept_in_silence(ctx)
    async with db.transaction() as tx:
        assert (await plan.milestones(tx, order_id))[0].state is MilestoneState.AWAITED, "no clock ran meanwhile"
        await claiming.drop(tx, order_id, by=partners.buyer.member)
    async with db.transaction(read_only=True) as tx:
        after = (await plan.milestones(tx, order_id))[0]
    assert (after.deadline - before.deadline).days == 100
    await handlers.keep_milestone_times(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await plan.milestones(tx, order_id))[0].state is MilestoneState.AWAITED


async def test_agreed_shares_end_it(db, partners, paid):
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    async with db.transaction() as tx:
        offer = Offer(Money.of("100.00", "USD"), "The moulds are made.", [])
        counter = await settling.counter(tx, paid, offer, by=partners.supplier.member)
    async with db.transaction() as tx:
        await settling.agree(tx, paid, counter.id, by=partners.buyer.member)
    view, held = await look(db, paid)
    assert view.state == S.COMPLETED
    assert held.released + held.fees == Money.of("100.00", "USD")
    assert held.refund_due + held.refunded == held.funded - Money.of("100.00", "USD")
    await books_hold(db)


async def test_all_of_it_back_when_the_supplier_agrees(db, partners, paid):
    await late(db, paid)
    proposal = await claim(db, paid, partners.buyer)
    async with db.transaction() as tx:
        await settling.agree(tx, paid, proposal.id, by=partners.supplier.member)
    view, held = await look(db, paid)
    assert view.state == S.REFUNDED
    assert held.refund_due + held.refunded == held.funded


async def test_the_supplier_ships_on_and_the_buyer_alone_says_that_it_came(db, partners, paid):
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    shipment = await ship(db, paid, partners)
    assert (await look(db, paid))[0].state == S.UNDELIVERED, "sending ends no claim"
    receipt = [{"sha256": "0" * 64, "key": "k", "name": "p.pdf", "content_type": "application/pdf", "size": 1}]
    with pytest.raises(WrongSide):
        async with db.transaction() as tx:
            await shipping.deliver(tx, paid, shipment.id, receipt, by=partners.supplier.member)
    await deliver(db, paid, partners, shipment)
    view, held = await look(db, paid)
    assert (view.state, held.frozen, held.held) == (S.DELIVERED, NOTHING, held.funded)
    assert (view.accept_by - view.delivered_at).days == view.acceptance_days
    async with db.transaction() as tx:
        assert await queries.open_proposal(tx, paid) is None, "what was proposed is overtaken"
        await service.accept(tx, paid, by=partners.buyer.member)
    await books_hold(db)


async def test_a_part_that_comes_leaves_the_claim(db, partners, paid):
    first = await ship(db, paid, partners, quantity="400")
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    await deliver(db, paid, partners, first)
    assert (await look(db, paid))[0].state == S.UNDELIVERED


async def test_nothing_is_shipped_on_before_the_money_is_there(db, ctx, partners, order):
    await _to(db, ctx, order, partners, S.FUNDING)
    await claim(db, order, partners.buyer)
    with pytest.raises(NotYet):
        await ship(db, order, partners)


async def test_money_that_comes_meanwhile_is_frozen_too(db, ctx, client, partners, order, run_jobs):
    await _to(db, ctx, order, partners, S.FUNDING)
    await claim(db, order, partners.buyer)
    async with client(as_=partners.buyer) as http:
        token = (await http.get("/cases/new")).text.split('name="csrf_token" value="')[1].split('"')[0]
        view, held = await look(db, order)
        asked = {"milestone_id": str(held.milestones[1].milestone.id), "rail": "bank"}
        headers = {"accept": "application/json", "x-csrf-token": token}
        assert (await http.post(f"/orders/{order}/payments", json=asked, headers=headers)).status_code == 409
    async with db.transaction() as tx:
        await fund_by_bank(tx, held.milestones[1].milestone)
    await run_jobs()
    view, held = await look(db, order)
    assert (view.state, held.held, held.frozen) == (S.UNDELIVERED, NOTHING, view.total)
    async with db.transaction() as tx:
        await claiming.drop(tx, order, by=partners.buyer.member)
    view, held = await look(db, order)
    assert (view.state, held.held) == (S.FUNDED, view.total), "by now everything is paid"
    await books_hold(db)


async def test_the_database_lets_nothing_go_meanwhile(db, partners, paid):
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    _view, held = await look(db, paid)
    for column in ("released_minor", "due_minor"):
        change = text(f"UPDATE escrow_milestone SET held_minor = 0, {column} = amount_minor WHERE id = :id")  # noqa: S608
        await _refused(db, change, held.milestones[0].milestone.id, "under dispute")


async def _refused(db, change, id_, why):
    async with db.transaction() as tx:
        with pytest.raises(DBAPIError, match=why):
            async with tx.begin_nested():
                await tx.execute(change, {"id": id_})


async def test_the_database_knows_no_claim_before_its_day(db, paid):
    for claimed in ("NULL", "ship_by + time '23:59' AT TIME ZONE 'UTC'"):
        change = text(f"UPDATE orders SET state = 'undelivered', claimed_at = {claimed} WHERE id = :id")  # noqa: S608
        await _refused(db, change, paid, "claimed_after_the_last_day")


async def _dispute(client, order_id, actor):
    async with client(as_=actor) as http:
        file = {"files": ("report.pdf", PDF, "application/pdf")}
        sent = await submit(http, f"/orders/{order_id}", "dispute", files=file, statement=STORY)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


async def _agreed(client, page, partners):
    for side in (partners.buyer, partners.supplier):
        async with client(as_=side) as http:
            await submit(http, page, "agreement")


@pytest.mark.parametrize("asks", ["buyer", "supplier"])
async def test_a_ruling_shares_the_money_once_it_is_final(ctx, db, client, partners, judges, paid, run_jobs, asks):
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    _view, before = await look(db, paid)
    page = await _dispute(client, paid, getattr(partners, asks))
    case = await case_of(ctx, page.removeprefix("/cases/"))
    assert (case.topic, case.amount) == ("non_delivery", before.frozen)
    said = " ".join(text_ for _mark, text_ in case.checklist)
    assert "Last day of shipment" in said
    assert "FOB Yantian" in said
    assert "Commercial invoice" in said
    other = partners.supplier if asks == "buyer" else partners.buyer
    async with client(as_=other) as http:
        assert (await submit(http, page, "statement", text="They leave next week.")).status_code == 303
    share = Money(before.frozen.minor // 3, "USD")
    await rule(ctx, case.id, judges[0], decision(Remedy.SHARE, to_complainant=share))
    await run_jobs()
    assert (await look(db, paid))[0].state == S.UNDELIVERED, "not before it is final"
    with pytest.raises(NotYet):
        async with db.transaction() as tx:
            await claiming.drop(tx, paid, by=partners.buyer.member)
    await _agreed(client, page, partners)
    with pytest.raises(NotYet):
        async with db.transaction() as tx:
            await claiming.drop(tx, paid, by=partners.buyer.member)
    await run_jobs()
    view, after = await look(db, paid)
    assert view.state == S.COMPLETED
    to_buyer = share if asks == "buyer" else before.frozen - share
    assert after.refunded + after.refund_due == to_buyer
    assert after.released + after.fees == before.frozen - to_buyer
    await books_hold(db)


async def test_nobody_leaves_a_decision_by_going_back(ctx, db, client, partners, judges, paid):
    """The buyer records an arrival after a ruling against it: refused, for the ruling stands."""
    shipment = await ship(db, paid, partners)
    clock.advance(days=90)
    await claim(db, paid, partners.buyer)
    page = await _dispute(client, paid, partners.buyer)
    async with client(as_=partners.supplier) as http:
        await submit(http, page, "statement", text="Here is the receipt.")
    await rule(ctx, page.removeprefix("/cases/"), judges[0], decision(Remedy.SHARE, to_complainant=NOTHING))
    with pytest.raises(NotYet):
        await deliver(db, paid, partners, shipment)
    async with client(as_=partners.buyer) as http:
        assert 'id="drop-claim"' not in (await http.get(f"/orders/{paid}")).text
    assert (await look(db, paid))[0].state == S.UNDELIVERED


async def test_a_ruling_may_let_the_order_go_on(ctx, db, client, partners, judges, paid, run_jobs):
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    page = await _dispute(client, paid, partners.buyer)
    async with client(as_=partners.supplier) as http:
        await submit(http, page, "statement", text="They are on board.")
    async with client(as_=judges[0]) as http:
        await submit(http, page, "handling", no_conflict="true")
        said = {"facts": "They are on board.", "reason": "The voyage takes its time.", "remedy": "go_on"}
        assert (await submit(http, page, "ruling", rules__0__code="contract", **said)).status_code == 303
    await _agreed(client, page, partners)
    await run_jobs()
    view, held = await look(db, paid)
    assert (view.state, held.held, held.frozen) == (S.FUNDED, held.funded, NOTHING)
    async with db.transaction(read_only=True) as tx:
        counted = await cases_counted.disputes(tx, "order", [paid])
    assert counted[paid].ruling == "ruled", "it is decided, though nobody got money"
    clock.advance(days=29)
    with pytest.raises(NotYet):
        await claim(db, paid, partners.buyer)
    clock.advance(days=1)
    await claim(db, paid, partners.buyer)
    assert (await look(db, paid))[0].state == S.UNDELIVERED
    assert (await _dispute(client, paid, partners.buyer)) != page, "a new claim, a new case"


@pytest.mark.parametrize(("asks", "state"), [("buyer", S.FUNDED), ("supplier", S.UNDELIVERED)])
async def test_a_case_taken_back_drops_the_buyer_s_own_claim(ctx, db, client, partners, paid, run_jobs, asks, state):
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    page = await _dispute(client, paid, getattr(partners, asks))
    async with client(as_=getattr(partners, asks)) as http:
        assert (await submit(http, page, "withdrawal")).status_code == 303
    await run_jobs()
    assert (await look(db, paid))[0].state == state


async def test_a_case_ends_with_its_claim(ctx, db, client, partners, paid):
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    page = await _dispute(client, paid, partners.supplier)
    async with db.transaction() as tx:
        await claiming.drop(tx, paid, by=partners.buyer.member)
    assert (await case_of(ctx, page.removeprefix("/cases/"))).state == CaseState.SETTLED


async def test_both_sides_read_the_same_and_are_told(db, client, partners, paid):
    async with client(as_=partners.buyer) as http:
        shown = (await http.get(f"/orders/{paid}")).text
        assert 'id="claim"' not in shown
        said = (await http.get(f"/orders/{paid}", headers={"accept": "application/json"})).json()
    view, _held = await look(db, paid)
    assert said["claim_from"] == str(view.ship_by + timedelta(days=1))
    await late(db, paid)
    page = f"/orders/{paid}"
    async with client(as_=partners.supplier) as http:
        assert 'id="claim"' not in (await http.get(page)).text
    async with client(as_=partners.buyer) as http:
        bad = await submit(http, page, "claim", to_supplier="lots", reason="Nothing has come.")
        assert bad.status_code == 422
        assert "Nothing has come." in bad.text
        file = {"files": ("tracking.pdf", PDF, "application/pdf")}
        assert (await submit(http, page, "claim", files=file, reason="Nothing has come.")).status_code == 303
        said = (await http.get(page, headers={"accept": "application/json"})).json()
        assert (said["state"], said["claim_from"]) == ("undelivered", None)
        assert said["claimed_at"] is not None
    for side in (partners.buyer, partners.supplier):
        async with client(as_=side) as http:
            shown = (await http.get(page)).text
            assert "Nothing has come." in shown
            assert "tracking.pdf" in shown
    told = [letter["to"] for letter in await letters(db, "delivery_claimed")]
    assert sorted(told) == sorted([partners.buyer.member.email, partners.supplier.member.email])


HOW = {
    M.FUND_PART: lambda tx, o, _p: service.funded(tx, o),
    M.SHIP: lambda tx, o, p: shipping.ship(tx, o, consignment(), by=p.supplier.member),
    M.ACCEPT: lambda tx, o, p: service.accept(tx, o, by=p.buyer.member),
    M.CONTEST: lambda tx, o, p: settling.contest(tx, o, Offer(NOTHING, "Chipped.", []), by=p.buyer.member),
    M.CLAIM: lambda tx, o, p: claiming.claim(tx, o, Offer(NOTHING, "Lost.", []), by=p.buyer.member),
    M.CANCEL: lambda tx, o, p: settling.propose_cancellation(tx, o, "Enough.", by=p.buyer.member),
    M.REFUND: lambda tx, o, p: settling.call_off(tx, o, "Enough.", by=p.buyer.member),
    M.FALL_SILENT: lambda tx, o, _p: service.fall_silent(tx, o),
}


async def test_what_may_happen_under_a_claim_is_what_the_table_says(db, partners, paid):
    """Every step that is no move of the table leaves the order and its money as they are."""
    await late(db, paid)
    await claim(db, paid, partners.buyer)
    before = await look(db, paid)
    for move, step in HOW.items():
        if (S.UNDELIVERED, move) in MOVES and move is not M.REFUND:
            continue
        try:
            async with db.transaction() as tx:
                await step(tx, paid, partners)
        except (IllegalMove, NotYet):
            pass
        assert await look(db, paid) == before, move


def test_a_claim_begins_before_delivery_and_leads_back_or_out():
    assert {s for s, m in MOVES if m is M.CLAIM} == {S.FUNDING, S.FUNDED, S.IN_PROGRESS}
    assert {MOVES[s, m] for s, m in MOVES if s is S.UNDELIVERED} == {
        S.UNDELIVERED, S.DELIVERED, S.FUNDING, S.FUNDED, S.IN_PROGRESS, S.COMPLETED, S.REFUNDED,
    }  # fmt: skip
