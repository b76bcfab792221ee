"""Controlled goods where they are stopped: listing, quotation, contract and shipment, for people and for programs."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

from app.core import clock
from listings import queries as listings
from listings import service as listing
from listings import sweeping
from listings.models import Product
from tests.factories.contracts import draft_contract, fund, lock_contract, make_offer, make_order, sign_contract
from tests.factories.deals import make_inquiry, make_quotation, offer_data
from tests.factories.goods import control, license_goods, limited, state_end_use
from tests.factories.people import make_company, make_key, make_member, make_staff
from tests.factories.products import make_draft, make_product
from tests.factories.shipments import ship
from tests.forms import submit
from tests.queries import count_queries
from tests.sql import connect
from trust.access import Role
from trust.goods import lists
from trust.goods.errors import DecidedAlready, GoodsHeld, GoodsRefused, SecondPersonNeeded
from trust.goods.matching import is_cas, is_keyword
from trust.goods.models import GoodsFinding, LicenceUse
from trust.goods.states import FindingState, Kind, Point
from trust.identity.models import Organisation
from trust.reviews import queries as reviews
from trust.reviews import service as reviewing
from trust.reviews.events import Verdict


@pytest.fixture
async def desk(db):
    """Two of compliance: what one asks for, the other agrees with."""
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        company = await tx.get_one(Organisation, first.organisation_id)
        return first, await make_member(tx, company, roles=(Role.COMPLIANCE,))


@pytest.fixture
async def mugs(db, desk):
    """A function that puts mugs on the list."""

    async def put(**said):
        async with db.transaction() as tx:
            return await control(tx, *desk, **said)

    return put


async def findings(db):
    async with db.transaction(read_only=True) as tx:
        query = select(GoodsFinding.field, GoodsFinding.certain, GoodsFinding.state).order_by(GoodsFinding.id)
        return [tuple(row) for row in await tx.execute(query)]


async def rule(db, run_jobs, desk, verdict):
    """The reviewer decides the one finding that waits."""
    async with db.transaction(read_only=True) as tx:
        [item] = await reviews.queue(tx, kind="goods", offset=0, limit=50)
    async with db.transaction() as tx:
        await reviewing.claim(tx, item.id, by=desk[0].member)
        await reviewing.decide(tx, item.id, verdict=verdict, reason="Looked at.", by=desk[0].member)
    await run_jobs()


async def state_of(db, product_id):
    async with db.transaction(read_only=True) as tx:
        return await tx.scalar(select(Product.state).where(Product.id == product_id))


# Listing


async def test_prohibited_goods_are_not_listed_and_the_field_is_named(client, db, partners, mugs):
    await mugs()
    async with db.transaction() as tx:
        draft = await make_draft(tx, partners.supplier)
    async with client(as_=partners.supplier) as http:
        page = await submit(http, f"/products/{draft.id}", "submission")
    async with client(key=await make_key(db, partners.supplier)) as api:
        said = await api.post(f"/products/{draft.id}/submission")
    assert page.status_code == said.status_code == 422
    for told in ("HS code", "691200", "Mugs are controlled.", "Law on Mugs art. 1"):
        assert told in page.text
        assert told in said.json()["detail"]
    assert said.json()["code"] == "goods_refused"
    assert said.json()["facts"]["reason"] == "MUGS"
    assert await state_of(db, draft.id) == "draft"


async def test_goods_that_need_a_licence_wait_for_it(client, db, partners, desk, mugs):
    await mugs(kind=Kind.LICENCE)
    async with db.transaction() as tx:
        draft = await make_draft(tx, partners.supplier)
    key = await make_key(db, partners.supplier)
    async with client(as_=partners.supplier) as http, client(key=key) as api:
        page = await submit(http, f"/products/{draft.id}", "submission")
        said = await api.post(f"/products/{draft.id}/submission")
        assert page.status_code == said.status_code == 409
        assert "Hand in a licence" in page.text
        assert said.json()["code"] == "goods_held"
        assert said.json()["facts"]["address"] == "/licences"
        assert await findings(db) == [("hs_code", True, FindingState.OPEN)]
        async with db.transaction() as tx:
            await license_goods(tx, partners.supplier, desk[0], destinations=("US",))
        assert (await submit(http, f"/products/{draft.id}", "submission")).status_code == 303
    assert await state_of(db, draft.id) == "submitted"


async def test_a_reviewer_rules_that_goods_are_not_meant_for_these_words_alone(db, partners, desk, mugs, run_jobs):
    await mugs(kind=Kind.LICENCE)
    async with db.transaction() as tx:
        draft = await make_draft(tx, partners.supplier)
    with pytest.raises(GoodsHeld):
        async with db.transaction() as tx:
            await listing.submit(tx, draft.id, by=partners.supplier.member)
    await rule(db, run_jobs, desk, Verdict.ACCEPT)
    async with db.transaction() as tx:
        await listing.submit(tx, draft.id, by=partners.supplier.member)
        newest = await listings.newest(tx, draft.id, reader=partners.supplier.member)
        again = newest.content.model_copy(update={"description": newest.content.title})
        await listing.revise(tx, draft.id, again, by=partners.supplier.member)
    with pytest.raises(GoodsHeld):
        async with db.transaction() as tx:
            await listing.submit(tx, draft.id, by=partners.supplier.member)


async def test_words_alone_go_to_a_reviewer_and_stop_nothing(db, partners, desk, mugs, run_jobs):
    await mugs(hs=(), keywords=("bamboo lid",))
    async with db.transaction() as tx:
        draft = await make_draft(tx, partners.supplier)
        await listing.submit(tx, draft.id, by=partners.supplier.member)
    assert await findings(db) == [("title_en", False, FindingState.OPEN)]
    await rule(db, run_jobs, desk, Verdict.REJECT)
    async with db.transaction() as tx:
        await listing.withdraw(tx, draft.id, by=partners.supplier.member)
    with pytest.raises(GoodsRefused):
        async with db.transaction() as tx:
            await listing.submit(tx, draft.id, by=partners.supplier.member)


async def test_a_cleared_word_is_not_asked_about_again(db, partners, desk, mugs, run_jobs):
    await mugs(hs=(), keywords=("bamboo lid",))
    async with db.transaction() as tx:
        draft = await make_draft(tx, partners.supplier)
        await listing.submit(tx, draft.id, by=partners.supplier.member)
    await rule(db, run_jobs, desk, Verdict.ACCEPT)
    async with db.transaction() as tx:
        await listing.withdraw(tx, draft.id, by=partners.supplier.member)
        await listing.submit(tx, draft.id, by=partners.supplier.member)
    async with db.transaction(read_only=True) as tx:
        assert await reviews.queue(tx, kind="goods", offset=0, limit=50) == []


# What is published already


async def test_a_new_entry_takes_down_what_is_prohibited_and_asks_about_the_rest(db, ctx, partners, mugs, run_jobs):
    async with db.transaction() as tx:
        mug = await make_product(tx, partners.supplier)
        cup = await make_product(tx, partners.supplier, hs_code="691110", title_en="Cup with bamboo lid")
    await mugs(since=clock.now().date() + timedelta(days=1))
    await mugs(hs=(), keywords=("bamboo lid",), code="BAMBOO")
    await sweeping.sweep(ctx)
    assert (await state_of(db, mug), await state_of(db, cup)) == ("published", "published")
    assert [found[1] for found in await findings(db)] == [False, False]
    with clock.at(clock.now() + timedelta(days=1)):
        await sweeping.sweep(ctx)
        await sweeping.sweep(ctx)
    assert (await state_of(db, mug), await state_of(db, cup)) == ("withdrawn", "published")
    async with db.transaction(read_only=True) as tx:
        note = await tx.scalar(
            text("SELECT note FROM state_change WHERE subject_id = :id AND move = 'withdraw'"), {"id": mug}
        )
    assert "Mugs are controlled. 杯子受管制。" in note


async def test_a_sweep_that_is_cut_off_goes_on_where_it_was(db, ctx, partners, mugs):
    async with db.transaction() as tx:
        made = [await make_product(tx, partners.supplier, reference=f"M{n}") for n in range(3)]
    await mugs()
    for _round in range(2):
        async with db.transaction() as tx:
            assert await sweeping.sweep_batch(tx, limit=1)
    assert [await state_of(db, one) for one in made] == ["withdrawn", "withdrawn", "published"]
    await sweeping.sweep(ctx)
    assert await state_of(db, made[2]) == "withdrawn"


# Quotation


async def test_a_quotation_is_held_by_where_it_goes(client, db, partners, desk, mugs):
    await mugs(kind=Kind.LICENCE, destinations=("DE",), binds_from=Point.QUOTATION)
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
        elsewhere = await make_inquiry(tx, partners.buyer, partners.supplier, destination="FR", title="Other mugs")
        await make_quotation(tx, elsewhere.id, partners.supplier)
    async with client(key=await make_key(db, partners.supplier)) as api:
        said = await api.post(f"/inquiries/{inquiry.id}/quotations", json=offer_data())
    assert said.status_code == 409
    assert said.json()["code"] == "goods_held"
    assert said.json()["facts"]["at"] == "lines.0.hs_code"
    async with db.transaction() as tx:
        await license_goods(tx, partners.supplier, desk[0])
        await make_quotation(tx, inquiry.id, partners.supplier)


async def test_a_prohibited_line_is_refused_at_its_field(client, db, partners, mugs):
    await mugs()
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
    async with client(key=await make_key(db, partners.supplier)) as api:
        said = await api.post(f"/inquiries/{inquiry.id}/quotations", json=offer_data())
    assert said.status_code == 422
    assert "Line 1, HS code “691200”: Mugs are controlled." in said.json()["errors"]["lines.0.hs_code"]


# Contract


async def test_a_contract_is_not_signed_beyond_a_licence(client, db, ctx, partners, desk, mugs):
    await mugs(kind=Kind.DUAL_USE, binds_from=Point.CONTRACT)
    contract = await draft_contract(ctx, partners)
    await lock_contract(ctx, partners, contract)
    with pytest.raises(GoodsHeld, match="It waits until the supplier has a licence"):
        await sign_contract(ctx, contract, partners.buyer)
    async with db.transaction() as tx:
        await license_goods(tx, partners.supplier, desk[0], **limited("999"))
    with pytest.raises(GoodsHeld):
        await sign_contract(ctx, contract, partners.supplier)
    async with db.transaction() as tx:
        await license_goods(tx, partners.supplier, desk[0], number="2", **limited("1000", 234_500))
    await sign_contract(ctx, contract, partners.buyer, partners.supplier)


# Shipment


@pytest.fixture
async def order(db, ctx, partners):
    """Paid, to be shipped in parts."""
    made = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, made)
    return made


def parcel(quantity="1000", tracking="BMRU6123456780"):
    return {
        "carrier": "Blue Meridian",
        "tracking": tracking,
        "shipped_on": clock.now().date().isoformat(),
        "lines": [{"position": 0, "quantity": quantity}],
    }


async def test_nothing_leaves_without_a_licence_and_a_statement(client, db, partners, desk, mugs, order):
    await mugs(kind=Kind.DUAL_USE, binds_from=Point.SHIPMENT)
    key = await make_key(db, partners.supplier)
    async with client(as_=partners.supplier) as http, client(key=key) as api:
        said = await api.post(f"/orders/{order}/shipments", json=parcel())
        assert (said.status_code, said.json()["code"]) == (409, "goods_held")
        form = {k: v for k, v in parcel().items() if k != "lines"}
        page = await submit(http, f"/orders/{order}", "shipment", **form)
        assert page.status_code == 409
        assert "Mugs are controlled." in page.text
        async with db.transaction() as tx:
            await license_goods(tx, partners.supplier, desk[0], **limited("1000"))
        said = await api.post(f"/orders/{order}/shipments", json=parcel())
        assert (said.status_code, said.json()["code"]) == (409, "end_user_statement_needed")
        async with db.transaction() as tx:
            await state_end_use(tx, order, partners.buyer, partners.supplier, None)
        said = await api.post(f"/orders/{order}/shipments", json=parcel())
        assert said.json()["code"] == "end_user_statement_needed"
        async with db.transaction() as tx:
            await state_end_use(tx, order, partners.buyer, partners.supplier, desk[0], quantity="999")
        said = await api.post(f"/orders/{order}/shipments", json=parcel())
        assert said.json()["code"] == "end_user_statement_needed"
        async with db.transaction() as tx:
            await state_end_use(tx, order, partners.buyer, partners.supplier, desk[0])
        said = await api.post(f"/orders/{order}/shipments", json=parcel())
    assert said.status_code == 200, said.text
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(LicenceUse.quantity))) == [1000]


async def test_two_shipments_at_once_do_not_take_more_than_there_is(db, ctx, partners, desk, mugs, order):
    await mugs(kind=Kind.LICENCE)
    async with db.transaction() as tx:
        await license_goods(tx, partners.supplier, desk[0], **limited("1000"))
    other = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, other)
    went = await asyncio.gather(
        ship(db, order, partners, "600", "BMRU6123456781"),
        ship(db, other, partners, "600", "BMRU6123456782"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in went) == ["GoodsHeld", "Shipment"]
    await ship(db, order if isinstance(went[0], GoodsHeld) else other, partners, "400", "BMRU6123456783")
    async with db.transaction(read_only=True) as tx:
        assert sum(await tx.scalars(select(LicenceUse.quantity))) == 1000


async def test_the_database_keeps_a_licence_within_its_limits_by_itself(db, urls, partners, desk, mugs, order):
    await mugs(kind=Kind.LICENCE)
    async with db.transaction() as tx:
        licence = await license_goods(tx, partners.supplier, desk[0], **limited("1000"))
    await ship(db, order, partners, "600")
    raw = await connect(urls.owner)
    try:
        for change in ("quantity_limit = 9999", "valid_until = '2099-01-01'", "hs = '[]'", "document = '{}'"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await raw.execute("UPDATE goods_licence SET " + change)  # noqa: S608  of this test's own text
        again = """
            INSERT INTO goods_licence_use
            SELECT gen_random_uuid(), licence_id, order_id, gen_random_uuid(), position, 401, unit, value_minor,
                   value_currency, used_at FROM goods_licence_use"""
        with pytest.raises(asyncpg.CheckViolationError):
            await raw.execute(again)
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await raw.execute("DELETE FROM goods_licence_use")
    finally:
        await raw.close()
    assert licence


async def test_one_check_costs_few_statements_whatever_the_lines(db, partners, desk, mugs):
    lines = offer_data()["lines"] * 20
    async with db.transaction() as tx:
        plain = await make_inquiry(tx, partners.buyer, partners.supplier)
        with count_queries(db) as free:
            await make_quotation(tx, plain.id, partners.supplier, lines=lines)
    for number in range(5):
        await mugs(kind=Kind.LICENCE, code=f"M{number}")
    async with db.transaction() as tx:
        await license_goods(tx, partners.supplier, desk[0])
        await lists.book(tx)
        met = await make_inquiry(tx, partners.buyer, partners.supplier, title="More mugs")
        with count_queries(db) as sent:
            await make_quotation(tx, met.id, partners.supplier, lines=lines)
    assert len(sent) - len(free) <= 3


# Lists


async def test_an_entry_takes_two_people_and_is_never_changed(db, urls, desk):
    async with db.transaction() as tx:
        made = await control(tx, *desk)
    for wrong, by in ((DecidedAlready, desk[1]), (DecidedAlready, desk[0])):
        with pytest.raises(wrong):
            async with db.transaction() as tx:
                await lists.decide(tx, made, agreed=False, by=by.member)
    async with db.transaction() as tx:
        ending = await lists.propose_ending(tx, made, clock.now().date(), reason="Over.", by=desk[0].member)
    with pytest.raises(SecondPersonNeeded):
        async with db.transaction() as tx:
            await lists.decide_ending(tx, ending, agreed=True, by=desk[0].member)
    raw = await connect(urls.owner)
    try:
        for change in ("SET hs = '[]'", "SET text_en = ''", "SET agreed = false", "SET since = '2020-01-01'"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError):
                await raw.execute(f"UPDATE control_entry {change} WHERE id = $1", made)
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await raw.execute("DELETE FROM control_entry WHERE id = $1", made)
    finally:
        await raw.close()


async def test_what_ended_stops_nothing_from_the_next_day_on(db, partners, desk, mugs):
    made = await mugs()
    async with db.transaction() as tx:
        draft = await make_draft(tx, partners.supplier)
        ending = await lists.propose_ending(tx, made, clock.now().date(), reason="Over.", by=desk[0].member)
        await lists.decide_ending(tx, ending, agreed=True, by=desk[1].member)
    with pytest.raises(GoodsRefused):
        async with db.transaction() as tx:
            await listing.submit(tx, draft.id, by=partners.supplier.member)
    with clock.at(clock.now() + timedelta(days=1)):
        async with db.transaction() as tx:
            await listing.submit(tx, draft.id, by=partners.supplier.member)


async def test_what_the_platform_starts_with_is_sound(db):
    async with db.transaction(read_only=True) as tx:
        entries = (await lists.book(tx)).entries
    assert {one.code for one in entries} >= {"WEAPONS", "CITES-I", "PRECURSORS", "OZONE", "1C210", "9A012", "6A002"}
    for one in entries:
        assert one.source
        assert one.text_en
        assert one.text_zh
        assert all(map(is_cas, one.cas))
        assert all(map(is_keyword, one.keywords))
        assert all(prefix.isdigit() and 2 <= len(prefix) <= 10 for prefix in one.hs)


async def test_another_company_s_licence_helps_nobody(db, partners, desk, mugs):
    await mugs(kind=Kind.LICENCE)
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        await license_goods(tx, stranger, desk[0])
        draft = await make_draft(tx, partners.supplier)
    with pytest.raises(GoodsHeld):
        async with db.transaction() as tx:
            await listing.submit(tx, draft.id, by=partners.supplier.member)
