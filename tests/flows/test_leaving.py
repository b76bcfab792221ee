"""A company leaves: what it may no more, what goes on, when it is gone, and what then remains to its members."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from app.core import clock, evidence
from app.core.runner import drain
from app.core.states import IllegalMove
from app.core.subject import Subject
from listings import queries as listings
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.states import ContractState
from orders.deals import queries as orders
from orders.deals.states import OrderState
from orders.negotiation import offering
from orders.negotiation import service as negotiating
from payments.payouts import queries as payouts
from tests import sql
from tests.factories.contracts import draft_contract, fund, make_order, sign_contract, signable_contract
from tests.factories.deals import make_inquiry, make_quotation
from tests.factories.files import PDF
from tests.factories.leaving import announce, departure_of, leave, stay
from tests.factories.people import make_company, make_key, make_member, make_staff, open_browser, stepped_up
from tests.factories.products import make_product
from tests.factories.restrictions import suspend
from tests.factories.rules import adopt, changed, consulted, two
from tests.forms import forms_of, submit
from tests.queries import count_queries
from trust.access import (
    AFTER_LEAVING,
    COMPANY_ROLES,
    CompanyLeaving,
    CompanyLeft,
    NotPermitted,
    Permission,
    Role,
    Standing,
    require,
)
from trust.identity import parting, sessions
from trust.identity import queries as identity
from trust.identity.errors import ForPeopleOnly, StepUpNeeded
from trust.identity.models import Organisation
from trust.leaving import jobs, matters, queries, service
from trust.leaving.errors import BadReason, NotConfirmed, NotLeaving, PartnerLeaving
from trust.leaving.models import Departure
from trust.leaving.states import MOVES, DepartureMove, DepartureState
from trust.retention import queries as holds
from trust.retention import service as retention
from trust.rules import queries as rules
from trust.rules import service as ruling

JSON = {"accept": "application/json"}
PAGE = "/company/leaving"


async def acting(db, actor):
    async with db.transaction(read_only=True) as tx:
        return await sessions.acting(tx, actor.id)


async def told(ctx, words):
    """To whom letters went whose subject says so, oldest first."""
    return sorted(letter.to for letter in await ctx.mailer.letters() if words in letter.subject)


@pytest.fixture
async def owner(db):
    async with db.transaction() as tx:
        return await make_company(tx)


async def test_a_company_that_leaves_begins_nothing_and_carries_on(db, owner):
    free = {p for p in Permission if (await acting(db, owner)).may(p)}
    await announce(db, owner)
    member = await acting(db, owner)
    assert member.standing is Standing.LEAVING
    barred = {Permission.PUBLISH_PRODUCTS, Permission.INQUIRE, Permission.QUOTE}
    assert {p for p in Permission if member.may(p)} == free - barred
    for permission in (*barred, Permission.SIGN):
        with pytest.raises(CompanyLeaving) as refused:
            require(member, permission)
        assert refused.value.facts["address"] == PAGE
        require(member, permission, under_way=True)
    await stay(db, owner)
    member = await acting(db, owner)
    assert {p for p in Permission if member.may(p)} == free


async def test_a_company_that_has_left_reads_and_is_paid(ctx, db, owner):
    await leave(ctx, owner)
    member = await acting(db, owner)
    assert member.standing is Standing.LEFT
    assert {p for p in Permission if member.may(p)} == AFTER_LEAVING
    with pytest.raises(CompanyLeft):
        require(member, Permission.NEGOTIATE)
    with pytest.raises(NotPermitted) as refused:
        require(member, Permission.MODERATE)
    assert not isinstance(refused.value, CompanyLeft), "what no role of theirs ever gave"


@pytest.mark.parametrize("role", [r for r in COMPANY_ROLES if r is not Role.OWNER])
async def test_owners_alone_decide(client, db, owner, role):
    async with db.transaction() as tx:
        company = await tx.get(Organisation, owner.organisation_id)
        other = await make_member(tx, company, roles=(role,))
        member = (await stepped_up(tx, other)).member
    async with db.transaction() as tx:
        with pytest.raises(NotPermitted):
            await service.announce(tx, None, confirmed=True, by=member)
        with pytest.raises(NotPermitted):
            await service.stay(tx, by=member)
    async with client(as_=other) as http:
        page = await http.get(PAGE)
        assert page.status_code == 200
        assert "leave" not in forms_of(page.text)
        assert (await http.get(PAGE, headers=JSON)).json()["matters"] == []


async def test_it_takes_a_fresh_proof_a_tick_and_a_person(client, db, owner):
    with pytest.raises(ForPeopleOnly):
        async with db.transaction() as tx:
            await service.announce(tx, None, confirmed=True, by=owner.member)
    async with client(as_=owner) as http:
        page = await http.get(PAGE)
        assert 'href="/session/step-up?next=/company/leaving"' in page.text
        token = forms_of((await http.get("/company")).text)["company"]["fields"]["csrf_token"]
        said = {"confirmed": "true", "csrf_token": token}
        assert (await http.post(PAGE, data=said, headers=JSON)).json()["code"] == StepUpNeeded.code
    with pytest.raises(NotConfirmed):
        async with db.transaction() as tx:
            await service.announce(tx, None, confirmed=False, by=(await stepped_up(tx, owner)).member)
    assert await departure_of(db, owner) is None
    secret = await make_key(db, owner)
    async with client(key=secret) as program:
        assert (await program.post(PAGE, json={"confirmed": True})).status_code == 403
    assert await departure_of(db, owner) is None


async def test_staff_do_not_leave(client, db):
    async with db.transaction() as tx:
        admin = await stepped_up(tx, await make_staff(tx, Role.ADMIN))
        with pytest.raises(NotPermitted):
            await service.announce(tx, None, confirmed=True, by=admin.member)


async def _prove(db, http, actor):
    """The browser's session has just been stepped up."""
    async with db.transaction() as tx:
        await tx.execute(
            text("UPDATE session SET stepped_up_at = :now WHERE member_id = :id"),
            {"now": clock.now(), "id": actor.id},
        )


