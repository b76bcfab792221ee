"""A request to several suppliers: sent, compared, awarded, closed."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.states import IllegalMove
from orders.negotiation import jobs, offering, queries, rfqs
from orders.negotiation.errors import RfqClosed
from tests.factories.deals import make_quotation, offer_data, question
from tests.factories.identities import letters, send_json
from tests.factories.people import make_company
from tests.factories.products import make_product
from tests.forms import submit
from tests.queries import cost


@pytest.fixture
async def market(db):
    """A buyer and three suppliers of mugs."""
    async with db.transaction() as tx:
        suppliers = [await make_company(tx, name) for name in ("Lantern Works", "Kiln and Co", "Jingde Clay")]
        for supplier in suppliers:
            await make_product(tx, supplier)
        buyer = await make_company(tx, "Hansa Import", country="DE")
    return buyer, suppliers


@pytest.fixture
async def asked(db, market):
    """A request to the three, with the inquiry of each: (rfq id, inquiries in the suppliers' order)."""
    buyer, suppliers = market
    async with db.transaction() as tx:
        rfq = await rfqs.request(
            tx,
            question(),
            [],
            category="mugs",
            supplier_ids=[s.organisation_id for s in suppliers],
            closes_on=clock.now().date() + timedelta(days=7),
            by=buyer.member,
        )
    async with db.transaction() as tx:
        lines = await queries.inquiries_of(tx, buyer.organisation_id, side="buyer", rfq_id=rfq.id)
    by_supplier = {line.supplier_id: line.id for line in lines}
    return rfq.id, [by_supplier[s.organisation_id] for s in suppliers]


def priced(price, **changes):
    return {"lines": [{**offer_data()["lines"][0], "price": price}], **changes}


async def test_three_suppliers_compared_and_one_chosen(db, client, market):
    buyer, suppliers = market
    async with client(as_=buyer) as http:
        day = (clock.now().date() + timedelta(days=5)).isoformat()
        sent = await submit(
            http, "/rfqs/new?category=mugs", "rfq", quantity="2000", text="With our logo.", closes_on=day
        )
        assert sent.status_code == 303, sent.text
        rfq = sent.headers["location"]
        detail = (await http.get(f"/api/v1{rfq}")).json()
        assert {s["supplier_id"] for s in detail["suppliers"]} == {str(s.organisation_id) for s in suppliers}
    inquiries = {s["supplier_id"]: s["inquiry_id"] for s in detail["suppliers"]}
    async with db.transaction() as tx:
        for supplier, price, days in zip(suppliers, ("1.20", "1.05", "1.30"), (25, 40, 20), strict=True):
            own = inquiries[str(supplier.organisation_id)]
            await make_quotation(tx, own, supplier, **priced(price, lead_days=days))
    async with client(as_=suppliers[0]) as http:
        page = (await http.get(f"/inquiries/{inquiries[str(suppliers[0].organisation_id)]}")).text
        assert "Kiln and Co" not in page
        assert (await http.get(f"/inquiries/{inquiries[str(suppliers[1].organisation_id)]}")).status_code == 404
        assert (await http.get(rfq)).status_code == 404
    async with client(as_=buyer) as http:
        compared = await http.get(f"{rfq}/comparison")
        assert compared.text.count("compare-mark") == 3
        assert compared.text.index("Kiln and Co") < compared.text.index("Jingde Clay")
        offers = (await http.get(f"/api/v1{rfq}/quotations")).json()
        assert [o["total"]["amount_minor"] for o in offers] == [210000, 240000, 260000]
        chosen = await submit(http, f"{rfq}/comparison", "award-1")
        assert chosen.status_code == 303
        whole = (await http.get(f"/api/v1{rfq}")).json()
    assert whole["state"] == "awarded"
    states = {s["supplier_id"]: (s["state"], s["quotation"]["state"]) for s in whole["suppliers"]}
    assert states[str(suppliers[1].organisation_id)] == ("accepted", "accepted")
    assert states[str(suppliers[0].organisation_id)] == ("rejected", "rejected")
    told = await letters(db, "quotation_rejected")
    assert {letter["to"] for letter in told} == {suppliers[0].member.email, suppliers[2].member.email}
    async with client(as_=suppliers[0]) as http:
        own = await http.get(f"/inquiries/{inquiries[str(suppliers[0].organisation_id)]}")
        assert "Another supplier was chosen." in own.text


async def test_only_one_of_a_request_is_accepted(db, market, asked):
    buyer, suppliers = market
    _rfq, inquiries = asked
    async with db.transaction() as tx:
        one = await make_quotation(tx, inquiries[0], suppliers[0])
        two = await make_quotation(tx, inquiries[1], suppliers[1])
        await offering.accept(tx, one.id, by=buyer.member)
    with pytest.raises(IllegalMove):
        async with db.transaction() as tx:
            await offering.accept(tx, two.id, by=buyer.member)


async def test_after_the_closing_day_only_those_who_quoted_go_on(db, market, asked, ctx):
    buyer, suppliers = market
    rfq_id, inquiries = asked
    async with db.transaction() as tx:
        await make_quotation(tx, inquiries[0], suppliers[0])
    clock.advance(days=8)
    with pytest.raises(RfqClosed):
        async with db.transaction() as tx:
            await make_quotation(tx, inquiries[1], suppliers[1])
    await jobs.close_rfqs(ctx)
    await jobs.close_rfqs(ctx)
    async with db.transaction() as tx:
        revised = await make_quotation(tx, inquiries[0], suppliers[0], lead_days=30)
        assert (await queries.rfq(tx, rfq_id, party=buyer.organisation_id)).state == "closed"
        assert (await queries.inquiry(tx, inquiries[1], party=buyer.organisation_id)).state == "rejected"
        await offering.accept(tx, revised.id, by=buyer.member)
    async with db.transaction() as tx:
        assert (await queries.rfq(tx, rfq_id, party=buyer.organisation_id)).state == "awarded"


async def test_currencies_are_not_compared(db, client, market, asked):
    buyer, suppliers = market
    rfq_id, inquiries = asked
    async with db.transaction() as tx:
        await make_quotation(tx, inquiries[0], suppliers[0], **priced("1.20"))
        await make_quotation(tx, inquiries[1], suppliers[1], **priced("1.05", currency="EUR", lead_days=40))
    async with client(as_=buyer) as http:
        page = (await http.get(f"/rfqs/{rfq_id}/comparison")).text
    assert "different currencies" in page
    assert page.count("compare-mark") == 1


@pytest.mark.parametrize("path", ["/rfqs/{rfq}", "/rfqs/{rfq}/comparison", "/rfqs/{rfq}/quotations"])
async def test_a_stranger_sees_no_request(db, client, market, asked, path):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Third Party")
    for actor in (stranger, market[1][0]):
        async with client(as_=actor) as http:
            assert (await http.get(path.format(rfq=asked[0]))).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closes_on": "2020-01-01"}, "closes_on"),
        ({"closes_on": "2099-01-01"}, "closes_on"),
        ({"category": "no-such-thing"}, "category"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"destination": "XX"}, "destination"),
        ({"target_price": "-1"}, "target_price"),
        ({"target_price": "1", "target_price_currency": "ABC"}, "target_price_currency"),
        ({"title": "x" * 201}, "title"),
        ({"text": "a\x00b"}, "text"),
        ({"supplier_ids": ["not-an-id"]}, "supplier_ids.0"),
    ],
)
async def test_bad_requests_name_the_field(db, client, market, changes, field):
    buyer, _suppliers = market
    sound = {
        "category": "mugs",
        "title": "Mugs",
        "text": "With our logo.",
        "quantity": "2000",
        "unit": "H87",
        "destination": "DE",
        "closes_on": (clock.now().date() + timedelta(days=5)).isoformat(),
    }
    async with client(as_=buyer) as http:
        answer = await send_json(http, "POST", "/api/v1/rfqs", sound | changes)
    assert answer.status_code == 422, answer.text
    assert field in answer.json()["errors"]
    async with db.transaction() as tx:
        assert (await queries.rfqs_of(tx, buyer.organisation_id, offset=0, limit=5))[1] == 0


async def test_pages_ask_as_often_for_many_as_for_one(db, client, market, asked):
    buyer, suppliers = market
    rfq_id, inquiries = asked
    async with db.transaction() as tx:
        await make_quotation(tx, inquiries[0], suppliers[0])
    async with client(as_=buyer) as http:
        pages = ("/rfqs", f"/rfqs/{rfq_id}", f"/rfqs/{rfq_id}/comparison")
        few = await cost(http, db, *pages)
        async with db.transaction() as tx:
            for inquiry, supplier in zip(inquiries[1:], suppliers[1:], strict=True):
                await make_quotation(tx, inquiry, supplier)
            for _each in range(5):
                day = clock.now().date()
                await rfqs.request(tx, question(), [], category="mugs", supplier_ids=[], closes_on=day, by=buyer.member)
        assert await cost(http, db, *pages) == few
