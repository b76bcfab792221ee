"""Rules about what is shown, carried and paid, where they act: copies side by side, papers shown twice, money that
goes round.
"""

import io
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import text

from app.core import clock
from app.core.payload import Upload
from app.core.runner import drain
from app.core.subject import Subject
from listings import service as listings
from listings.content import Text
from listings.pictures import service as pictures
from listings.schemas import ProductIn
from orders.contracts import knowing
from orders.deals import service, watching
from orders.negotiation import offering
from tests.factories.contracts import (
    Partners,
    draft_contract,
    fund,
    lock_contract,
    make_offer,
    make_order,
    sign_contract,
)
from tests.factories.deals import make_inquiry
from tests.factories.people import make_company, make_staff
from tests.factories.products import make_draft, make_product, product_data
from tests.factories.rights import as_company, make_right
from tests.factories.shipments import deliver, ship
from tests.flows.test_documents import hand_in_lading, pack
from tests.flows.test_risk import codes, hits, waiting
from tests.rules.test_likeness import CHINESE, TEXT, drawn
from tests.sql import connect
from trust.access import Role
from trust.credit import linking
from trust.risk import holds
from trust.risk.engine import Action
from trust.risk.errors import Blocked, OnHold
from trust.risk.models import RiskHit


def jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


@pytest.fixture
async def other(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Red Mill")


async def show(ctx, actor, image, **changes):
    """A product with one picture, sent in; its id."""
    async with ctx.db.transaction() as tx:
        upload = Upload("mug.jpg", "image/jpeg", jpeg(image))
        shown = await pictures.store(
            tx, ctx.files, upload, organisation_id=actor.organisation_id, alt=Text(), field="uploads"
        )
        content = ProductIn(**product_data(**changes)).content()
        product = await listings.create(tx, content.model_copy(update={"pictures": (shown,)}), by=actor.member)
        id_ = product.id
    async with ctx.db.transaction() as tx:
        await listings.submit(tx, id_, by=actor.member)
    clock.advance(minutes=1)
    return id_


# Pictures


async def test_a_picture_of_others_is_seen_beside_theirs(db, ctx, client, partners, other):
    await show(ctx, other, drawn(1))
    assert await codes(db) == []
    await show(ctx, partners.supplier, drawn(1).resize((500, 375)))
    [(rule, inputs)] = await hits(db, RiskHit.rule, RiskHit.inputs)
    assert (rule, inputs["company"]) == ("INF-01", str(other.organisation_id))
    [item] = await waiting(db)
    async with db.transaction() as tx:
        reviewer = await make_staff(tx, Role.COMPLIANCE)
    async with client(as_=reviewer) as http:
        shown = (await http.get(f"/moderation/{item.id}")).text
        for key in (inputs["picture"], inputs["other"]):
            assert f"/files/{key}" in shown
            assert (await http.get(f"/files/{key}")).status_code == 200
    assert "Red Mill" in shown


async def test_who_had_the_picture_first_is_not_accused_later(db, ctx, partners, other):
    await show(ctx, other, drawn(1))
    await show(ctx, partners.supplier, drawn(1))
    await show(ctx, other, drawn(1).resize((500, 375)))
    assert await hits(db, RiskHit.rule, RiskHit.organisation_id) == [("INF-01", partners.supplier.organisation_id)]


async def test_own_and_other_pictures_meet_no_rule(db, ctx, partners, other):
    await show(ctx, other, drawn(1))
    await show(ctx, other, drawn(1))
    await show(ctx, partners.supplier, drawn(2))
    assert await codes(db) == []


async def test_a_right_holders_picture_is_refused(db, ctx, partners, other):
    async with db.transaction() as tx:
        judge = await make_staff(tx, Role.COMPLIANCE, Role.MODERATOR)
    await make_right(ctx, await as_company(ctx, other), judge)
    await show(ctx, other, drawn(1))
    with pytest.raises(Blocked) as refused:
        await show(ctx, partners.supplier, drawn(1))
    assert "own goods" in refused.value.message
    assert await hits(db, RiskHit.rule, RiskHit.action) == [("INF-01", int(Action.BLOCK))]


# Texts and marks


async def test_a_copied_text_is_looked_at_and_the_shared_words_are_shown(db, client, partners, other):
    async with db.transaction() as tx:
        first = await make_product(tx, other, description_en=TEXT, description_zh=CHINESE)
    assert await codes(db) == []
    clock.advance(minutes=1)
    async with db.transaction() as tx:
        copy = await make_draft(tx, partners.supplier, description_en=TEXT.replace("350", "330"), description_zh="")
        await listings.submit(tx, copy.id, by=partners.supplier.member)
    [(rule, action, inputs)] = await hits(db, RiskHit.rule, RiskHit.action, RiskHit.inputs)
    assert (rule, action, inputs["listing"]) == ("INF-02", int(Action.REVIEW), str(first))
    assert 85 <= inputs["others"][0][0] <= 100
    [item] = await waiting(db)
    async with db.transaction() as tx:
        reviewer = await make_staff(tx, Role.COMPLIANCE)
    async with client(as_=reviewer) as http:
        shown = (await http.get(f"/moderation/{item.id}")).text
    assert f"/products/{first}" in shown
    assert inputs["said"][0] in shown


async def test_a_chinese_text_is_compared_by_its_signs(db, partners, other):
    long = (
        CHINESE
        + "釉面光洁细腻，杯沿圆润不伤唇，把手可容三指。竹盖配硅胶圈，密封防洒。包装经一米二跌落试验，破损包赔。"
        + "可按客户要求调整器型与釉色，起订五百只，打样七天。支持第三方验货，常年出口欧洲与北美，单证齐全。"
    )
    async with db.transaction() as tx:
        await make_product(tx, other, description_zh=long)
    clock.advance(minutes=1)
    async with db.transaction() as tx:
        copy = await make_draft(tx, partners.supplier, description_zh=long.replace("潮州", "德化"))
        await listings.submit(tx, copy.id, by=partners.supplier.member)
    [(rule, inputs)] = await hits(db, RiskHit.rule, RiskHit.inputs)
    assert (rule, inputs["language"]) == ("INF-02", "zh")


async def test_who_wrote_it_first_may_send_it_in_again(db, partners, other):
    async with db.transaction() as tx:
        first = await make_draft(tx, other, description_en=TEXT)
        await listings.submit(tx, first.id, by=other.member)
    clock.advance(minutes=1)
    async with db.transaction() as tx:
        copy = await make_draft(tx, partners.supplier, description_en=TEXT)
        await listings.submit(tx, copy.id, by=partners.supplier.member)
    clock.advance(minutes=1)
    async with db.transaction() as tx:
        await listings.withdraw(tx, first.id, by=other.member)
        await listings.submit(tx, first.id, by=other.member)
    assert await hits(db, RiskHit.rule, RiskHit.organisation_id) == [("INF-02", partners.supplier.organisation_id)]


async def test_own_words_said_again_and_again_stand_behind_others(db, client, run_jobs, partners, other):
    async with db.transaction() as tx:
        await make_product(tx, other, title_en="Plain stoneware mug", description_en="Stoneware in white.")
    ids = []
    for place in range(6):
        clock.advance(minutes=1)
        async with db.transaction() as tx:
            said = {"description_en": TEXT.replace("350", f"{330 + place}"), "description_zh": ""}
            ids.append(await make_product(tx, partners.supplier, title_en="Stoneware mug", title_zh="", **said))
    assert await hits(db, RiskHit.rule, RiskHit.action, RiskHit.value) == [("INF-02", int(Action.ALLOW), "5 ×")]
    await run_jobs()
    async with client(as_=partners.supplier) as http:
        for product, told in ((ids[-2], False), (ids[-1], True)):
            page = (await http.get(f"/products/{product}")).text
            assert ("nearly the same as 5 other products" in page) is told
        found = (await http.get("/products?q=stoneware+mug")).text
    places = [found.index(f"/products/{product}") for product in ids]
    assert places[-1] == max(places) > found.index("Plain <mark>stoneware</mark>")
    async with db.transaction() as tx:
        own = {
            "description_en": "A mug for hotels, stackable and chip resistant, in four colours.",
            "description_zh": "",
        }
        changed = ProductIn(**product_data(title_en="Stoneware mug", title_zh="", **own)).content()
        await listings.revise(tx, ids[-1], changed, by=partners.supplier.member)
        await listings.submit(tx, ids[-1], by=partners.supplier.member)
    async with client(as_=partners.supplier) as http:
        assert "other products of yours" not in (await http.get(f"/products/{ids[-1]}")).text


async def test_goods_that_the_law_counts_are_not_sold_by_weight(db, partners):
    for code, unit in (("871200", "H87"), ("691200", "KGM"), ("871200", "KGM")):
        async with db.transaction() as tx:
            await make_product(tx, partners.supplier, hs_code=code, unit=unit)
    assert await hits(db, RiskHit.rule, RiskHit.value) == [("INF-06", "KGM / H87")]


@pytest.mark.parametrize(("title", "found"), [("Lanterna mug", True), ("L4NTERNA mug", True), ("Lantern mug", False)])
async def test_a_mark_of_others_waits_until_two_people_let_it_go(db, ctx, partners, other, title, found):
    async with db.transaction() as tx:
        judge = await make_staff(tx, Role.COMPLIANCE, Role.MODERATOR)
        second = await make_staff(tx, Role.COMPLIANCE)
    await make_right(ctx, await as_company(ctx, other), judge)
    async with db.transaction() as tx:
        await make_product(tx, other, title_en=title)  # its own
        product = await make_draft(tx, partners.supplier, title_en=title)
    if not found:
        async with db.transaction() as tx:
            await listings.submit(tx, product.id, by=partners.supplier.member)
        assert await codes(db) == []
        return
    with pytest.raises(Blocked):
        async with db.transaction() as tx:
            await listings.submit(tx, product.id, by=partners.supplier.member)
    held = await held_of(db, product.id)
    async with db.transaction() as tx:
        other_goods = await make_draft(tx, partners.supplier)
        await listings.submit(tx, other_goods.id, by=partners.supplier.member)  # only that one waits
    async with db.transaction() as tx:
        await holds.ask_release(tx, held, "Showed a licence.", by=judge.member)
        assert await holds.ask_release(tx, held, "", by=second.member)
    async with db.transaction() as tx:
        await listings.submit(tx, product.id, by=partners.supplier.member)


async def held_of(db, id_):
    async with db.transaction(read_only=True) as tx:
        [standing] = await holds.standing(tx, Subject("product", id_))
    return standing.id


async def test_an_ended_certificate_is_warned_of(db, partners):
    async with db.transaction() as tx:
        ended = [{"name": "LFGB", "number": "L-1", "valid_until": "2020-03-31"}]
        product = await make_draft(tx, partners.supplier, certificates=ended)
        await listings.submit(tx, product.id, by=partners.supplier.member)
    assert await hits(db, RiskHit.rule, RiskHit.action) == [("INF-08", int(Action.WARN))]


async def test_an_odd_heading_is_looked_at(db, partners, other):
    async with db.transaction() as tx:
        await tx.execute(
            text("INSERT INTO hs_code VALUES ('7117', '2022', 'Imitation jewellery', ''), "
                 "('711719', '2022', 'Imitation jewellery of base metal', '7117'), "
                 "('691200', '2022', 'Ceramic tableware', '')")
        )  # fmt: skip
        for _ in range(20):
            await make_product(tx, other)
        product = await make_draft(tx, partners.supplier, hs_code="711719")
        await listings.submit(tx, product.id, by=partners.supplier.member)
    assert await hits(db, RiskHit.rule, RiskHit.value) == [("INF-06", "7117")]


@pytest.mark.parametrize(
    "attack", ["UPDATE risk_picture SET seen_at = seen_at - interval '1 year'", "TRUNCATE risk_picture, risk_text"]
)
async def test_the_database_keeps_who_was_first(ctx, urls, other, attack):
    await show(ctx, other, drawn(1))
    for url in (urls.app, urls.owner):
        connection = await connect(url)
        with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)):
            await connection.execute(attack)
        await connection.close()


