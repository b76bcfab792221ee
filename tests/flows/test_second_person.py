"""A buyer's company wants two of its people over an amount; the contract's clocks run on meanwhile."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.errors import Conflict
from app.core.money import Money
from app.core.subject import Subject
from orders.deals import amending, approving, claiming, handlers, proving, queries, service, settling
from orders.deals.second import SecondPersonNeeded
from orders.deals.settling import Offer
from orders.deals.states import OrderState
from payments import proof as books
from payments import queries as money
from payments.approvals import limits
from payments.approvals import queries as approvals
from payments.approvals import service as deciding
from payments.approvals.states import ApprovalState
from payments.errors import ApprovalNotFound, SamePerson
from tests.factories.contracts import fund, make_order, sign_amendment
from tests.factories.identities import letters
from tests.factories.money import usd
from tests.factories.people import Actor, make_company, make_key, make_member, stepped_up
from tests.factories.rates import load_today
from tests.factories.shipments import deliver, ship
from tests.flows import test_amendments as amendments
from tests.flows import test_milestones as milestones
from tests.forms import forms_of, submit
from trust.access import NotPermitted, Permission, Role
from trust.identity.errors import ForPeopleOnly, StepUpNeeded
from trust.identity.models import Organisation

LIMIT = Money.of("500", "USD")


@pytest.fixture
async def second(db, partners):
    """A colleague of the buyer's who may pay and nothing else; from then on two are needed over 500 dollars."""
    async with db.transaction() as tx:
        company = await tx.get_one(Organisation, partners.buyer.organisation_id)
        return await make_member(tx, company, roles=(Role.FINANCE,))


async def limit_to(ctx, by: Actor, amount: Money | None) -> ApprovalState:
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, by)
        return await limits.set_company(tx, amount, "as the board wants it", ctx.settings, by=person.member)


@pytest.fixture
async def careful(ctx, partners, second):
    await limit_to(ctx, partners.buyer, LIMIT)
    return second


@pytest.fixture
async def delivered(ctx, partners):
    return await delivered_order(ctx, partners)


async def delivered_order(ctx, partners) -> UUID:
    """A paid order whose goods have arrived."""
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    await deliver(ctx.db, order_id, partners, await ship(ctx.db, order_id, partners))
    return order_id


async def ask(ctx, asked, order_id, by: Actor) -> approvals.ApprovalView:
    """What waits after somebody has asked."""
    async with ctx.db.transaction() as tx:
        await deciding.ask(tx, asked, ctx.settings, by=by.member)
        found, _total = await approvals.of_company(tx, by.organisation_id, waiting=True)
    return found[0]


async def ask_to_accept(ctx, order_id, by: Actor) -> approvals.ApprovalView:
    asked = approving.asked_of(approving.ACCEPT_GOODS, _subject(order_id), order_id, by=by.member)
    return await ask(ctx, asked, order_id, by)


def _subject(order_id: UUID) -> Subject:
    return Subject("order", order_id)


async def agree(ctx, approval_id, by: Actor) -> ApprovalState:
    async with ctx.db.transaction() as tx:
        return await deciding.agree(tx, approval_id, ctx.settings, by=by.member)


async def state(db, order_id) -> OrderState:
    async with db.transaction(read_only=True) as tx:
        assert (await books.proof(tx)).holds
        return (await queries.order(tx, order_id)).state


async def test_off_until_set_and_under_it_one_is_enough(db, ctx, partners, second, delivered):
    async with db.transaction() as tx:
        assert await approvals.company_limit(tx, partners.buyer.organisation_id) is None
    await limit_to(ctx, partners.buyer, usd("2345"))
    async with db.transaction() as tx:
        await service.accept(tx, delivered, by=partners.buyer.member)
    assert await state(db, delivered) == OrderState.COMPLETED