async def test_the_whole_way_by_the_pages(client, ctx, db, owner):
    async with db.transaction() as tx:
        product = await make_product(tx, owner)
        slug = (await identity.organisation(tx, owner.organisation_id)).slug
    shop = f"/suppliers/{slug}"
    async with client(as_=owner) as http, client() as visitor:
        await _prove(db, http, owner)
        unticked = await submit(http, PAGE, "leave")
        assert unticked.status_code == 422
        assert "Please tick that your company leaves." in unticked.text
        assert (await submit(http, PAGE, "leave", confirmed="true")).status_code == 303
        closes = (await departure_of(db, owner)).closes_at
        page = await http.get(PAGE)
        assert "Your company is leaving" in page.text
        assert "Your company is leaving" in (await http.get("/")).text
        assert "leaving Portolan" in (await http.get("/company")).text
        public = await visitor.get(shop)
        assert "This shop is closing" in public.text
        assert f"/products/{product}" not in public.text
        assert (await visitor.get(f"/products/{product}")).status_code == 404
        said = (await visitor.get(shop, headers=JSON)).json()
        assert said["closes_at"].startswith(f"{closes:%Y-%m-%d}")
        assert (said["items"], said["total"], said["left_at"]) == ([], 0, None)
        assert (await submit(http, PAGE, "stay")).status_code == 303
        assert "This shop is closing" not in (await visitor.get(shop)).text
        assert (await visitor.get(f"/products/{product}")).status_code == 200
        token = forms_of((await http.get(PAGE)).text)["leave"]["fields"]["csrf_token"]
        again = await http.post(f"{PAGE}/withdrawal", data={"csrf_token": token}, headers=JSON)
        assert (again.status_code, again.json()["code"]) == (409, NotLeaving.code)
        await submit(http, PAGE, "leave", confirmed="true")
        clock.advance(days=30)
        await jobs.close_companies(ctx)
    async with client(as_=owner) as http, client() as visitor:
        gone = await http.get(PAGE)
        assert "Your company has left Portolan" in gone.text
        assert forms_of(gone.text).keys() & {"leave", "stay"} == set()
        assert "This company has left Portolan" in (await visitor.get(shop)).text
        assert (await http.get("/orders")).status_code == 200
        assert (await http.get("/settings/privacy")).status_code == 200
        assert (await http.get("/products/new")).status_code == 403


