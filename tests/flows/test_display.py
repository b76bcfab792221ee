"""Prices in another currency: beside the supplier's own, with rate and source, and nowhere that money is owed."""

from decimal import Decimal

import pytest

from app.core import clock
from app.core.display import Lens
from app.core.money import UnitPrice
from app.core.periods import day_of
from app.core.rates import Rates
from app.core.runner import drain
from tests.factories.money import fund_by_bank, make_deal
from tests.factories.people import make_company
from tests.factories.products import make_product
from tests.factories.rates import load_today


@pytest.fixture
async def product(app, db):
    """A published product in dollars, and today's rates."""
    async with db.transaction() as tx:
        await load_today(tx, clock.now().date())
        made = await make_product(tx, await make_company(tx))
    await drain(app.state.jobs)
    return made


PLACES = ["/products", "/products/{}", "/"]


@pytest.mark.parametrize("place", PLACES)
async def test_a_visitor_chooses_a_currency_and_sees_it_beside_the_price(client, product, place):
    page = place.format(product)
    async with client() as http:
        before = (await http.get(page)).text
        assert "about CNY" not in before
        [token] = {part.split('"')[0] for part in before.split('name="csrf_token" value="')[1:]}
        sent = await http.post("/currency", data={"currency": "CNY", "next": page, "csrf_token": token})
        assert (sent.status_code, sent.headers["location"]) == (303, page)
        after = (await http.get(page)).text.replace("\u00a0", " ")
        assert "about CNY" in after
        assert "ECB)" in after
        assert after.index("USD") < after.index("about CNY"), "the price that counts comes first"
        await http.post("/currency", data={"currency": "", "next": page, "csrf_token": token})
        assert "about CNY" not in (await http.get(page)).text


async def test_programs_get_both(client, product):
    async with client() as http:
        headers = {"accept": "application/json"}
        [item] = (await http.get("/products?display=JPY", headers=headers)).json()["items"]
        whole = (await http.get(f"/products/{product}?display=JPY", headers=headers)).json()
        bare = (await http.get(f"/products/{product}?display=USD", headers=headers)).json()
    low = Decimal(item["price_low"]) * Decimal("175.68") / Decimal("1.1172")
    assert item["currency"] == "USD"
    assert abs(Decimal(item["converted"]["prices"][0]) - low) < Decimal("0.1")
    assert len(whole["converted"]["prices"]) == len(whole["tiers"])
    assert (whole["converted"]["source"], bare["converted"]) == ("ECB", None)


async def test_without_a_rate_there_is_only_the_price(client, product):
    async with client() as http:
        assert "about XAF" not in (await http.get(f"/products/{product}?display=XAF")).text
        assert (await http.get(f"/products/{product}?display=nonsense")).status_code == 200


async def test_an_order_s_money_is_never_converted(db, client):
    async with db.transaction() as tx:
        await load_today(tx, clock.now().date())
        deal = await make_deal(tx)
        await fund_by_bank(tx, deal.deposit)
    async with client(as_=deal.supplier) as http:
        http.cookies.set("currency", "CNY")
        for page in ("/payouts", "/statements"):
            assert "about CNY" not in (await http.get(page)).text


async def test_a_range_says_its_currency_once(db):
    today = day_of(clock.now(), "UTC")
    async with db.transaction() as tx:
        await load_today(tx, today)
        lens = Lens("CNY", await Rates.on(tx, today))
    text = lens.about(UnitPrice.of("1.00", "USD"), UnitPrice.of("1.20", "USD")).replace("\u00a0", " ")
    assert text.startswith("about CNY 6.653 – 7.983 (rate of ")
    assert lens.about(UnitPrice.of("1", "CNY"), UnitPrice.of("2", "CNY")) == ""