async def test_goods_over_it_are_accepted_by_two(db, ctx, partners, careful, delivered):
    with pytest.raises(SecondPersonNeeded):
        async with db.transaction() as tx:
            await service.accept(tx, delivered, by=partners.buyer.member)
    waiting = await ask_to_accept(ctx, delivered, partners.buyer)
    assert (waiting.amount, await state(db, delivered)) == (usd("2345"), OrderState.DELIVERED)
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        company = await tx.get_one(Organisation, partners.buyer.organisation_id)
        purchaser = await make_member(tx, company, roles=(Role.PURCHASER,))
    key = Actor(replace(careful.member, scopes=frozenset(Permission)))
    refused = [
        (partners.buyer, SamePerson),
        (partners.supplier, ApprovalNotFound),
        (stranger, ApprovalNotFound),
        (purchaser, NotPermitted),
        (key, ForPeopleOnly),
    ]
    for by, refusal in refused:
        with pytest.raises(refusal):
            await agree(ctx, waiting.id, by)
    assert await agree(ctx, waiting.id, careful) is ApprovalState.AGREED
    assert await state(db, delivered) == OrderState.COMPLETED


async def test_two_second_people_at_once_release_once(db, ctx, partners, careful, delivered):
    async with db.transaction() as tx:
        company = await tx.get_one(Organisation, partners.buyer.organisation_id)
        third = await make_member(tx, company, roles=(Role.FINANCE,))
    waiting = await ask_to_accept(ctx, delivered, partners.buyer)
    told = await asyncio.gather(*[agree(ctx, waiting.id, by) for by in (careful, third)], return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in told) == ["ApprovalState", "IllegalMove"]
    async with db.transaction(read_only=True) as tx:
        held = await money.money_position(tx, _subject(delivered))
    assert held.released + held.fees == held.funded


async def test_a_missing_second_person_does_not_stop_the_window(db, ctx, partners, careful, delivered):
    waiting = await ask_to_accept(ctx, delivered, partners.buyer)
    clock.advance(days=7, seconds=1)
    await handlers.accept_in_silence(ctx)
    assert await state(db, delivered) == OrderState.COMPLETED
    assert await agree(ctx, waiting.id, careful) is ApprovalState.EXPIRED


async def test_it_expires_when_the_goods_are_refused_first(db, ctx, partners, careful, delivered):
    waiting = await ask_to_accept(ctx, delivered, partners.buyer)
    async with db.transaction() as tx:
        await settling.contest(tx, delivered, Offer(usd("0"), "All of it is broken.", []), by=partners.buyer.member)
    assert await agree(ctx, waiting.id, careful) is ApprovalState.EXPIRED
    assert await state(db, delivered) == OrderState.CONTESTED


async def test_an_offer_to_the_supplier_takes_two_and_refusing_whole_takes_one(db, ctx, partners, careful, delivered):
    offer = Offer(usd("1000"), "Half of it is broken.", [])
    with pytest.raises(SecondPersonNeeded):
        async with db.transaction() as tx:
            await settling.contest(tx, delivered, offer, by=partners.buyer.member)
    asked = approving.share("contest", _subject(delivered), delivered, offer, by=partners.buyer.member)
    waiting = await ask(ctx, asked, delivered, partners.buyer)
    assert await agree(ctx, waiting.id, careful) is ApprovalState.AGREED
    async with db.transaction() as tx:
        [proposal] = await queries.proposals(tx, delivered)
    assert (proposal.to_supplier, proposal.to_buyer, proposal.reason) == (usd("1000"), usd("1345"), offer.reason)
    assert await state(db, delivered) == OrderState.CONTESTED


async def test_a_part_for_goods_that_never_came_takes_two_as_well(db, ctx, partners, careful):
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    clock.advance(days=60)
    offer = Offer(usd("1000"), "Half of it never came.", [])
    with pytest.raises(SecondPersonNeeded):
        async with db.transaction() as tx:
            await claiming.claim(tx, order_id, offer, by=partners.buyer.member)
    asked = approving.share("claim", _subject(order_id), order_id, offer, by=partners.buyer.member)
    waiting = await ask(ctx, asked, order_id, partners.buyer)
    assert await state(db, order_id) == OrderState.FUNDED
    assert await agree(ctx, waiting.id, careful) is ApprovalState.AGREED
    assert await state(db, order_id) == OrderState.UNDELIVERED
    async with db.transaction() as tx:
        [proposal] = await queries.proposals(tx, order_id)
    assert (proposal.to_supplier, proposal.to_buyer) == (usd("1000"), usd("1345"))