async def test_said_twice_it_is_said_once(db, owner):
    results = await asyncio.gather(announce(db, owner), announce(db, owner))
    assert results[0] == results[1]
    assert await announce(db, owner) == results[0]
    async with db.transaction(read_only=True) as tx:
        assert len(await queries.of_company(tx, owner.organisation_id)) == 1
        links = await evidence.chain(tx, Subject("departure", results[0]))
    assert [link.kind for link in links] == ["departure.announced"]


async def test_nobody_closes_before_thirty_days_to_the_second(ctx, db, owner):
    departure = await announce(db, owner)
    clock.advance(days=30, seconds=-1)
    await jobs.close_companies(ctx)
    assert (await departure_of(db, owner)).state is DepartureState.ANNOUNCED
    clock.advance(seconds=1)
    for _twice in range(2):
        await jobs.close_companies(ctx)
    view = await departure_of(db, owner)
    assert view.state is DepartureState.LEFT
    async with db.transaction(read_only=True) as tx:
        links = await evidence.chain(tx, Subject("departure", departure))
        company = await identity.organisation(tx, owner.organisation_id)
    assert [link.kind for link in links] == ["departure.announced", "departure.left"]
    assert company.left_at == view.ended_at
    with pytest.raises(NotPermitted):
        await stay(db, await _as_now(db, owner))
    with pytest.raises(NotPermitted):
        await announce(db, await _as_now(db, owner))


async def _as_now(db, actor):
    return type(actor)(await acting(db, actor))


async def test_an_owner_who_was_signed_in_before_comes_too_late(ctx, db, owner):
    await leave(ctx, owner)  # `owner.member` still stands as it was
    with pytest.raises(NotLeaving):
        await stay(db, owner)
    with pytest.raises(NotLeaving):
        await announce(db, owner)


@pytest.mark.parametrize("state", list(DepartureState))
@pytest.mark.parametrize("move", list(DepartureMove))
async def test_only_the_moves_of_the_table_are_made(db, ctx, owner, state, move):
    departure = await announce(db, owner)
    if state is DepartureState.WITHDRAWN:
        await stay(db, owner)
    elif state is DepartureState.LEFT:
        clock.advance(days=30)
        await jobs.close_companies(ctx)
    async with db.transaction() as tx:
        row = await queries.for_update(tx, departure)
        if (state, move) in MOVES:
            row.check(move)
        else:
            with pytest.raises(IllegalMove):
                row.check(move)


async def test_with_a_company_that_leaves_nobody_begins_anything(ctx, db, partners):
    buyer, supplier = partners.buyer, partners.supplier
    async with db.transaction() as tx:
        asked = await make_inquiry(tx, buyer, supplier)
        offered = await make_inquiry(tx, buyer, supplier)
        quotation = await make_quotation(tx, offered.id, supplier)
    contract = await signable_contract(ctx, partners)
    await announce(db, supplier)
    with pytest.raises(PartnerLeaving):
        async with db.transaction() as tx:
            await make_inquiry(tx, buyer, supplier)
    with pytest.raises(PartnerLeaving):
        async with db.transaction() as tx:
            await offering.accept(tx, quotation.id, by=buyer.member)
    with pytest.raises(CompanyLeaving):
        async with db.transaction() as tx:
            await make_quotation(tx, asked.id, supplier)
    with pytest.raises(PartnerLeaving):
        await sign_contract(ctx, contract, buyer)
    with pytest.raises(CompanyLeaving):
        await sign_contract(ctx, contract, supplier)
    async with db.transaction() as tx:  # what ends something is open to both
        await offering.reject(tx, quotation.id, "Too dear.", by=buyer.member)
        await negotiating.decline(tx, asked.id, "We leave.", by=await sessions.acting(tx, supplier.id))
        await contracting.decline(tx, contract, "We leave.", by=await sessions.acting(tx, supplier.id))
    async with db.transaction(read_only=True) as tx:
        assert (await contracts.contract(tx, contract)).state == ContractState.VOID


