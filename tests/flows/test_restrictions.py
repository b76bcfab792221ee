"""What a restriction takes away, from which request on, and what it leaves: running deals, and what was earned."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core import clock
from app.core.runner import drain
from listings.models import Product
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.amending import Changes
from orders.contracts.errors import GrowsUnderRestriction
from orders.deals import amending
from orders.deals import queries as orders
from orders.deals.states import OrderState
from orders.negotiation import offering
from orders.negotiation import service as negotiating
from orders.negotiation.errors import SupplierNotFound
from tests.factories.contracts import (
    agree,
    fund,
    make_order,
    make_partners,
    sign_amendment,
    sign_contract,
    signable_contract,
)
from tests.factories.deals import make_inquiry, make_quotation
from tests.factories.files import PDF
from tests.factories.money import usd
from tests.factories.people import make_company, make_key, make_staff
from tests.factories.products import make_product
from tests.factories.restrictions import restrict, suspend
from tests.flows.test_search import market
from tests.forms import submit
from tests.queries import count_queries
from trust.access import BARRED_BY, Permission, Restricted, Role, Scope, unbound
from trust.identity import sessions
from trust.restrictions import jobs, queries, service
from trust.restrictions.errors import PartnerRestricted
from trust.restrictions.ladder import Kind
from trust.restrictions.states import RestrictionState

JSON = {"accept": "application/json"}
LEFT = set(Permission) - {Permission.PUBLISH_PRODUCTS, Permission.INQUIRE, Permission.QUOTE}


async def acting(db, actor):
    async with db.transaction(read_only=True) as tx:
        return await sessions.acting(tx, actor.id)


@pytest.mark.parametrize("scope", list(BARRED_BY.values()))
async def test_a_session_and_a_key_are_bound_at_their_next_request(client, db, scope):
    [permission] = [p for p, barred in BARRED_BY.items() if barred is scope]
    async with db.transaction() as tx:
        owner = await make_company(tx)
    secret = await make_key(db, owner)
    async with db.transaction() as tx:
        by_key = await sessions.by_key(tx, secret)
    assert by_key.may(permission)
    async with db.transaction() as tx:
        made = await restrict(tx, owner.organisation_id, scope)
    async with db.transaction() as tx:
        by_key, by_session = await sessions.by_key(tx, secret), await sessions.acting(tx, owner.id)
    for member in (by_key, by_session):
        assert not member.may(permission)
        assert [one.id for one in member.bound] == [made]
        assert all(member.may(other) for other in BARRED_BY if other is not permission)
        assert member.may(Permission.SHIP)


async def test_a_refusal_says_until_when_and_where_to_appeal_in_the_reader_s_language(client, db):
    async with db.transaction() as tx:
        buyer, supplier = await make_company(tx), await make_company(tx)
        product = await make_product(tx, supplier)
        made = await restrict(tx, buyer.organisation_id, Scope.MESSAGE_FIRST, days=30)
    secret = await make_key(db, buyer)
    address = f"/inquiries/new?product={product}"
    async with client(key=secret) as program:
        refused = await program.get(address)
        assert refused.status_code == 403
        said = refused.json()
        assert said["code"] == "restricted"
        assert said["facts"]["restriction"] == str(made)
        assert said["facts"]["address"] == f"/restrictions/{made}"
        day = (clock.now() + timedelta(days=30)).date().isoformat()
        assert said["facts"]["until"].startswith(day)
        assert day in said["detail"]
        chinese = await program.get(address, headers={"accept-language": "zh-CN"})
        assert "贵公司正受限制" in chinese.json()["detail"]
    async with client(as_=buyer) as http:
        page = await http.get(address)
        assert page.status_code == 403
        assert f'href="/restrictions/{made}' in page.text
        assert "how to appeal" in page.text


async def test_who_asks_is_known_by_as_many_queries_as_before(client, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)

    async def taken() -> int:
        async with client(as_=owner) as http:
            with count_queries(db) as sent:
                assert (await http.get("/account")).status_code == 200
        return len(sent)

    free = await taken()
    async with db.transaction() as tx:
        for scope in (Scope.PUBLISH, Scope.QUOTE, Scope.PAYOUT):
            await restrict(tx, owner.organisation_id, scope)
    assert await taken() == free


async def test_a_restriction_that_has_run_out_binds_nobody_the_very_second(db, ctx):
    async with db.transaction() as tx:
        owner = await make_company(tx)
        made = await restrict(tx, owner.organisation_id, Scope.QUOTE, days=1)
    clock.advance(days=1, seconds=-60)
    assert not (await acting(db, owner)).may(Permission.QUOTE)
    await jobs.expire_restrictions(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await queries.restriction(tx, made)).state is RestrictionState.IN_FORCE
    clock.advance(seconds=60)
    assert (await acting(db, owner)).may(Permission.QUOTE)  # the job has not come by
    async with db.transaction(read_only=True) as tx:
        assert (await queries.restriction(tx, made)).state is RestrictionState.EXPIRED
    for _twice in range(2):
        await jobs.expire_restrictions(ctx)
    assert (await acting(db, owner)).bound == ()


async def test_overlapping_restrictions_add_up_and_end_one_by_one(db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
        await restrict(tx, owner.organisation_id, Scope.QUOTE, days=10)
        longer = await restrict(tx, owner.organisation_id, Scope.QUOTE, Scope.PUBLISH, days=20)
    member = await acting(db, owner)
    assert len(member.bound) == 2
    with pytest.raises(Restricted) as refused:
        unbound(member.bound, Scope.QUOTE)
    assert refused.value.facts["restriction"] == str(longer)
    clock.advance(days=10)
    assert not (await acting(db, owner)).may(Permission.QUOTE)
    clock.advance(days=10)
    assert (await acting(db, owner)).may(Permission.QUOTE)


@pytest.mark.parametrize("kind", [Kind.FULL, Kind.TERMINATED])
async def test_a_suspension_leaves_all_but_what_begins_something(db, kind):
    async with db.transaction() as tx:
        owner = await make_company(tx)
        free = {p for p in Permission if owner.member.may(p)}
        await suspend(tx, owner.organisation_id, kind=kind)
    member = await acting(db, owner)
    assert {p for p in Permission if member.may(p)} == free & LEFT
    assert not any(Scope.PAYOUT in one.scopes for one in member.bound)


async def test_a_suspended_supplier_ships_and_is_paid_what_it_has_sold(client, db, ctx):
    partners = await make_partners(db)
    order = await make_order(ctx, partners)
    async with db.transaction() as tx:
        await suspend(tx, partners.supplier.organisation_id)
    await fund(ctx, order)
    page = f"/orders/{order}"
    async with client(as_=partners.supplier) as http:
        assert "Your company is restricted" in (await http.get("/")).text
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
        assert (await http.get(f"{page}/evidence")).status_code == 200
        assert (await http.get("/products/new")).status_code == 200
    async with client(as_=partners.buyer) as http:
        assert (await submit(http, page, "delivery-1")).status_code == 303
        assert (await submit(http, page, "accept")).status_code == 303
    await drain(ctx)
    async with db.transaction(read_only=True) as tx:
        assert (await orders.order(tx, order)).state == OrderState.COMPLETED
    async with client(as_=partners.supplier) as http:
        assert (await http.get("/money")).status_code == 200


async def test_with_a_restricted_supplier_nobody_begins_anything(db, partners):
    buyer, supplier = partners.buyer, partners.supplier
    async with db.transaction() as tx:
        open_inquiry = await make_inquiry(tx, buyer, supplier)
        other = await make_inquiry(tx, buyer, supplier)
        quotation = await make_quotation(tx, open_inquiry.id, supplier)
        await restrict(tx, supplier.organisation_id, Scope.RECEIVE_ORDER)
    with pytest.raises(PartnerRestricted):
        async with db.transaction() as tx:
            await make_inquiry(tx, buyer, supplier)
    with pytest.raises(PartnerRestricted):
        async with db.transaction() as tx:
            await offering.accept(tx, quotation.id, by=buyer.member)
    with pytest.raises(Restricted):
        async with db.transaction() as tx:
            await make_quotation(tx, other.id, supplier)
    async with db.transaction() as tx:  # what ends something is open to both
        await offering.reject(tx, quotation.id, "Too dear.", by=buyer.member)
        await negotiating.decline(tx, other.id, "We cannot.", by=await sessions.acting(tx, supplier.id))


async def test_a_contract_is_not_signed_with_a_suspended_company(db, ctx, partners):
    contract = await signable_contract(ctx, partners)
    await sign_contract(ctx, contract, partners.buyer)
    async with db.transaction() as tx:
        made = await suspend(tx, partners.supplier.organisation_id)
    with pytest.raises(Restricted):
        await sign_contract(ctx, contract, partners.supplier)
    async with db.transaction() as tx:
        await service.lift(tx, made, "It was answered.", by=(await make_staff(tx, Role.COMPLIANCE)).member)
    await sign_contract(ctx, contract, partners.supplier)
    async with db.transaction(read_only=True) as tx:
        assert await orders.id_of_contract(tx, contract) is not None


async def test_a_suspended_supplier_may_agree_to_less_and_to_later_but_to_nothing_larger(db, ctx, partners):
    order = await make_order(ctx, partners)
    await fund(ctx, order, [0])
    terms = (await _in_force(db, order)).terms
    later = Changes("The kiln is broken.", latest=terms.delivery.latest + timedelta(days=20))
    dearer = Changes("Gold rims.", prices={0: Decimal(3)}, amounts={1: usd("2296.50")})
    cheaper = Changes("Plain glaze.", prices={0: Decimal(2)}, amounts={1: usd("1296.50")})
    for changes, allowed in ((dearer, False), (later, True), (cheaper, True)):
        async with db.transaction() as tx:
            made = await amending.propose(tx, order, changes, by=partners.buyer.member)
        await agree(ctx, made.id, partners.supplier)
        async with db.transaction() as tx:
            bound = await suspend(tx, partners.supplier.organisation_id)
        if not allowed:
            for side in (partners.supplier, partners.buyer):
                with pytest.raises(GrowsUnderRestriction, match="nothing larger"):
                    await sign_amendment(ctx, made.id, side)
            async with db.transaction() as tx:
                await contracting.decline(tx, made.id, "Not now.", by=partners.buyer.member)
        else:
            await sign_amendment(ctx, made.id, partners.supplier)
            await sign_amendment(ctx, made.id, partners.buyer)
            assert (await _in_force(db, order)).id == made.id
        async with db.transaction() as tx:
            await service.lift(tx, bound, "It was answered.", by=(await make_staff(tx, Role.COMPLIANCE)).member)


async def _in_force(db, order_id):
    async with db.transaction(read_only=True) as tx:
        view = await orders.order(tx, order_id)
        return await contracts.contract(tx, view.contract_id)


async def test_products_leave_the_search_and_come_back(client, db, run_jobs, ctx):
    mug, *_rest = await market(db, run_jobs)
    async with db.transaction() as tx:
        kiln = await company_of(tx, mug)
        await restrict(tx, kiln, Scope.PUBLISH, days=5)
    async with client() as http:
        assert (await http.get("/products?q=mug", headers=JSON)).json()["items"] == []  # before any job has run
        await run_jobs()
        assert (await http.get("/products?q=mug", headers=JSON)).json()["items"] == []
        assert (await http.get(f"/products/{mug}")).status_code == 404
        clock.advance(days=5)
        await jobs.expire_restrictions(ctx)
        await run_jobs()
        found = (await http.get("/products?q=mug", headers=JSON)).json()["items"]
        assert str(mug) in [item["id"] for item in found]
        assert (await http.get(f"/products/{mug}")).status_code == 200


async def company_of(tx, product):
    return (await tx.get_one(Product, product)).organisation_id


async def test_a_restriction_and_a_deal_at_once_are_one_after_the_other(db, partners):
    buyer, supplier = partners.buyer, partners.supplier
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, buyer, supplier)
        quotation = await make_quotation(tx, inquiry.id, supplier)

    async def accept():
        async with db.transaction() as tx:
            await offering.accept(tx, quotation.id, by=buyer.member)

    async def place():
        async with db.transaction() as tx:
            await suspend(tx, supplier.organisation_id)

    accepted, placed = await asyncio.gather(accept(), place(), return_exceptions=True)
    assert placed is None
    assert accepted is None or isinstance(accepted, PartnerRestricted)
    with pytest.raises(SupplierNotFound):
        async with db.transaction() as tx:
            await make_inquiry(tx, buyer, supplier)


async def test_two_restrictions_at_once_both_bind(db):
    async with db.transaction() as tx:
        company = await make_company(tx)
        staff = [await make_staff(tx, Role.MODERATOR) for _ in range(2)]
    first = db.transaction()
    tx = await first.__aenter__()
    await restrict(tx, company.organisation_id, Scope.PUBLISH, by=staff[0])

    async def second():
        async with db.transaction() as other:
            await restrict(other, company.organisation_id, Scope.QUOTE, by=staff[1])

    waiting = asyncio.create_task(second())
    await asyncio.sleep(0.3)
    await first.__aexit__(None, None, None)
    await waiting
    bound = await acting(db, company)
    assert not bound.may(Permission.PUBLISH_PRODUCTS)
    assert not bound.may(Permission.QUOTE)