async def test_a_proposal_is_agreed_to_by_two(db, ctx, partners, careful, delivered):
    async with db.transaction() as tx:
        await settling.contest(tx, delivered, Offer(usd("0"), "Broken.", []), by=partners.buyer.member)
        counter = await settling.counter(tx, delivered, Offer(usd("900"), "Half?", []), by=partners.supplier.member)
    with pytest.raises(SecondPersonNeeded):
        async with db.transaction() as tx:
            await settling.agree(tx, delivered, counter.id, by=partners.buyer.member)
    about = Subject("settlement_proposal", counter.id)
    asked = approving.asked_of(approving.AGREE_PROPOSAL, about, delivered, by=partners.buyer.member)
    waiting = await ask(ctx, asked, delivered, partners.buyer)
    async with db.transaction() as tx:  # the supplier thinks again: what was asked about stands no more
        await settling.counter(tx, delivered, Offer(usd("1900"), "More.", []), by=partners.supplier.member)
    assert await agree(ctx, waiting.id, careful) is ApprovalState.EXPIRED


async def test_evidence_is_accepted_by_two(db, ctx, partners, second):
    await limit_to(ctx, partners.buyer, usd("100"))
    order_id = await milestones.start(ctx, partners, milestones.documents(), pay=(0, 1, 2))
    await milestones.submit(db, order_id, milestones.PRODUCTION, partners.supplier)
    row = await milestones.stage(db, order_id, milestones.PRODUCTION)
    with pytest.raises(SecondPersonNeeded):
        async with db.transaction() as tx:
            await proving.accept(tx, order_id, row.id, by=partners.buyer.member)
    about = Subject("order_milestone", row.id)
    asked = approving.asked_of(approving.ACCEPT_EVIDENCE, about, order_id, by=partners.buyer.member)
    waiting = await ask(ctx, asked, order_id, partners.buyer)
    assert await agree(ctx, waiting.id, second) is ApprovalState.AGREED
    assert (await milestones.stage(db, order_id, milestones.PRODUCTION)).state is milestones.S.ACCEPTED


async def test_an_amendment_that_sends_money_back_is_signed_after_two_agreed(db, ctx, partners, second):
    await limit_to(ctx, partners.buyer, usd("100"))
    order_id = await amendments.start(ctx, partners, 0, 1, 2)
    contract_id = await amendments.ready(ctx, partners, order_id, amendments.CHEAPER)
    await sign_amendment(ctx, contract_id, partners.supplier)
    with pytest.raises(SecondPersonNeeded):
        await sign_amendment(ctx, contract_id, partners.buyer)
    async with db.transaction() as tx:
        await approving.ask_to_sign(tx, contract_id, ctx.settings, by=partners.buyer.member)
        [waiting], _total = await approvals.of_company(tx, partners.buyer.organisation_id, waiting=True)
    assert waiting.amount == usd("145")
    assert await agree(ctx, waiting.id, second) is ApprovalState.AGREED
    await sign_amendment(ctx, contract_id, partners.buyer)
    view, _rows, held = await amendments.look(db, order_id)
    assert (view.contract_id, held.refund_due) == (contract_id, usd("145"))
    assert waiting.kind == amending.SIGN_AMENDMENT


async def test_another_currency_is_compared_by_the_rate_of_the_day(db, ctx, partners, careful):
    buyer = partners.buyer.organisation_id
    async with db.transaction() as tx:
        assert await limits.needs_second(tx, buyer, Money.of("1", "CNY")), "without a rate rather two"
        await load_today(tx, clock.now().date())
        assert not await limits.needs_second(tx, buyer, Money.of("3000", "CNY"))
        assert await limits.needs_second(tx, buyer, Money.of("4000", "CNY"))


async def test_lowering_is_free_and_loosening_takes_two_and_a_fresh_proof(db, ctx, partners, careful):
    buyer = partners.buyer
    assert await limit_to(ctx, buyer, usd("400")) is ApprovalState.AGREED
    async with db.transaction() as tx:
        stale = (await stepped_up(tx, buyer)).member
        await tx.execute(text("UPDATE session SET stepped_up_at = NULL"))
        for looser in (usd("400.01"), Money.of("1", "EUR"), None):
            with pytest.raises(StepUpNeeded):
                await limits.set_company(tx, looser, "why not", ctx.settings, by=stale)
    assert await limit_to(ctx, buyer, None) is ApprovalState.PROPOSED
    async with db.transaction() as tx:
        assert await approvals.company_limit(tx, buyer.organisation_id) == usd("400")
        [waiting], _total = await approvals.of_company(tx, buyer.organisation_id, waiting=True)
    with pytest.raises(SamePerson):
        await agree(ctx, waiting.id, buyer)
    assert await agree(ctx, waiting.id, careful) is ApprovalState.AGREED
    async with db.transaction() as tx:
        assert await approvals.company_limit(tx, buyer.organisation_id) is None