# Contracts


async def test_a_price_far_above_the_market_is_looked_at_and_nobody_is_told(db, ctx, client, partners, other):
    async with db.transaction() as tx:
        for n in range(20):
            await make_product(tx, other, tiers=[{"min_quantity": "500", "price": f"{1 + n / 100:.2f}"}])
    contract = await draft_contract(ctx, partners, make_offer(quantity="20000", price="2.50"))
    await lock_contract(ctx, partners, contract)
    assert "TBML-01" in await codes(db)
    async with client(as_=partners.buyer) as http:
        assert "customs and banks will ask" not in (await http.get(f"/contracts/{contract}")).text


@pytest.mark.parametrize(("price", "found"), [("1.40", False), ("0.20", True)])
async def test_below_the_market_too_and_who_signs_is_told(db, ctx, client, partners, other, price, found):
    async with db.transaction() as tx:
        for n in range(20):
            await make_product(tx, other, tiers=[{"min_quantity": "500", "price": f"{0.8 + n / 10:.2f}"}])
    contract = await draft_contract(ctx, partners, make_offer(quantity="200000", price=price))
    await lock_contract(ctx, partners, contract)
    assert ("TBML-01" in await codes(db)) is found
    assert ("ADV-02" in await codes(db)) is found
    async with client(as_=partners.buyer) as http:
        assert ("far below that of like goods" in (await http.get(f"/contracts/{contract}")).text) is found


