"""Amendments: a contract again that names the one before it, signed by both; the escrow follows to the unit."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.money import Money
from app.core.runner import drain
from app.core.subject import Subject
from orders import presets
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.amending import Added, Changes
from orders.contracts.errors import AlreadySigned, AmendmentUnderWay, ContractNotFound, NotHere
from orders.contracts.revising import Adjustments
from orders.contracts.sealing import PlatformSigner
from orders.contracts.service import Ceremony
from orders.contracts.states import ContractState
from orders.deals import amending, handlers, plan, proving, queries, service, settling
from orders.deals.errors import NotYet, OrderNotFound, Overtaken
from orders.deals.proofs import Proof
from orders.deals.states import OrderState
from orders.milestones import Conditions, Due, Evidence, MilestoneKind, MilestoneState
from orders.negotiation.offer import PaymentShare
from payments import proof as books
from payments import queries as money
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.ledger import queries as ledger
from tests.factories.contracts import agree, fund, make_offer, make_order, sign_amendment
from tests.factories.money import usd
from tests.factories.people import make_company
from tests.factories.shipments import deliver, ship
from tests.forms import submit as send
from trust.access import NotPermitted, Role

TOTAL = Money.of("2345.00", "USD")
PRODUCTION, LADING, BALANCE = range(3)
FILES = [{"sha256": "0" * 64, "key": "k", "name": "p.pdf", "content_type": "application/pdf", "size": 1, "kind": ""}]


async def start(ctx, partners, *pay):
    """1,000 mugs at 2.345: 703.50 on production, 938.00 against documents, 703.50 on acceptance; some of it paid."""
    plan_ = presets.plan("documents", production_days=30)
    shares = tuple(PaymentShare(kind=m.kind, percent=m.percent, conditions=m.conditions) for m in plan_)
    order_id = await make_order(ctx, partners, make_offer().model_copy(update={"milestones": shares}))
    await fund(ctx, order_id, pay)
    return order_id


@pytest.fixture
async def order(ctx, partners):
    return await start(ctx, partners, 0, 1, 2)


async def propose(db, order_id, by, changes):
    async with db.transaction() as tx:
        return (await amending.propose(tx, order_id, changes, by=by.member)).id


async def ready(ctx, partners, order_id, changes):
    """Proposed by the supplier, agreed by the buyer, its document set; to be signed."""
    contract_id = await propose(ctx.db, order_id, partners.supplier, changes)
    await agree(ctx, contract_id, partners.buyer)
    return contract_id


async def amend(ctx, partners, order_id, changes):
    contract_id = await ready(ctx, partners, order_id, changes)
    for actor in (partners.supplier, partners.buyer):
        await sign_amendment(ctx, contract_id, actor)
    await drain(ctx)
    return contract_id


async def look(db, order_id):
    async with db.transaction(read_only=True) as tx:
        assert (await books.proof(tx)).holds
        view = await queries.order(tx, order_id)
        return view, await plan.milestones(tx, order_id), await money.money_position(tx, view.subject)


async def finish(db, order_id, partners):
    """Shipped, delivered and accepted."""
    await deliver(db, order_id, partners, await ship(db, order_id, partners))
    async with db.transaction() as tx:
        await service.accept(tx, order_id, by=partners.buyer.member)


def assert_fee(held, total):
    """The fee is one and a half percent of each amount: rounded once a payment, no longer once for the whole."""
    assert abs(held.fees.minor - total.share(150).minor) <= len(held.milestones)


CHEAPER = Changes(
    "The glaze is plain instead of double.",
    prices={0: Decimal("2.2")},
    amounts={LADING: usd("850.00"), BALANCE: usd("646.50")},
)
ON_TOP = Added(
    MilestoneKind.INSPECTION, usd("155.00"), Conditions(due=Due.SIGNING, due_days=7, evidence=Evidence.ACCEPTANCE)
)
DEARER = Changes("Gold rims.", prices={0: Decimal("2.5")}, added=ON_TOP)


async def test_less_to_pay_goes_back_and_every_entry_names_the_amendment(db, ctx, partners, order):
    first = (await look(db, order))[0]
    amendment = await amend(ctx, partners, order, CHEAPER)
    view, _rows, held = await look(db, order)
    assert (view.total, view.contract_id) == (usd("2200.00"), amendment)
    assert view.contract_hash != first.contract_hash
    assert (held.agreed, held.funded, held.held, held.refund_due) == (usd("2200"), TOTAL, usd("2200"), usd("145"))
    async with db.transaction(read_only=True) as tx:
        old, new = await contracts.contract(tx, first.contract_id), await contracts.contract(tx, amendment)
        versions = [line.id for line in await contracts.versions(tx, view.inquiry_id)]
        assert (await evidence.verify(tx, view.subject)).whole
        entries = await ledger.postings_of(tx, view.subject)
    assert (old.state, new.state) == (ContractState.AMENDED, ContractState.EFFECTIVE)
    assert new.terms.amends.terms_hash == old.terms_hash
    assert versions == [old.id, new.id]
    assert {e.amount.minor for e in entries if e.entry_kind == "refund"} == {-8800, 8800, -5700, 5700}
    await finish(db, order, partners)
    _view, _rows, held = await look(db, order)
    assert held.released + held.fees == usd("2200")
    assert_fee(held, usd("2200"))


async def test_what_is_still_unpaid_is_asked_for_at_its_new_amount(db, ctx, partners):
    order = await start(ctx, partners, 0)
    await amend(ctx, partners, order, CHEAPER)
    _view, _rows, held = await look(db, order)
    assert [p.milestone.amount for p in held.milestones] == [usd("703.50"), usd("850.00"), usd("646.50")]
    assert (held.agreed, held.refund_due) == (usd("2200"), usd("0"))
    await fund(ctx, order, [1, 2])
    await finish(db, order, partners)
    assert_fee((await look(db, order))[2], usd("2200"))


async def test_more_to_pay_comes_as_a_payment_on_top(db, ctx, partners, order):
    assert (await look(db, order))[0].state == OrderState.FUNDED
    await amend(ctx, partners, order, DEARER)
    view, rows, held = await look(db, order)
    assert view.state == OrderState.FUNDING
    assert [row.kind for row in rows] == ["deposit", "shipment", "balance", "inspection"]
    assert held.agreed == usd("2500") == view.total
    await fund(ctx, order, [3])
    assert (await look(db, order))[0].state == OrderState.FUNDED
    await finish(db, order, partners)
    held = (await look(db, order))[2]
    assert held.released + held.fees == usd("2500")
    assert_fee(held, usd("2500"))


async def test_more_time_lifts_what_was_overdue(db, ctx, partners, order):
    clock.advance(days=31)
    await handlers.keep_milestone_times(ctx)
    assert (await look(db, order))[1][PRODUCTION].state is MilestoneState.OVERDUE
    day = clock.now().date() + timedelta(days=10)
    latest = clock.now().date() + timedelta(days=40)
    await amend(ctx, partners, order, Changes("The kiln broke.", latest=latest, dates={PRODUCTION: day}))
    view, rows, _held = await look(db, order)
    assert view.ship_by == latest
    assert rows[PRODUCTION].state is MilestoneState.AWAITED
    assert rows[PRODUCTION].deadline.date() == day + timedelta(days=1)
    clock.advance(days=12)
    await handlers.keep_milestone_times(ctx)
    assert (await look(db, order))[1][PRODUCTION].state is MilestoneState.OVERDUE


async def settle_production(db, order, partners):
    async with db.transaction() as tx:
        [row, *_rest] = await plan.milestones(tx, order)
        facts = {"quantity": "all", "done_on": clock.now().date()}
        await proving.submit(tx, order, row.id, Proof(facts, "", FILES), by=partners.supplier.member)
        await proving.accept(tx, order, row.id, by=partners.buyer.member)


LESS_DEPOSIT = Changes("Cheaper.", prices={0: Decimal("2.2")}, amounts={PRODUCTION: usd("558.50")})


async def test_an_amendment_overtaken_by_acceptance_changes_nothing(db, ctx, partners, order):
    amendment = await ready(ctx, partners, order, LESS_DEPOSIT)
    await sign_amendment(ctx, amendment, partners.supplier)
    await settle_production(db, order, partners)
    before = await look(db, order)
    with pytest.raises(Overtaken):
        await sign_amendment(ctx, amendment, partners.buyer)
    assert await look(db, order) == before
    async with db.transaction() as tx:
        assert partners.buyer.organisation_id not in await contracts.signed_by(tx, amendment)
        await contracting.decline(tx, amendment, "Too late.", by=partners.buyer.member)
    await propose(db, order, partners.buyer, CHEAPER)


async def test_acceptance_and_the_last_signature_at_once(db, ctx, partners, order):
    """Whichever is first wins; the other is refused, or finds what is left."""
    amendment = await ready(ctx, partners, order, LESS_DEPOSIT)
    await sign_amendment(ctx, amendment, partners.supplier)
    outcomes = await asyncio.gather(
        sign_amendment(ctx, amendment, partners.buyer), settle_production(db, order, partners), return_exceptions=True
    )
    view, _rows, held = await look(db, order)
    if isinstance(outcomes[0], Overtaken):
        assert (view.total, held.refund_due) == (TOTAL, usd("0"))
    else:
        assert (view.total, held.refund_due) == (usd("2200"), usd("145"))
    assert outcomes[1] is None


async def test_both_sign_at_once_and_it_takes_effect_once(db, ctx, partners, order):
    amendment = await ready(ctx, partners, order, CHEAPER)
    both = (partners.supplier, partners.buyer)
    outcomes = await asyncio.gather(*(sign_amendment(ctx, amendment, a) for a in both * 3), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 2
    assert {type(o) for o in outcomes if o is not None} <= {AlreadySigned, ContractNotFound}
    assert (await look(db, order))[2].refund_due == usd("145")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (Changes("Nothing."), Invalid),
        (Changes("Prices alone.", prices={0: Decimal(2)}), Invalid),
        (Changes("Less than nothing.", amounts={PRODUCTION: usd("-1"), BALANCE: usd("1408")}), Invalid),
        (Changes("More on what is paid.", amounts={LADING: usd("937"), BALANCE: usd("704.50")}), Overtaken),
        (Changes("Too early.", latest=clock.now().date() - timedelta(days=1)), Invalid),
    ],
    ids=lambda value: value.reason if isinstance(value, Changes) else "",
)
async def test_amendments_that_cannot_be(db, partners, order, changes, refusal):
    before = await look(db, order)
    with pytest.raises(refusal):
        await propose(db, order, partners.supplier, changes)
    assert await look(db, order) == before
    async with db.transaction(read_only=True) as tx:
        assert await contracts.amended_by(tx, before[0].contract_id) is None


async def test_who_may_amend_and_where(db, ctx, partners, order):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        clerk = await make_company(tx, "Clerk", roles=(Role.FINANCE,))
    for actor, refusal in ((stranger, OrderNotFound), (clerk, NotPermitted)):
        with pytest.raises(refusal):
            await propose(db, order, actor, CHEAPER)
    amendment = await propose(db, order, partners.buyer, CHEAPER)
    with pytest.raises(AmendmentUnderWay):
        await propose(db, order, partners.supplier, CHEAPER)
    with pytest.raises(NotHere):
        async with db.transaction() as tx:
            await contracting.adjust(
                tx, amendment, Adjustments(acceptance_days=1), revision=1, by=partners.supplier.member
            )
    await agree(ctx, amendment, partners.supplier)
    with pytest.raises(ContractNotFound):
        await sign_amendment(ctx, amendment, stranger)
    view = (await look(db, order))[0]
    with pytest.raises(ContractNotFound):
        await sign_amendment(ctx, view.contract_id, partners.buyer)
    signer = PlatformSigner(ctx.settings.secret_key.get_secret_value())
    ceremony = Ceremony("0" * 64, "0" * 64, "Director", consent=True, method="test")
    with pytest.raises(NotHere):
        async with db.transaction() as tx:
            await contracting.sign(tx, amendment, ceremony, by=partners.buyer.member, signer=signer)


async def test_an_order_that_ends_takes_its_open_amendment_along(db, ctx, partners, order):
    amendment = await propose(db, order, partners.buyer, CHEAPER)
    await finish(db, order, partners)
    async with db.transaction(read_only=True) as tx:
        assert (await contracts.contract(tx, amendment)).state == ContractState.VOID
    with pytest.raises(NotYet):
        await propose(db, order, partners.buyer, CHEAPER)


async def test_nothing_is_amended_while_goods_are_contested(db, ctx, partners, order):
    amendment = await ready(ctx, partners, order, CHEAPER)
    await deliver(db, order, partners, await ship(db, order, partners))
    async with db.transaction() as tx:
        await settling.contest(tx, order, settling.Offer(usd("0"), "Chipped.", []), by=partners.buyer.member)
    with pytest.raises(NotYet):
        await sign_amendment(ctx, amendment, partners.supplier)


async def test_a_payment_on_its_way_is_not_changed(db, ctx, partners):
    order = await start(ctx, partners, 0)
    async with db.transaction() as tx:
        rows = (await escrows.escrow(tx, Subject("order", order))).milestones
        await escrow.plan_pay_in(tx, Subject("order", order), rows[LADING].id, by=partners.buyer.member, rail="bank")
    with pytest.raises(Overtaken):
        await propose(db, order, partners.supplier, CHEAPER)


async def test_the_pages_of_an_amendment(client, db, ctx, partners, order):
    page = f"/orders/{order}"
    async with client(as_=partners.supplier) as http:
        uneven = await send(http, page, "amendment", lines__0__price="2.2", reason="A plainer glaze.")
        assert uneven.status_code == 422
        assert "The payments come to" in uneven.text
        amounts = {"milestones__1__amount": "850.00", "milestones__2__amount": "646.50"}
        sent = await send(http, page, "amendment", lines__0__price="2.2", reason="A plainer glaze.", **amounts)
        assert sent.status_code == 303, sent.text
        address = sent.headers["location"]
    async with client(as_=partners.buyer) as http:
        assert address in (await http.get("/")).text
        shown = await http.get(address)
        assert "This is an amendment" in shown.text
        assert (await send(http, address, "agree")).status_code == 303
        await drain(ctx)
        signing = await http.get(f"{address}/signing")
        assert signing.status_code == 200
        document = await http.get(f"{address}/document.pdf")
        assert document.content.startswith(b"%PDF-")
    contract_id = address.rsplit("/", 1)[-1].split("?")[0]
    for actor in (partners.buyer, partners.supplier):
        await sign_amendment(ctx, contract_id, actor)
    async with client(as_=partners.buyer) as http:
        assert "Versions of the contract" in (await http.get(page)).text
        first = (await look(db, order))[0].contract_id
        assert str(first) == contract_id
        led = await http.get(f"{address}/order")
        assert led.headers["location"] == page