async def test_a_change_agreed_to_is_of_the_limit_that_stood(db, ctx, partners, careful):
    await limit_to(ctx, partners.buyer, None)
    async with db.transaction() as tx:
        [waiting], _total = await approvals.of_company(tx, partners.buyer.organisation_id, waiting=True)
    await limit_to(ctx, careful, usd("50"))
    assert await agree(ctx, waiting.id, careful) is ApprovalState.EXPIRED


async def test_a_company_of_one_cannot_lock_itself_out(db, ctx, partners):
    with pytest.raises(Conflict):
        await limit_to(ctx, partners.buyer, usd("1"))


@pytest.mark.parametrize("looser", ["900000, 'USD'", "1, 'EUR'", "NULL, NULL"])
async def test_the_database_refuses_a_looser_limit_that_nobody_agreed_to(db, ctx, partners, careful, looser):
    insert = (
        "INSERT INTO approval_limit (id, organisation_id, amount_minor, amount_currency, created_at)"  # noqa: S608
        f" SELECT gen_random_uuid(), organisation_id, {looser}, now() FROM approval_limit"
        " WHERE organisation_id IS NOT NULL"
    )
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(insert))


async def test_from_the_pages(db, ctx, client, partners, careful, delivered):
    page = f"/orders/{delivered}"
    async with client(as_=partners.buyer) as http:
        asked = await submit(http, page, "accept")
        assert asked.status_code == 303
        shown = (await http.get(page)).text
        assert "Waits for a second person of your company" in shown
        assert "run on meanwhile" in shown
        assert "accept" not in forms_of(shown), "it is asked for once"
        assert "another person decides" in shown
    assert len(await letters(db, "second_person_needed")) == 2
    async with client(as_=partners.supplier) as http:
        assert "second person" not in (await http.get(page)).text
    async with client(as_=careful) as http:
        [form] = [f for f in forms_of((await http.get(page)).text) if f.startswith("approve-")]
        done = await submit(http, page, form)
        assert done.headers["location"] == page
        assert "Agreed and done" in (await http.get("/approvals")).text
    assert await state(db, delivered) == OrderState.COMPLETED


async def test_declined_it_can_be_asked_for_again(db, client, partners, careful, delivered):
    page = f"/orders/{delivered}"
    async with client(as_=partners.buyer) as http:
        await submit(http, page, "accept")
    async with client(as_=careful) as http:
        [form] = [f for f in forms_of((await http.get(page)).text) if f.startswith("reject-")]
        await submit(http, page, form, reason="The report is missing.")
        assert "The report is missing." in (await http.get("/approvals")).text
    async with client(as_=partners.buyer) as http:
        assert "accept" in forms_of((await http.get(page)).text)


async def test_a_key_may_ask_and_never_agree(db, client, partners, careful, delivered):
    async with client(key=await make_key(db, partners.buyer)) as http:
        asked = await http.post(f"/api/v1/orders/{delivered}/acceptance", json={"verdict": "whole"})
        assert asked.status_code == 200
        assert asked.json()["state"] == "delivered"
    async with client(key=await make_key(db, careful)) as http:
        [waiting] = (await http.get("/api/v1/approvals")).json()["waiting"]
        refused = await http.post(f"/api/v1/approvals/{waiting['id']}/approval")
        assert (refused.status_code, refused.json()["code"]) == (403, "for_people_only")
    assert await state(db, delivered) == OrderState.DELIVERED


async def test_the_limit_from_the_page(db, client, partners, second):
    async with client(as_=partners.buyer) as http:
        await submit(http, "/approvals", "limit", amount="750", amount_currency="EUR", reason="Our rule.")
        assert "Over EUR 750.00." in (await http.get("/approvals")).text.replace("\u00a0", " ")
        await submit(http, "/approvals", "limit", amount="7500", amount_currency="EUR", reason="Too strict.")
        assert "Over EUR 750.00." in (await http.get("/approvals")).text.replace("\u00a0", " ")