@pytest.mark.parametrize(("price", "found"), [("1.40", False), ("0.20", True)])
async def test_the_buyer_is_told_before_agreeing_to_a_price_far_below(db, client, partners, other, price, found):
    async with db.transaction() as tx:
        for n in range(20):
            await make_product(tx, other, tiers=[{"min_quantity": "500", "price": f"{0.8 + n / 10:.2f}"}])
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
    async with db.transaction() as tx:
        quotation = await offering.quote(tx, inquiry.id, make_offer(price=price), by=partners.supplier.member)
    assert ("ADV-02" in await codes(db)) is found
    said = "far below that of like goods"
    async with client(as_=partners.supplier) as http:
        assert said not in (await http.get(f"/inquiries/{inquiry.id}")).text
    async with client(as_=partners.buyer) as http:
        assert (said in (await http.get(f"/inquiries/{inquiry.id}")).text) is found
    clock.advance(hours=1)  # the buyer offers a price of its own, which nobody is warned of
    async with db.transaction() as tx:
        await offering.counter(tx, quotation.id, make_offer(price="1.20"), by=partners.buyer.member)
    async with client(as_=partners.buyer) as http:
        assert said not in (await http.get(f"/inquiries/{inquiry.id}")).text


async def test_a_place_of_delivery_in_a_country_of_diversion_holds_the_contract(db, ctx, partners):
    """Goods asked for to Germany, and brought to Bishkek: lists of goods were asked about Germany alone."""
    said = make_offer().model_dump(mode="json") | {"rule": "CPT", "place": "Bishkek", "locode": "KGFRU"}
    contract = await draft_contract(ctx, partners, type(make_offer()).model_validate(said))
    await lock_contract(ctx, partners, contract)
    assert await codes(db) == ["BUY-06"]
    with pytest.raises(OnHold):
        await sign_contract(ctx, contract, partners.buyer)


