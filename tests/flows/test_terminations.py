"""A contract ended by agreement: a document of its own, signed by both; what is held is divided to the unit."""

import asyncio
import io

import pytest
from pypdf import PdfReader

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.money import Money
from app.core.runner import drain
from app.core.states import IllegalMove
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.amending import Changes
from orders.contracts.errors import AmendmentUnderWay, NotHere
from orders.contracts.revising import Adjustments
from orders.contracts.states import ContractState
from orders.deals import amending, queries, service, settling, terminating
from orders.deals.errors import BadShare, NotYet, Overtaken
from orders.deals.states import OrderState
from orders.deals.terminating import Terms
from payments import proof as books
from payments import queries as money
from tests.factories.contracts import agree, fund, make_order, newest_file, sign_amendment
from tests.factories.money import usd
from tests.factories.people import make_company, make_key
from tests.factories.shipments import deliver, ship
from tests.forms import submit
from tests.sql import connect

DEPOSIT, BALANCE = 0, 1
FLAT = Money.of("703.50", "USD")


@pytest.fixture
async def order(ctx, partners):
    """1,000 mugs for 2,345.00: a deposit of 703.50 is held, the balance of 1,641.50 not yet paid."""
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id, [DEPOSIT])
    return order_id


async def propose(db, order_id, by, to_supplier=None, goods=""):
    shares = {place: usd(amount) for place, amount in (to_supplier or {}).items()}
    async with db.transaction() as tx:
        terms = Terms("The buyer's shop has closed.", shares, goods)
        return (await terminating.propose(tx, order_id, terms, by=by.member)).id


async def ready(ctx, partners, order_id, to_supplier=None, goods=""):
    """Proposed by the supplier, agreed by the buyer, its document set; to be signed."""
    contract_id = await propose(ctx.db, order_id, partners.supplier, to_supplier, goods)
    await agree(ctx, contract_id, partners.buyer)
    return contract_id


async def end(ctx, partners, order_id, to_supplier=None, goods=""):
    contract_id = await ready(ctx, partners, order_id, to_supplier, goods)
    for actor in (partners.supplier, partners.buyer):
        await sign_amendment(ctx, contract_id, actor)
    await drain(ctx)
    return contract_id


async def look(db, order_id):
    async with db.transaction(read_only=True) as tx:
        assert (await books.proof(tx)).holds
        view = await queries.order(tx, order_id)
        return view, await money.money_position(tx, view.subject)


async def test_held_money_is_divided_and_the_rest_no_longer_due(db, ctx, partners, order):
    agreement = await end(ctx, partners, order, {DEPOSIT: "200.00"})
    view, held = await look(db, order)
    assert view.state == OrderState.TERMINATED
    assert held.released + held.fees == usd("200")
    assert (held.held, held.refund_due) == (usd("0"), usd("503.50"))
    assert [str(p.milestone.state) for p in held.milestones][1] == "cancelled"
    async with db.transaction(read_only=True) as tx:
        old, new = await contracts.contract(tx, view.contract_id), await contracts.contract(tx, agreement)
        assert (await evidence.verify(tx, view.subject)).whole
        kinds = [link.kind for link in await evidence.chain(tx, Subject("contract", old.id))]
    assert (old.state, new.state) == (ContractState.TERMINATED, ContractState.PERFORMED)
    assert new.terms.amends.terms_hash == old.terms_hash
    assert new.number == f"{old.number}-T1"
    assert new.sealed_at is not None
    assert kinds[-1] == "contract.terminated"


@pytest.mark.parametrize("number", ["PC-AS6G-1WCS", "PC-T7QK-A1CS"])
async def test_numbers_go_on_from_the_first_contract_s_whatever_letters_it_has(db, ctx, urls, partners, order, number):
    owner = await connect(urls.owner)
    await owner.execute("UPDATE contract SET number = $1", number)
    await owner.close()
    agreement = await end(ctx, partners, order, {DEPOSIT: "200.00"})
    async with db.transaction(read_only=True) as tx:
        assert (await contracts.contract(tx, agreement)).number == f"{number}-T1"


async def test_the_agreement_is_a_document_of_its_own(db, ctx, partners, order):
    agreement = await end(ctx, partners, order, {DEPOSIT: "200.00"})
    async with db.transaction(read_only=True) as tx:
        view = await contracts.contract(tx, agreement)
        old = await contracts.contract(tx, view.amends_id)
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(await newest_file(ctx, agreement))).pages)
    plain = "".join(said.split()).replace("\u200b", "")
    for part in (
        "TerminationAgreement",
        "合同终止协议",
        old.terms_hash,
        "200.00",
        "503.50",
        "Thebuyer'sshophasclosed.",
    ):
        assert part in plain
    assert "Salescontract" not in plain


async def test_all_of_it_goes_back_where_nothing_else_is_said(db, ctx, partners, order):
    await end(ctx, partners, order)
    _view, held = await look(db, order)
    assert (held.refund_due, held.released) == (FLAT, usd("0"))


async def test_one_side_alone_ends_nothing(db, ctx, partners, order):
    agreement = await ready(ctx, partners, order)
    await sign_amendment(ctx, agreement, partners.supplier)
    view, held = await look(db, order)
    assert (view.state, held.held) == (OrderState.FUNDING, FLAT)
    async with db.transaction() as tx:
        await contracting.decline(tx, agreement, "We go on after all.", by=partners.buyer.member)
    assert await propose(db, order, partners.buyer)