async def test_an_offer_and_the_word_that_one_leaves_at_once(db, partners):
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
        quotation = await make_quotation(tx, inquiry.id, partners.supplier)

    async def accept():
        async with db.transaction() as tx:
            await offering.accept(tx, quotation.id, by=partners.buyer.member)

    accepted, said = await asyncio.gather(accept(), announce(db, partners.supplier), return_exceptions=True)
    assert accepted is None or isinstance(accepted, PartnerLeaving)
    assert not isinstance(said, BaseException)


async def test_an_order_under_way_is_finished_paid_out_and_waited_for(client, ctx, db, partners):
    buyer, supplier = partners.buyer, partners.supplier
    order = await make_order(ctx, partners)
    await announce(db, supplier)
    await fund(ctx, order)
    clock.advance(days=31)
    await jobs.close_companies(ctx)
    assert (await departure_of(db, supplier)).state is DepartureState.ANNOUNCED, "the order is open"
    page = f"/orders/{order}"
    async with client(as_=buyer) as http:
        assert "is leaving" in (await http.get(page)).text
    async with client(as_=supplier) as http:
        own = await http.get(page)
        assert "Shenzhen Lantern is leaving" not in own.text
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
        open_ = (await http.get(PAGE, headers=JSON)).json()["matters"]
        assert {"orders", "held"} <= {one["kind"] for one in open_ if one["waits"]}
    async with client(as_=buyer) as http:
        assert (await submit(http, page, "delivery-1")).status_code == 303
        assert (await submit(http, page, "accept")).status_code == 303
    await drain(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await orders.order(tx, order)).state == OrderState.COMPLETED
        [balance] = [amount for amount in await payouts.balances(tx, supplier.organisation_id) if amount.minor]
    await jobs.close_companies(ctx)
    assert (await departure_of(db, supplier)).state is DepartureState.ANNOUNCED, "its balance is its own"
    async with client(as_=supplier) as http:
        open_ = {one["kind"]: one for one in (await http.get(PAGE, headers=JSON)).json()["matters"]}
        assert open_["balance"]["amounts"] == [{"amount_minor": balance.minor, "currency": balance.currency}]
        assert (await http.get("/payouts")).status_code == 200


async def test_the_database_lets_nobody_leave_with_something_open(ctx, db, urls, partners):
    departure = await announce(db, partners.supplier)
    await announce(db, partners.buyer)
    async with db.transaction() as tx:
        await service.stay(tx, by=(await stepped_up(tx, partners.supplier)).member)
        await service.stay(tx, by=(await stepped_up(tx, partners.buyer)).member)
    await make_order(ctx, partners)
    departure = await announce(db, partners.supplier)
    boss = await sql.connect(urls.super)
    gone = "UPDATE departure SET state = 'left', ended_at = closes_at WHERE id = $1"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="waits"):
        await boss.execute(gone, departure)
    for statement in (
        "UPDATE departure SET closes_at = closes_at + interval '1 day' WHERE id = $1",
        "UPDATE departure SET rules = '{\"trading\": 9}' WHERE id = $1",
        "DELETE FROM departure WHERE id = $1",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="stays as it was announced"):
            await boss.execute(statement, departure)
    with pytest.raises(asyncpg.CheckViolationError):
        await boss.execute(
            "INSERT INTO departure (id, organisation_id, rules, state, announced_by, announced_at, closes_at)"
            " SELECT gen_random_uuid(), m.organisation_id, '{}', 'announced', m.id, now(), now() + interval '29 days'"
            " FROM member m WHERE m.id = $1",
            partners.buyer.id,
        )
    for statement in (
        "UPDATE organisation SET closes_at = now() WHERE id = $1",
        "UPDATE organisation SET left_at = now() WHERE id = $1",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="follows from its departure"):
            await boss.execute(statement, partners.buyer.organisation_id)
    await boss.close()