async def test_linked_parties_are_looked_at(db, ctx, partners):
    async with db.transaction() as tx:
        judge = await make_staff(tx, Role.COMPLIANCE)
        await linking.link(
            tx, partners.buyer.organisation_id, partners.supplier.organisation_id, "One owner.", by=judge.member
        )
    contract = await draft_contract(ctx, partners)
    await lock_contract(ctx, partners, contract)
    assert await codes(db) == ["ID-02", "TBML-10"]


async def test_money_that_goes_round_is_found(db, ctx):
    """A pays B, B pays C, and then C buys from A: three payments."""
    async with db.transaction() as tx:
        a, b, c = [await make_company(tx, name) for name in ("Ann", "Ben", "Cam")]
    for buyer, supplier in ((a, b), (b, c)):
        order = await make_order(ctx, Partners(buyer, supplier))
        await fund(ctx, order)
    async with db.transaction(read_only=True) as tx:
        round_, none = [
            await knowing.hops(tx, payer=one.organisation_id, payee=two.organisation_id)
            for one, two in ((c, a), (a, c))
        ]
    assert (round_, none) == (3, 0)
    contract = await draft_contract(ctx, Partners(c, a))
    await lock_contract(ctx, Partners(c, a), contract)
    assert await hits(db, RiskHit.rule, RiskHit.value) == [("TBML-07", "3 →")]
    clock.advance(days=31)
    async with db.transaction(read_only=True) as tx:
        assert await knowing.hops(tx, payer=c.organisation_id, payee=a.organisation_id) == 0


# Papers and shipments


async def shipped(db, ctx, partners, tracking="BMRU6123456780"):
    order = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, order)
    shipment = await ship(db, order, partners, tracking=tracking)
    return order, shipment


