"""Milestones of an order: evidence, answers, silence, deadlines; each releases its own money while goods travel."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core import clock, evidence, outbox
from app.core.errors import Invalid
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.periods import latest_today
from app.core.states import IllegalMove
from orders import presets
from orders.deals import handlers, plan, proving, queries, service, settling
from orders.deals.errors import BadShare, MilestoneNotFound, NothingHeld, NotYet, OrderNotFound, WrongSide
from orders.deals.events import MilestoneAccepted
from orders.deals.proofs import Proof
from orders.deals.states import OrderState
from orders.milestones import (
    Approver,
    Conditions,
    Due,
    Evidence,
    Milestone,
    MilestoneKind,
    MilestoneState,
    Silence,
    Since,
)
from orders.negotiation.offer import PaymentShare
from payments import proof as books
from payments import queries as money
from tests.factories.contracts import fund, make_offer, make_order
from tests.factories.files import PDF
from tests.factories.identities import letters
from tests.factories.money import usd
from tests.factories.people import make_company
from tests.factories.shipments import deliver, ship
from tests.forms import submit as send
from trust.access import NotPermitted, Role

FILES = [{"sha256": "0" * 64, "key": "k", "name": "b-l.pdf", "content_type": "application/pdf", "size": 1, "kind": ""}]
TOTAL = Money.of("2345.00", "USD")
PRODUCTION, LADING, BALANCE = range(3)
S = MilestoneState


def paid_by(milestones):
    shares = tuple(PaymentShare(kind=m.kind, percent=m.percent, conditions=m.conditions) for m in milestones)
    return make_offer().model_copy(update={"milestones": shares})


def documents(**changes):
    """30 on production, 40 against the bill of lading (changed as said), 30 on acceptance."""
    made = presets.plan("documents", production_days=30)
    made[LADING] = replace(made[LADING], conditions=made[LADING].terms.model_copy(update=changes))
    return made


async def start(ctx, partners, milestones, *, pay=()):
    """An order paid by this plan; those of its payments named in `pay` are held."""
    order_id = await make_order(ctx, partners, paid_by(milestones))
    await fund(ctx, order_id, pay)
    return order_id


@pytest.fixture
async def order(ctx, partners):
    return await start(ctx, partners, documents(), pay=(0, 1, 2))


async def look(db, order_id):
    async with db.transaction(read_only=True) as tx:
        return await queries.order(tx, order_id), await plan.milestones(tx, order_id)


async def stage(db, order_id, number):
    return (await look(db, order_id))[1][number]


async def position(db, order_id):
    async with db.transaction(read_only=True) as tx:
        assert (await books.proof(tx)).holds
        return await money.money_position(tx, (await queries.order(tx, order_id)).subject)


def facts(kind):
    today = clock.now().date()
    return {
        Evidence.PRODUCTION_PROOF: {"quantity": "1,000 mugs", "done_on": today},
        Evidence.INSPECTION_REPORT: {
            "company": "Sample Control",
            "number": "R-7",
            "done_on": today,
            "result": "passed",
        },
        Evidence.BILL_OF_LADING: {"number": "BMRU 6123456780", "carrier": "Blue Meridian", "done_on": today},
    }[kind]


async def submit(db, order_id, place, by, **changes):
    row = await stage(db, order_id, place)
    said = {**facts(row.terms.evidence), **changes}
    async with db.transaction() as tx:
        return await proving.submit(tx, order_id, row.id, Proof(said, "", FILES), by=by.member)


async def answer(db, order_id, number, by, objection=""):
    row = await stage(db, order_id, number)
    async with db.transaction() as tx:
        if objection:
            return await proving.refuse(tx, order_id, row.id, objection, by=by.member)
        return await proving.accept(tx, order_id, row.id, by=by.member)


def figures(held):
    return [(str(m.figures.held.decimal), str((m.figures.released + m.figures.fees).decimal)) for m in held.milestones]


async def test_each_payment_is_released_by_its_own_evidence(db, ctx, partners, order):
    buyer, supplier = partners.buyer, partners.supplier
    await submit(db, order, PRODUCTION, supplier)
    assert (await stage(db, order, PRODUCTION)).state is S.SUBMITTED
    await answer(db, order, PRODUCTION, buyer)
    # Half of the deposit of 703.50 is held back until the goods are accepted.
    assert figures(await position(db, order)) == [("351.75", "351.75"), ("938.00", "0.00"), ("703.50", "0.00")]
    shipment = await ship(db, order, partners)
    await submit(db, order, LADING, supplier)
    await answer(db, order, LADING, buyer)
    assert figures(await position(db, order)) == [("351.75", "351.75"), ("0.00", "938.00"), ("703.50", "0.00")]
    await deliver(db, order, partners, shipment)
    async with db.transaction() as tx:
        await service.accept(tx, order, by=buyer.member)
    view, rows = await look(db, order)
    held = await position(db, order)
    assert view.state == OrderState.COMPLETED
    assert {row.state for row in rows} == {S.ACCEPTED}
    assert held.released + held.fees == TOTAL
    assert held.fees == TOTAL.share(150)
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, view.subject)).whole
        accepted = await outbox.published(tx, MilestoneAccepted)
    assert [event.how for event in accepted] == ["accepted", "accepted"]


async def test_both_sides_are_told(db, ctx, partners, order):
    await submit(db, order, PRODUCTION, partners.supplier)
    await answer(db, order, PRODUCTION, partners.buyer, "Only half of the mugs are glazed.")
    await submit(db, order, PRODUCTION, partners.supplier)
    await answer(db, order, PRODUCTION, partners.buyer)
    told = {name: await letters(db, name) for name in ("evidence_submitted", "evidence_objected", "evidence_accepted")}
    assert {name: [letter["to"] for letter in found] for name, found in told.items()} == {
        "evidence_submitted": [partners.buyer.member.email] * 2,
        "evidence_objected": [partners.supplier.member.email],
        "evidence_accepted": [partners.supplier.member.email],
    }
    assert told["evidence_objected"][0]["reason"] == "Only half of the mugs are glazed."


@pytest.mark.parametrize(("early", "state"), [(1, S.SUBMITTED), (0, S.ACCEPTED)])
async def test_silence_takes_effect_at_its_edge_and_once(db, ctx, partners, order, early, state):
    row = await submit(db, order, PRODUCTION, partners.supplier)
    clock.advance(seconds=(row.answer_by - clock.now()).total_seconds() - 60 * early)
    for _run in range(2):
        await handlers.keep_milestone_times(ctx)
    assert (await stage(db, order, PRODUCTION)).state is state
    held = await position(db, order)
    assert held.released + held.fees == (usd("351.75") if state is S.ACCEPTED else usd("0"))


class Dying(JobContext):
    """A worker that dies after its first step."""

    async def tx(self, step, *args, **kwargs):
        await super().tx(step, *args, **kwargs)
        raise asyncio.CancelledError


async def test_a_worker_that_dies_half_way_leaves_the_rest_to_the_next(db, ctx, partners, order):
    other = await start(ctx, partners, documents(), pay=(0,))
    for order_id in (order, other):
        await submit(db, order_id, PRODUCTION, partners.supplier)
    clock.advance(days=5, seconds=1)
    with pytest.raises(asyncio.CancelledError):
        await handlers.keep_milestone_times(Dying(**vars(ctx)))
    states = [(await stage(db, order_id, PRODUCTION)).state for order_id in (order, other)]
    assert sorted(states) == [S.ACCEPTED, S.SUBMITTED]
    await handlers.keep_milestone_times(ctx)
    for order_id in (order, other):
        assert figures(await position(db, order_id))[PRODUCTION] == ("351.75", "351.75")


async def test_silence_that_releases_nothing_reminds(db, ctx, partners):
    plan_ = documents()
    plan_[PRODUCTION] = replace(plan_[0], conditions=plan_[0].terms.model_copy(update={"silence": Silence.REMINDER}))
    order = await start(ctx, partners, plan_, pay=(0,))
    await submit(db, order, PRODUCTION, partners.supplier)
    clock.advance(days=5, seconds=1)
    for _run in range(2):
        await handlers.keep_milestone_times(ctx)
    assert (await stage(db, order, PRODUCTION)).state is S.REMINDED
    assert (await position(db, order)).released == usd("0")
    told = [letter["to"] for letter in await letters(db, "evidence_unanswered")]
    assert sorted(told) == sorted([partners.buyer.member.email, partners.supplier.member.email])
    await answer(db, order, PRODUCTION, partners.buyer)
    assert (await stage(db, order, PRODUCTION)).state is S.ACCEPTED


async def test_the_time_for_evidence_passes_and_the_supplier_is_late(db, ctx, partners, order):
    row = await stage(db, order, PRODUCTION)
    assert row.deadline is not None
    clock.advance(days=29, hours=23)
    await handlers.keep_milestone_times(ctx)
    assert (await stage(db, order, PRODUCTION)).state is S.AWAITED
    clock.advance(hours=2)
    for _run in range(2):
        await handlers.keep_milestone_times(ctx)
    assert (await stage(db, order, PRODUCTION)).state is S.OVERDUE
    assert len(await letters(db, "evidence_overdue")) == 2
    await submit(db, order, PRODUCTION, partners.supplier)
    assert (await stage(db, order, PRODUCTION)).state is S.SUBMITTED


async def test_an_objection_gives_as_many_days_again(db, ctx, partners, order):
    clock.advance(days=29)
    await submit(db, order, PRODUCTION, partners.supplier)
    clock.advance(days=3)
    row = await answer(db, order, PRODUCTION, partners.buyer, "The glaze is uneven.")
    assert row.deadline - clock.now() > timedelta(days=4, hours=23)
    await handlers.keep_milestone_times(ctx)
    assert (await stage(db, order, PRODUCTION)).state is S.OBJECTED
    clock.advance(days=5, seconds=1)
    await handlers.keep_milestone_times(ctx)
    assert (await stage(db, order, PRODUCTION)).state is S.OVERDUE


async def test_overdue_evidence_lets_the_buyer_call_the_order_off(db, ctx, partners, order):
    async def call_off():
        async with db.transaction() as tx:
            await settling.call_off(tx, order, "No sign of production.", by=partners.buyer.member)

    with pytest.raises(NotYet):
        await call_off()
    clock.advance(days=31)
    await handlers.keep_milestone_times(ctx)
    await call_off()
    view, rows = await look(db, order)
    held = await position(db, order)
    assert view.state == OrderState.REFUNDED
    assert held.refund_due == TOTAL
    assert {row.state for row in rows} == {S.CLOSED}
    with pytest.raises(NotYet):
        await call_off()


async def test_what_was_released_stays_released_when_the_order_is_called_off(db, ctx, partners):
    stages = presets.plan("stages", production_days=10)
    order = await start(ctx, partners, stages, pay=(0, 1, 2, 3))
    await submit(db, order, 0, partners.supplier)
    await answer(db, order, 0, partners.buyer)
    clock.advance(days=40)
    await handlers.keep_milestone_times(ctx)
    async with db.transaction() as tx:
        await settling.call_off(tx, order, "No inspection.", by=partners.buyer.member)
    held = await position(db, order)
    assert held.released + held.fees == usd("234.50")  # half of the deposit of 469.00
    assert held.refund_due == TOTAL - usd("234.50")
    assert [row.state for row in (await look(db, order))[1]] == [S.CLOSED] * 4


async def test_shipped_goods_are_not_called_off_alone(db, ctx, partners, order):
    await ship(db, order, partners)
    clock.advance(days=31)
    await handlers.keep_milestone_times(ctx)
    assert (await stage(db, order, LADING)).state is S.OVERDUE
    with pytest.raises(NotYet):
        async with db.transaction() as tx:
            await settling.call_off(tx, order, "No document.", by=partners.buyer.member)
    assert (await position(db, order)).held == TOTAL


async def test_a_document_that_speaks_for_itself(db, ctx, partners):
    spoken = documents(approver=Approver.DOCUMENT, answer_days=None)
    order = await start(ctx, partners, spoken, pay=(0, 1, 2))
    with pytest.raises(NotYet):
        await submit(db, order, LADING, partners.supplier)
    await ship(db, order, partners)
    for fault, field in (
        ({"number": "ANOTHER"}, "number"),
        ({"done_on": latest_today(clock.now()) + timedelta(days=1)}, "done_on"),
    ):
        with pytest.raises(Invalid) as refused:
            await submit(db, order, LADING, partners.supplier, **fault)
        assert field in refused.value.errors
    await submit(db, order, LADING, partners.supplier)
    assert (await stage(db, order, LADING)).state is S.ACCEPTED
    assert figures(await position(db, order))[LADING] == ("0.00", "938.00")


async def test_evidence_accepted_before_the_money_came_releases_it_when_it_comes(db, ctx, partners):
    order = await start(ctx, partners, documents())
    await submit(db, order, PRODUCTION, partners.supplier)
    await answer(db, order, PRODUCTION, partners.buyer)
    assert (await position(db, order)).funded == usd("0")
    await fund(ctx, order, [0])
    assert figures(await position(db, order))[PRODUCTION] == ("351.75", "351.75")


async def test_a_payment_due_after_shipment(db, ctx, partners):
    late = documents(due=Due.SHIPPED, due_days=5)
    order = await start(ctx, partners, late, pay=(0,))
    assert (await look(db, order))[0].state == OrderState.FUNDING
    await fund(ctx, order, [2])
    assert (await look(db, order))[0].state == OrderState.FUNDED
    shipment = await ship(db, order, partners)
    await deliver(db, order, partners, shipment)
    view, _rows = await look(db, order)
    assert (view.state, view.accept_by) == (OrderState.DELIVERED, None)
    with pytest.raises(NotYet):
        async with db.transaction() as tx:
            await service.accept(tx, order, by=partners.buyer.member)
    await fund(ctx, order, [1])
    assert (await look(db, order))[0].accept_by is not None
    async with db.transaction() as tx:
        await service.accept(tx, order, by=partners.buyer.member)
    held = await position(db, order)
    assert held.released + held.fees == TOTAL


@pytest.mark.parametrize("missing", ["quantity", "done_on", "files"])
async def test_evidence_says_what_it_must(db, partners, order, missing):
    row = await stage(db, order, PRODUCTION)
    said = {name: value for name, value in facts(row.terms.evidence).items() if name != missing}
    proof = Proof(said, "", [] if missing == "files" else FILES)
    with pytest.raises(Invalid) as refused:
        async with db.transaction() as tx:
            await proving.submit(tx, order, row.id, proof, by=partners.supplier.member)
    assert list(refused.value.errors) == [missing]
    assert (await stage(db, order, PRODUCTION)).state is S.AWAITED


async def test_who_may_say_what(db, ctx, partners, order):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        clerk = await make_company(tx, "Clerk", roles=(Role.FINANCE,))
    with pytest.raises(WrongSide):
        await submit(db, order, PRODUCTION, partners.buyer)
    with pytest.raises(NotPermitted):
        await submit(db, order, PRODUCTION, clerk)
    with pytest.raises(OrderNotFound):
        await submit(db, order, PRODUCTION, stranger)
    row = await stage(db, order, BALANCE)
    with pytest.raises(NotYet):
        async with db.transaction() as tx:
            await proving.submit(tx, order, row.id, Proof({}, "", FILES), by=partners.supplier.member)
    await submit(db, order, PRODUCTION, partners.supplier)
    with pytest.raises(WrongSide):
        await answer(db, order, PRODUCTION, partners.supplier)
    with pytest.raises(OrderNotFound):
        await answer(db, order, PRODUCTION, stranger)
    with pytest.raises(IllegalMove):
        await answer(db, order, LADING, partners.buyer)
    other = await start(ctx, partners, documents())
    foreign = (await stage(db, other, PRODUCTION)).id
    with pytest.raises(MilestoneNotFound):
        async with db.transaction() as tx:
            await proving.accept(tx, order, foreign, by=partners.buyer.member)
    assert (await stage(db, order, PRODUCTION)).state is S.SUBMITTED


async def test_two_answers_at_once_one_counts(db, partners, order):
    await submit(db, order, PRODUCTION, partners.supplier)
    outcomes = await asyncio.gather(
        *(answer(db, order, PRODUCTION, partners.buyer, "No." if n % 2 else "") for n in range(20)),
        return_exceptions=True,
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert {type(o) for o in outcomes if isinstance(o, Exception)} == {IllegalMove}
    released = (await position(db, order)).released + (await position(db, order)).fees
    state = (await stage(db, order, PRODUCTION)).state
    assert released == (usd("351.75") if state is S.ACCEPTED else usd("0"))


async def test_an_answer_and_silence_at_once_release_once(db, ctx, partners, order):
    row = await submit(db, order, PRODUCTION, partners.supplier)
    clock.advance(days=5, seconds=1)
    await asyncio.gather(
        answer(db, order, PRODUCTION, partners.buyer),
        *(ctx.tx(proving.fall_silent, row.id) for _ in range(5)),
        return_exceptions=True,
    )
    assert (await stage(db, order, PRODUCTION)).state is S.ACCEPTED
    assert figures(await position(db, order))[PRODUCTION] == ("351.75", "351.75")


async def test_a_dispute_stops_every_clock(db, ctx, partners, order):
    shipment = await ship(db, order, partners)
    await submit(db, order, LADING, partners.supplier)
    await deliver(db, order, partners, shipment)
    async with db.transaction() as tx:
        offer = settling.Offer(usd("1000"), "A third is chipped.", [])
        proposal = await settling.contest(tx, order, offer, by=partners.buyer.member)
    clock.advance(days=60)
    await handlers.keep_milestone_times(ctx)
    assert [row.state for row in (await look(db, order))[1]] == [S.AWAITED, S.SUBMITTED, S.AWAITED]
    with pytest.raises(NotYet):
        await answer(db, order, LADING, partners.buyer)
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.supplier.member)
    held = await position(db, order)
    assert held.released + held.fees == usd("1000")
    assert {row.state for row in (await look(db, order))[1]} == {S.CLOSED}


async def test_only_what_is_held_is_contested_and_shared(db, partners, order):
    shipment = await ship(db, order, partners)
    await submit(db, order, LADING, partners.supplier)
    await answer(db, order, LADING, partners.buyer)
    await deliver(db, order, partners, shipment)
    left = TOTAL - usd("938.00")
    too_much = settling.Offer(left + usd("0.01"), "Chipped.", [])
    with pytest.raises(BadShare):
        async with db.transaction() as tx:
            await settling.contest(tx, order, too_much, by=partners.buyer.member)
    async with db.transaction() as tx:
        proposal = await settling.contest(tx, order, settling.Offer(usd("7"), "Chipped.", []), by=partners.buyer.member)
    assert proposal.to_buyer == left - usd("7")
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.supplier.member)
    held = await position(db, order)
    assert (held.released + held.fees, held.refund_due) == (usd("945.00"), left - usd("7"))


async def test_nothing_is_contested_when_nothing_is_held(db, ctx, partners):
    credit = presets.plan("credit", production_days=30)
    order = await start(ctx, partners, credit, pay=(0,))
    shipment = await ship(db, order, partners)
    await submit(db, order, 0, partners.supplier)
    await answer(db, order, 0, partners.buyer)
    assert (await position(db, order)).held == usd("0")
    await deliver(db, order, partners, shipment)
    offer = settling.Offer(usd("0"), "All of it is chipped.", [])
    with pytest.raises(NothingHeld):
        async with db.transaction() as tx:
            await settling.contest(tx, order, offer, by=partners.buyer.member)
    async with db.transaction() as tx:
        await service.accept(tx, order, by=partners.buyer.member)
    assert (await look(db, order))[0].state == OrderState.COMPLETED


async def part(db, order, number, by, to_supplier, to_buyer):
    row = await stage(db, order, number)
    async with db.transaction() as tx:
        wanted = settling.Part(row.id, usd(to_supplier), usd(to_buyer))
        return await settling.propose_part(tx, order, wanted, "Ten boxes fewer.", [], by=by.member)


async def test_a_part_is_let_go_by_agreement_and_the_deal_goes_on(db, ctx, partners, order):
    proposal = await part(db, order, BALANCE, partners.supplier, "0", "45.00")
    with pytest.raises(WrongSide):
        async with db.transaction() as tx:
            await settling.agree(tx, order, proposal.id, by=partners.supplier.member)
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.buyer.member)
    proposal = await part(db, order, BALANCE, partners.buyer, "100.00", "20.00")
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.supplier.member)
    held = await position(db, order)
    assert held.refund_due == usd("65.00")
    assert figures(held)[BALANCE] == ("538.50", "100.00")
    assert (await look(db, order))[0].state == OrderState.FUNDED
    shipment = await ship(db, order, partners)
    await deliver(db, order, partners, shipment)
    async with db.transaction() as tx:
        await service.accept(tx, order, by=partners.buyer.member)
    held = await position(db, order)
    assert held.released + held.fees == TOTAL - usd("65.00")
    assert held.refund_due == usd("65.00")


async def test_all_of_a_payment_let_go_waits_for_nothing_more(db, partners, order):
    proposal = await part(db, order, PRODUCTION, partners.supplier, "703.50", "0")
    async with db.transaction() as tx:
        await settling.agree(tx, order, proposal.id, by=partners.buyer.member)
    assert (await stage(db, order, PRODUCTION)).state is S.CLOSED
    assert figures(await position(db, order))[PRODUCTION] == ("0.00", "703.50")


@pytest.mark.parametrize(("to_supplier", "to_buyer"), [("0", "0"), ("703.51", "0"), ("700", "4"), ("-1", "5")])
async def test_parts_that_cannot_be(db, partners, order, to_supplier, to_buyer):
    with pytest.raises(BadShare):
        await part(db, order, PRODUCTION, partners.supplier, to_supplier, to_buyer)
    assert (await position(db, order)).held == TOTAL


async def test_a_part_proposed_and_overtaken_by_acceptance_changes_nothing(db, partners, order):
    proposal = await part(db, order, PRODUCTION, partners.supplier, "0", "703.50")
    await submit(db, order, PRODUCTION, partners.supplier)
    await answer(db, order, PRODUCTION, partners.buyer)
    with pytest.raises(Invalid):
        async with db.transaction() as tx:
            await settling.agree(tx, order, proposal.id, by=partners.buyer.member)
    assert figures(await position(db, order))[PRODUCTION] == ("351.75", "351.75")


async def test_the_pages_of_a_deal_by_documents(client, db, ctx, partners, order):
    page = f"/orders/{order}"
    first = (await stage(db, order, PRODUCTION)).id
    async with client(as_=partners.supplier) as http:
        bare = await send(http, page, f"evidence-{first}", quantity="1,000 mugs")
        assert bare.status_code == 422
        assert "This field is needed." in bare.text
        paper = {"files": ("proof.pdf", PDF, "application/pdf")}
        today = str(clock.now().date())
        sent = await send(http, page, f"evidence-{first}", files=paper, quantity="1,000 mugs", done_on=today)
        assert sent.status_code == 303, sent.text
    async with client(as_=partners.buyer) as http:
        home = await http.get("/")
        assert f"{page}#milestone-1" in home.text
        shown = await http.get(page)
        assert "proof.pdf" in shown.text
        found = await http.get(f"/orders/{order}/files/{(await stage(db, order, 0)).submissions[0].files[0]['key']}")
        assert found.content == PDF
        mute = await send(http, page, f"object-{first}")
        assert mute.status_code == 422
        assert (await send(http, page, "accept-evidence")).status_code == 303
        told = await http.get(page, headers={"accept": "application/json"})
    assert [m["state"] for m in told.json()["plan"]] == ["accepted", "awaited", "awaited"]
    async with client(as_=partners.supplier) as http:
        assert (await http.get(f"/contracts/{(await look(db, order))[0].contract_id}")).status_code == 200


async def test_a_plan_of_ones_own_becomes_the_order(db, ctx, partners):
    own = Conditions(
        due=Due.SIGNING, due_days=3, evidence=Evidence.INSPECTION_REPORT, since=Since.DATE,
        on=clock.now().date() + timedelta(days=20), answer_days=2, silence=Silence.REMINDER,
    )  # fmt: skip
    kinds = MilestoneKind
    mixed = [
        Milestone(kinds.DEPOSIT, Decimal("12.5")),
        Milestone(kinds.INSPECTION, Decimal("37.5"), own),
        Milestone(kinds.BALANCE, Decimal(50)),
    ]
    order = await start(ctx, partners, mixed)
    _view, rows = await look(db, order)
    assert [row.terms for row in rows] == [m.terms for m in mixed]
    assert rows[1].deadline is not None
    assert rows[1].deadline.date() == clock.now().date() + timedelta(days=21)
    held = await position(db, order)
    assert [m.milestone.amount for m in held.milestones] == [usd("293.13"), usd("879.37"), usd("1172.50")]