async def test_a_suspended_company_leaves_too_and_one_that_is_held_is_kept(ctx, db, owner):
    async with db.transaction() as tx:
        keeper = await make_staff(tx, Role.COMPLIANCE)
        await suspend(tx, owner.organisation_id)
        slug = (await identity.organisation(tx, owner.organisation_id)).slug
        held = Subject("organisation", owner.organisation_id)
        await retention.place(tx, held, slug, reason="A court asks.", reference="1", by=keeper.member)
    await leave(ctx, owner)
    assert (await departure_of(db, owner)).state is DepartureState.LEFT
    async with db.transaction(read_only=True) as tx:
        assert [hold.lifted_at for hold in (await holds.holds(tx))[0] if hold.subject == held] == [None]
    assert (await acting(db, owner)).bound, "the restriction stands beside it"


async def test_members_and_partners_get_letters_and_strangers_none(ctx, db, partners):
    await draft_contract(ctx, partners)
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Nobody's Partner")
    buyer, supplier = partners.buyer.member.email, partners.supplier.member.email
    await announce(db, partners.supplier)
    await drain(ctx)
    assert await told(ctx, "Your company is leaving Portolan") == [supplier]
    assert await told(ctx, "Shenzhen Lantern is leaving Portolan") == [buyer]
    await stay(db, partners.supplier)
    await drain(ctx)
    assert await told(ctx, "Your company stays on Portolan") == [supplier]
    assert await told(ctx, "Shenzhen Lantern stays on Portolan") == [buyer]
    assert stranger.member.email not in {letter.to for letter in await ctx.mailer.letters()}


async def test_who_thinks_better_of_it_at_once_troubles_no_partner(ctx, db, partners):
    await draft_contract(ctx, partners)
    await announce(db, partners.supplier)
    await stay(db, partners.supplier)
    await drain(ctx)
    assert await told(ctx, "Shenzhen Lantern is leaving Portolan") == []


async def test_many_partners_are_told_a_page_at_a_time(ctx, db, owner, monkeypatch):
    async with db.transaction() as tx:
        buyers = [await make_company(tx, f"Buyer {n}") for n in range(5)]
        for buyer in buyers:
            await make_inquiry(tx, buyer, owner)
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    await announce(db, owner)
    await drain(ctx)
    assert await told(ctx, "Lantern Works is leaving Portolan") == sorted(buyer.member.email for buyer in buyers)


async def _on_its_way(db):
    """A change that is published and not yet in force."""
    first, second = await two(db)
    change = await consulted(db, first)
    clock.advance(days=7)
    async with db.transaction() as tx:
        day = ruling.earliest(clock.now(), ruling.NOTICE)
        await ruling.publish(tx, change, day, notice=ruling.NOTICE, by=second.member)
    return change, day


async def test_who_leaves_for_a_change_leaves_under_the_rules_before_it(client, ctx, db, owner):
    await adopt(db)
    change, day = await _on_its_way(db)
    async with client(as_=owner) as http:
        await _prove(db, http, owner)
        sent = await submit(http, PAGE, "leave", confirmed="true", change_id=str(change))
        assert sent.status_code == 303
        page = await http.get(PAGE)
        assert f"/rules/changes/{change}" in page.text
        assert "no fee and no penalty" in page.text
    view = await departure_of(db, owner)
    async with db.transaction(read_only=True) as tx:
        before = await rules.numbers_in_force(tx, clock.now().date())
        after = await rules.numbers_in_force(tx, day)
    assert before["trading"] + 1 == after["trading"]
    assert (view.change.id, view.rules) == (change, before)
    clock.advance(days=30)
    assert not (await acting(db, owner)).agreement_due
    assert (await departure_of(db, owner)).rules == before


async def test_a_change_is_a_reason_until_it_is_in_force(db, owner):
    await adopt(db)
    change = await changed(db)
    with pytest.raises(BadReason):
        await announce(db, owner, change)
    assert await departure_of(db, owner) is None