async def test_a_transport_document_of_others_is_not_shown_again(db, ctx, client, partners):
    first, _shipment = await shipped(db, ctx, partners)
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Salt Road", country="FR")
    second, _shipment = await shipped(db, ctx, replace(partners, buyer=stranger), "BMRU0000000001")
    third, _shipment = await shipped(db, ctx, partners, "BMRU0000000002")
    async with client(as_=partners.supplier) as http:
        assert (await hand_in_lading(http, first)).status_code == 303
        refused = await hand_in_lading(http, second)
        assert refused.status_code == 422, refused.text[:300]
        assert "was handed in for an order of others" in refused.text
        assert (await hand_in_lading(http, third)).status_code == 303  # of the same two: one document may carry both
    found = [hit for hit in await hits(db, RiskHit.rule, RiskHit.action) if hit[0] == "TBML-04"]
    assert found == [("TBML-04", int(Action.BLOCK)), ("TBML-04", int(Action.REVIEW))]
    async with db.transaction(read_only=True) as tx:
        kept = (await tx.execute(text("SELECT count(*) FROM received_document"))).scalar_one()
    assert kept == 2


async def test_a_load_that_no_container_bears_is_looked_at(db, ctx, client, partners):
    order, shipment = await shipped(db, ctx, partners)
    async with client(as_=partners.supplier) as http:
        await pack(http, order, shipment.id, rows__0__gross="28501", rows__0__net="28000")
        await hand_in_lading(http, order, gross="28501")
    assert "TBML-08" in await codes(db)


@pytest.mark.parametrize(("port", "found"), [("AEJEA", True), ("NLRTM", False)])
async def test_a_detour_is_looked_at(db, ctx, client, partners, port, found):
    order, _shipment = await shipped(db, ctx, partners)
    async with client(as_=partners.supplier) as http:
        assert (await hand_in_lading(http, order, discharge=port)).status_code == 303
    assert ("TBML-06" in await codes(db)) is found


async def test_a_shipment_nobody_heard_of_keeps_its_money_where_it_is(db, ctx, client, partners):
    order, _shipment = await shipped(db, ctx, partners)
    clock.advance(days=13)
    await watching.look_for_unheard(ctx)
    assert await codes(db) == []
    clock.advance(days=1)
    await watching.look_for_unheard(ctx)
    await watching.look_for_unheard(ctx)  # told once
    assert await hits(db, RiskHit.rule, RiskHit.hours) == [("TBML-05", 168)]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, Subject("order", order))


async def test_a_shipment_with_its_paper_is_heard_of(db, ctx, client, partners):
    order, _shipment = await shipped(db, ctx, partners)
    async with client(as_=partners.supplier) as http:
        assert (await hand_in_lading(http, order)).status_code == 303
    clock.advance(days=20)
    await watching.look_for_unheard(ctx)
    assert await codes(db) == []


# Ratings and pretended trades


async def completed(db, ctx, partners, tracking="BMRU6123456780"):
    order, shipment = await shipped(db, ctx, partners, tracking)
    await deliver(db, order, partners, shipment)
    async with db.transaction() as tx:
        await service.accept(tx, order, by=partners.buyer.member)
    await drain(ctx)
    return order


async def rate(db, partners, order):
    async with db.transaction() as tx:
        await service.rate(tx, order, goods=5, service=5, time=5, text="Fine.", by=partners.buyer.member)


async def test_a_trade_of_linked_parties_without_papers_looks_pretended(db, ctx, partners):
    async with db.transaction() as tx:
        judge = await make_staff(tx, Role.COMPLIANCE)
        await linking.link(
            tx, partners.buyer.organisation_id, partners.supplier.organisation_id, "One owner.", by=judge.member
        )
    order = await completed(db, ctx, partners)
    await rate(db, partners, order)
    assert sorted(set(await codes(db))) == ["ID-02", "INF-09", "INF-10", "TBML-10"]


async def test_an_honest_trade_and_its_rating_meet_no_rule(db, ctx, partners):
    order = await completed(db, ctx, partners)
    await rate(db, partners, order)
    assert await codes(db) == []


async def test_many_ratings_of_full_stars_in_a_day_are_looked_at(db, ctx, partners):
    orders = [await completed(db, ctx, partners), await completed(db, ctx, partners, "BMRU0000000001")]
    async with db.transaction() as tx:
        await tx.execute(
            text("""
                INSERT INTO risk_setting
                    (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
                VALUES (gen_random_uuid(), 'INF-09', 'live', '{"a_day": 1}', :at, 'a test', :at, 'approved', :at)
            """),
            {"at": clock.now()},
        )
    for order in orders:
        await rate(db, partners, order)
    assert await hits(db, RiskHit.rule, RiskHit.value) == [("INF-09", "2")]