async def test_goods_under_way_need_a_word(db, ctx, partners, order):
    await fund(ctx, order, [BALANCE])
    await ship(db, order, partners)
    with pytest.raises(Invalid) as refused:
        await propose(db, order, partners.supplier)
    assert "goods" in refused.value.errors
    await end(ctx, partners, order, {DEPOSIT: "703.50"}, goods="They return to Yantian at the Buyer's cost.")
    view, held = await look(db, order)
    assert view.state == OrderState.TERMINATED
    assert held.refund_due == usd("1641.50")


async def test_goods_shipped_meanwhile_overtake_an_agreement_that_is_silent_of_them(db, ctx, partners, order):
    await fund(ctx, order, [BALANCE])
    agreement = await ready(ctx, partners, order)
    await ship(db, order, partners)
    with pytest.raises(Overtaken):
        await sign_amendment(ctx, agreement, partners.supplier)


async def test_a_payment_that_arrived_meanwhile_overtakes_it(db, ctx, partners, order):
    agreement = await ready(ctx, partners, order, {DEPOSIT: "200.00"})
    await sign_amendment(ctx, agreement, partners.supplier)
    await fund(ctx, order, [BALANCE])
    with pytest.raises(Overtaken):
        await sign_amendment(ctx, agreement, partners.buyer)
    assert (await look(db, order))[0].state == OrderState.FUNDED


@pytest.mark.parametrize("share", ["703.51", "-1"])
async def test_no_more_is_divided_than_is_held(db, partners, order, share):
    with pytest.raises(BadShare) as refused:
        await propose(db, order, partners.buyer, {DEPOSIT: share})
    assert "payments.0.to_supplier" in refused.value.errors


async def both(*acts):
    """Two acts at once; what each came to."""
    return await asyncio.gather(*acts, return_exceptions=True)


async def test_two_proposals_at_once_are_one(db, partners, order):
    found = await both(propose(db, order, partners.buyer), propose(db, order, partners.supplier))
    assert [type(one) for one in found if isinstance(one, BaseException)] == [AmendmentUnderWay]


async def test_no_termination_beside_an_amendment_nor_the_other_way(db, partners, order):
    async with db.transaction() as tx:
        await amending.propose(tx, order, Changes("Later.", latest=clock.now().date()), by=partners.supplier.member)
    with pytest.raises(AmendmentUnderWay):
        await propose(db, order, partners.buyer)


async def test_termination_against_acceptance_ends_one_way(db, ctx, partners, order):
    await fund(ctx, order, [BALANCE])
    await deliver(db, order, partners, await ship(db, order, partners))
    agreement = await ready(ctx, partners, order, goods="The buyer keeps them.")
    await sign_amendment(ctx, agreement, partners.supplier)

    async def accept():
        async with db.transaction() as tx:
            await service.accept(tx, order, by=partners.buyer.member)

    found = await both(sign_amendment(ctx, agreement, partners.buyer), accept())
    [lost] = [one for one in found if isinstance(one, BaseException)]
    assert isinstance(lost, IllegalMove | NotYet)
    view, held = await look(db, order)
    if view.state == OrderState.COMPLETED:
        assert held.released + held.fees == usd("2345")
    else:
        assert (view.state, held.refund_due) == (OrderState.TERMINATED, usd("2345"))


async def test_what_ends_otherwise_voids_the_agreement(db, ctx, partners, order):
    agreement = await ready(ctx, partners, order)
    async with db.transaction() as tx:
        proposal = await settling.propose_cancellation(tx, order, "Never mind.", by=partners.buyer.member)
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.supplier.member)
    async with db.transaction(read_only=True) as tx:
        assert (await contracts.contract(tx, agreement)).state == ContractState.VOID


async def test_its_text_is_not_adjusted_but_proposed_anew(db, partners, order):
    agreement = await propose(db, order, partners.buyer)
    with pytest.raises(NotHere):
        async with db.transaction() as tx:
            await contracting.adjust(tx, agreement, Adjustments(special_en="x"), revision=1, by=partners.buyer.member)


async def test_proposed_read_agreed_and_declined_on_pages(client, db, ctx, partners, order):
    async with client(as_=partners.buyer) as http:
        made = await submit(
            http,
            f"/orders/{order}",
            "termination-agreement",
            reason="The shop has closed.",
            payments__0__to_supplier="100.00",
        )
        assert made.status_code == 303
        page = made.headers["location"]
        again = await submit(http, f"/orders/{order}", "cancellation", reason="Or call it off?")
        assert again.status_code == 303
    async with client(as_=partners.supplier) as http:
        shown = await http.get(page)
        assert "603.50" in shown.text
        assert "The shop has closed." in shown.text
        assert (await submit(http, page, "agree")).status_code == 303
    await drain(ctx)
    async with client(as_=partners.buyer) as http:
        assert "Go to signing" in (await http.get(page)).text
        assert (await submit(http, page, "refusal", reason="We go on after all.")).status_code == 303
        room = (await http.get(f"/orders/{order}")).text
    assert "termination-agreement" in room


async def test_programs_propose_it_too_and_strangers_do_not(client, db, partners, order):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger", country="FR")
    body = {"reason": "The shop has closed.", "payments": [{"position": 0, "to_supplier": "100.00"}]}
    async with client(key=await make_key(db, stranger)) as http:
        assert (await http.post(f"/api/v1/orders/{order}/termination-agreements", json=body)).status_code == 404
    async with client(key=await make_key(db, partners.buyer)) as http:
        made = await http.post(f"/api/v1/orders/{order}/termination-agreements", json=body)
    assert made.status_code == 201
    assert made.json()["terms"]["ending"]["divisions"][0]["to_supplier"]["amount_minor"] == 10000
