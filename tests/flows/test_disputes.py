"""A contested order before the platform: the case freezes nothing more and its final ruling shares the money."""

from decimal import Decimal

import pytest

from app.core import clock
from app.core.money import Money
from orders import files as kept
from orders.deals import queries as orders
from orders.deals import service, settling, shipping
from orders.deals.settling import Offer
from orders.deals.shipping import Consignment
from orders.deals.states import OrderState
from payments import proof
from payments import queries as money
from tests.factories.cases import STORY, case_of, decision, rule
from tests.factories.contracts import fund, make_order
from tests.factories.files import PDF
from tests.factories.people import make_company, make_staff
from tests.forms import submit
from trust.access import Role
from trust.cases.states import CaseState, Remedy

S = CaseState


@pytest.fixture
async def judges(db):
    async with db.transaction() as tx:
        return await make_staff(tx), await make_staff(tx, Role.COMPLIANCE)


@pytest.fixture
async def contested(ctx, partners):
    """An order whose goods have arrived, all of its money held, and refused by the buyer."""
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    async with ctx.db.transaction() as tx:
        goods = Consignment("Blue Meridian", "BMRU6123456780", clock.now().date(), {0: Decimal(1000)}, [])
        shipment = await shipping.ship(tx, order_id, goods, by=partners.supplier.member)
    async with ctx.db.transaction() as tx:
        receipt = await kept.keep(ctx.files, [])
        await shipping.deliver(tx, order_id, shipment.id, receipt, by=partners.buyer.member)
    async with ctx.db.transaction() as tx:
        none = Money.zero("USD")
        await settling.contest(tx, order_id, Offer(none, "Chipped.", []), by=partners.buyer.member)
    return order_id


async def _dispute(client, order_id, actor):
    async with client(as_=actor) as http:
        file = {"files": ("report.pdf", PDF, "application/pdf")}
        sent = await submit(http, f"/orders/{order_id}", "dispute", files=file, statement=STORY)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


async def _state(ctx, order_id):
    async with ctx.db.transaction(read_only=True) as tx:
        order = await orders.order(tx, order_id)
        return order.state, await money.money_position(tx, order.subject)


async def test_a_ruling_shares_the_frozen_money_once_it_is_final(ctx, client, partners, judges, contested, run_jobs):
    _state_before, before = await _state(ctx, contested)
    page = await _dispute(client, contested, partners.buyer)
    refused = await _dispute_again(client, contested, partners.supplier)
    assert (refused.status_code, refused.json()["facts"]["address"]) == (409, page), (
        "what they say belongs into that case"
    )
    case_id = page.removeprefix("/cases/")
    case = await case_of(ctx, case_id)
    assert case.amount == before.frozen
    assert case.checklist, "what the contract says is checked"
    async with client(as_=partners.supplier) as http:
        assert case.checklist[0][1].split()[0] in (await http.get(page)).text
        assert (await submit(http, page, "statement", text="They left whole.")).status_code == 303
    half = Money(before.frozen.minor // 2 + 1, "USD")
    await rule(ctx, case_id, judges[0], decision(Remedy.SHARE, to_complainant=half))
    await run_jobs()
    assert (await _state(ctx, contested))[0] == OrderState.CONTESTED, "not before it is final"
    for side in (partners.buyer, partners.supplier):
        async with client(as_=side) as http:
            await submit(http, page, "agreement")
    await run_jobs()
    state, after = await _state(ctx, contested)
    assert state == OrderState.COMPLETED
    assert not after.frozen
    assert after.refunded + after.refund_due == half
    assert after.released + after.fees == before.released + before.fees + (before.frozen - half)
    async with ctx.db.transaction() as tx:
        assert (await proof.prove(tx, by=None)).holds


async def _dispute_again(client, order_id, actor):
    async with client(as_=actor) as http:
        shown = (await http.get(f"/orders/{order_id}")).text
        token = shown.split('name="csrf_token" value="')[1].split('"')[0]
        headers = {"accept": "application/json", "x-csrf-token": token}
        return await http.post(f"/orders/{order_id}/disputes", json={"statement": STORY}, headers=headers)


@pytest.mark.parametrize(("to_buyer", "state"), [(0, OrderState.COMPLETED), (100, OrderState.REFUNDED)])
async def test_all_of_it_may_go_to_one_side(ctx, client, partners, judges, contested, run_jobs, to_buyer, state):
    _before, position = await _state(ctx, contested)
    page = await _dispute(client, contested, partners.supplier)
    case_id = page.removeprefix("/cases/")
    async with client(as_=partners.buyer) as http:
        await submit(http, page, "statement", text="They came chipped.")
    supplier_s = position.frozen if to_buyer == 0 else Money.zero("USD")
    await rule(ctx, case_id, judges[0], decision(Remedy.SHARE, to_complainant=supplier_s))
    for side in (partners.buyer, partners.supplier):
        async with client(as_=side) as http:
            await submit(http, page, "agreement")
    await run_jobs()
    now, after = await _state(ctx, contested)
    assert now == state
    assert after.refunded + after.refund_due == position.frozen - supplier_s


async def test_the_sides_may_still_agree_and_the_case_ends(ctx, client, partners, judges, contested):
    page = await _dispute(client, contested, partners.buyer)
    case_id = page.removeprefix("/cases/")
    async with ctx.db.transaction() as tx:
        await service.accept(tx, contested, by=partners.buyer.member)
    case = await case_of(ctx, case_id)
    assert case.state == S.SETTLED
    async with client(as_=partners.supplier) as http:
        assert 'id="statement"' not in (await http.get(page)).text


async def test_a_ruling_shares_no_more_than_is_at_stake(ctx, client, partners, judges, contested):
    page = await _dispute(client, contested, partners.buyer)
    async with client(as_=partners.supplier) as http:
        await submit(http, page, "statement", text="They left whole.")
    async with client(as_=judges[0]) as http:
        await submit(http, page, "handling", no_conflict="true")
        said = {"facts": "They are chipped.", "reason": "Against the contract.", "remedy": "share"}
        said |= {"rules__0__code": "contract"}
        for amount in ("-1", "99999999", "", "lots"):
            refused = await submit(http, page, "ruling", to_complainant=amount, **said)
            assert refused.status_code == 422
        dismissed = await submit(http, page, "ruling", to_complainant="0", **said | {"remedy": "dismiss"})
        assert dismissed.status_code == 422
    assert (await case_of(ctx, page.removeprefix("/cases/"))).state == S.DECIDING


async def test_only_the_parties_of_a_contested_order_ask(ctx, client, partners):
    order_id = await make_order(ctx, partners)
    async with ctx.db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    for actor, status in ((stranger, 404), (partners.buyer, 409)):
        async with client(as_=actor) as http:
            token = (await http.get("/cases/new")).text.split('name="csrf_token" value="')[1].split('"')[0]
            headers = {"accept": "application/json", "x-csrf-token": token}
            asked = await http.post(f"/orders/{order_id}/disputes", json={"statement": STORY}, headers=headers)
            assert asked.status_code == status