async def test_reading_ends_to_the_second(client, ctx, db, owner):
    await leave(ctx, owner)
    until = (await departure_of(db, owner)).read_until
    assert until - (await departure_of(db, owner)).ended_at == parting.READING[0][1]
    cookie = await open_browser(db, owner)
    secret = await make_key(db, owner, Permission.READ)
    for before, signed_in in ((60, True), (0, False)):
        clock.advance(seconds=(until - clock.now()).total_seconds() - before)
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE session SET expires_at = now() + interval '9 years'"))
            await tx.execute(text("UPDATE api_key SET expires_at = now() + interval '9 years'"))
            assert (await sessions.by_session(tx, cookie) is not None) is signed_in
            if signed_in:
                assert (await sessions.by_key(tx, secret)).standing is Standing.LEFT
            else:
                with pytest.raises(sessions.KeyRefused):
                    await sessions.by_key(tx, secret)


async def test_the_desk_sees_who_leaves_and_companies_do_not(client, ctx, db, owner):
    await announce(db, owner)
    async with db.transaction() as tx:
        staff = await make_staff(tx, Role.MODERATOR)
        other = await make_company(tx, "Second Company")
    await announce(db, other)
    await stay(db, other)
    async with client(as_=staff) as http:
        page = await http.get("/departures")
        assert "Lantern Works" in page.text
        assert "Second Company" not in page.text
        stayed = (await http.get("/departures?show=stayed", headers=JSON)).json()
        assert [one["organisation_id"] for one in stayed["departures"]] == [str(other.organisation_id)]
        assert (await http.get("/departures?show=nonsense")).status_code == 422
    async with client(as_=owner) as http:
        assert (await http.get("/departures")).status_code == 403


async def test_the_list_takes_as_many_queries_for_many_companies(client, db):
    async with db.transaction() as tx:
        staff = await make_staff(tx, Role.MODERATOR)

    async def taken():
        async with client(as_=staff) as http:
            await http.get("/departures")
            with count_queries(db) as sent:
                assert (await http.get("/departures")).status_code == 200
        return len(sent)

    async def another(name):
        async with db.transaction() as tx:
            company = await make_company(tx, name)
        await announce(db, company)

    await another("First")
    one = await taken()
    for n in range(4):
        await another(f"More {n}")
    assert await taken() == one


async def test_what_is_open_is_asked_of_every_domain(db, owner):
    async with db.transaction(read_only=True) as tx:
        assert await matters.open_matters(tx, owner.organisation_id) == []
        assert await matters.partners_of(tx, owner.organisation_id) == []
    known = {reader.__module__ for reader in matters._readers}
    assert known == {f"{d}.leaving" for d in ("listings", "orders", "payments", "trust.cases", "trust.rights")}


async def test_products_come_back_to_the_search_when_it_stays(ctx, db, client, owner):
    async with db.transaction() as tx:
        product = await make_product(tx, owner)
    async with db.transaction(read_only=True) as tx:
        assert (await listings.published(tx, product)).id == product
    await announce(db, owner)
    await drain(ctx)
    async with client() as http:
        assert str(product) not in (await http.get("/products", headers=JSON)).text
        await stay(db, owner)
        await drain(ctx)
        assert str(product) in (await http.get("/products", headers=JSON)).text


async def test_a_second_departure_is_another_one(ctx, db, owner):
    first = await announce(db, owner)
    await stay(db, owner)
    clock.advance(days=40)
    await jobs.close_companies(ctx)
    second = await announce(db, owner)
    assert second != first
    async with db.transaction(read_only=True) as tx:
        row = await tx.get(Departure, second)
    assert row.closes_at - row.announced_at >= timedelta(days=30)


async def test_nobody_goes_to_and_fro_all_day(client, owner):
    async with client(as_=owner) as http:
        token = forms_of((await http.get("/company")).text)["company"]["fields"]["csrf_token"]
        codes = [(await http.post(f"{PAGE}/withdrawal", data={"csrf_token": token})).status_code for _n in range(11)]
    assert codes[-1] == 429
    assert 429 not in codes[:-1]
