"""The search page: what is found, shown, counted and suggested, and how much it asks of the database."""

import pytest
from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.core.outbox import enqueue
from listings import service
from listings.models import Product
from listings.search.jobs import reindex
from listings.search.models import ProductSearch
from tests.factories.people import make_company
from tests.factories.products import make_draft, make_product
from tests.factories.restrictions import suspend
from tests.queries import count_queries
from trust.identity.models import Organisation


async def market(db, run_jobs):
    """Two suppliers with three published products between them."""
    async with db.transaction() as tx:
        kiln = await make_company(tx, "Jingdezhen Kiln")
        works = await make_company(tx, "Hamburg Lamps", country="DE")
        mug = await make_product(tx, kiln)
        vase = await make_product(
            tx,
            kiln,
            title_en="Tall vase",
            title_zh="高花瓶",
            category="vases",
            attributes={"ceramic_body": "porcelain", "height_mm": "400"},
        )
        lamp = await make_product(
            tx,
            works,
            title_en="Oak lamp",
            title_zh="橡木台灯",
            category="table-lamps",
            attributes={"power": "9", "light_colour": "warm"},
            currency="EUR",
            incoterms=["EXW"],
            certificates="CE; RoHS",
        )
    await run_jobs()
    return mug, vase, lamp


JSON = {"accept": "application/json"}


async def test_found_in_either_language_with_one_typo(client, db, run_jobs):
    mug, _vase, lamp = await market(db, run_jobs)
    async with client() as http:
        for q, found in (("ceramc mug", mug), ("马克杯", mug), ("台灯", lamp), ("oak", lamp)):
            told = (await http.get("/products", params={"q": q}, headers=JSON)).json()
            assert [item["id"] for item in told["items"]] == [str(found)], q
        page = await http.get("/products?q=ceramc+mug")
        assert "<mark>Ceramic</mark> <mark>mug</mark> with bamboo lid" in page.text
        assert "Jingdezhen Kiln" in page.text
        zh = await http.get("/products?q=马克杯", headers={"accept-language": "zh-CN"})
    assert "350毫升陶瓷<mark>马克杯</mark> 竹盖" in zh.text


async def test_nothing_unpublished_shows_even_before_the_index_knows(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        mug = await make_product(tx, supplier)
        await make_draft(tx, supplier, title_en="Secret mug")
    await run_jobs()
    async with client() as http:
        before = (await http.get("/products?q=mug", headers=JSON)).json()
        assert [item["id"] for item in before["items"]] == [str(mug)]
        async with db.transaction() as tx:
            await service.withdraw(tx, mug, by=supplier.member)
        stale = (await http.get("/products?q=mug", headers=JSON)).json()
        assert stale["items"] == []
        assert (await http.get("/products/suggestions?q=cera", headers=JSON)).json() == {"items": []}
        await run_jobs()
        after = (await http.get("/products?q=mug", headers=JSON)).json()
    assert (after["items"], after["total"]) == ([], 0)


async def test_a_page_that_is_asked_again_shows_what_is_true_now(client, db, run_jobs):
    """Lists are remembered as they were written; what they rest on is asked each time."""
    async with db.transaction() as tx:
        kiln, works = await make_company(tx, "Jingdezhen Kiln"), await make_company(tx, "Hamburg Lamps")
        mug, lamp = await make_product(tx, kiln), await make_product(tx, works, title_en="Oak mug")
    await run_jobs()

    async def shown(**headers):
        async with client() as http:
            page = (await http.get("/products?q=mug", headers=headers)).text
        return {product for product in (mug, lamp) if f"/products/{product}" in page}, page

    first, again = await shown(), await shown()
    assert first[0] == again[0] == {mug, lamp}
    assert "陶瓷" in (await shown(**{"accept-language": "zh-CN"}))[1]
    assert "are converted to look at" in (await shown(cookie="currency=CNY"))[1]
    assert "are converted to look at" not in (await shown())[1]
    async with db.transaction() as tx:
        await service.withdraw(tx, lamp, by=works.member)
    assert (await shown())[0] == {mug}
    async with db.transaction() as tx:
        await tx.execute(
            update(Organisation).where(Organisation.id == kiln.organisation_id).values(name_latin="Kiln of Old")
        )
    assert "Kiln of Old" in (await shown())[1]
    async with db.transaction() as tx:
        await suspend(tx, kiln.organisation_id)
    assert (await shown())[0] == set()


async def test_a_title_is_the_products_own_however_old_the_index_is(client, db, run_jobs):
    mug, _vase, _lamp = await market(db, run_jobs)
    async with db.transaction() as tx:
        await tx.execute(
            update(Product)
            .where(Product.id == mug)
            .values(
                card=func.jsonb_set(Product.card, cast(["title", "en"], ARRAY(Text)), cast("A Ceramic <jug>", JSONB))
            )
        )
    async with client() as http:
        told = (await http.get("/products?q=ceramic+bamboo", headers=JSON)).json()
        page = await http.get("/products?q=ceramic+bamboo")
    assert [item["title_html"] for item in told["items"]] == ["A <mark>Ceramic</mark> &lt;jug&gt;"]
    assert "A <mark>Ceramic</mark> &lt;jug&gt;</a>" in page.text


async def test_filters_stand_in_the_address_and_can_be_lifted(client, db, run_jobs):
    _mug, vase, lamp = await market(db, run_jobs)
    async with client() as http:
        one = await http.get("/products?category=ceramics&certificate=LFGB&sort=price")
        assert "2 products" in one.text
        assert 'href="/products?category=ceramics&amp;sort=price"' in one.text
        branch = (await http.get("/products?category=vases&category=table-lamps", headers=JSON)).json()
        assert {item["id"] for item in branch["items"]} == {str(vase), str(lamp)}
        counts = {entry["label"]: entry["count"] for entry in branch["facets"]["category"]}
        assert counts == {"Mugs and cups": 1, "Table and desk lamps": 1, "Vases and ornaments": 1}
        priced = (await http.get("/products?price_max=2&currency=EUR", headers=JSON)).json()
        assert [item["id"] for item in priced["items"]] == [str(lamp)]
        unset = await http.get("/products?q=&price_min=&price_max=&currency=&moq_max=&verified_since=&sort=")
        assert unset.status_code == 200
        trait = (await http.get("/products?category=table-lamps&attribute=light_colour%3Dwarm", headers=JSON)).json()
    assert [item["id"] for item in trait["items"]] == [str(lamp)]
    assert trait["facets"]["trait:light_colour"][0]["count"] == 1


async def test_suggestions_are_a_list_of_links_and_the_way_to_all_of_them(client, db, run_jobs):
    _mug, _vase, lamp = await market(db, run_jobs)
    async with client() as http:
        listed = await http.get("/products/suggestions?q=oa", headers={"hx-request": "true"})
        nothing = await http.get("/products/suggestions?q=zzz", headers={"hx-request": "true"})
    assert "<html" not in listed.text
    assert f'<a href="/products/{lamp}" dir="auto">Oak lamp</a>' in listed.text
    assert 'href="/products?q=oa"' in listed.text
    assert "<li>" not in nothing.text


@pytest.mark.parametrize(
    "query",
    [
        "price_min=abc",
        "price_max=-1",
        "moq_max=NaN",
        "price_min=Infinity",
        "page=0",
        "per_page=101",
        "sort=best",
        "verified_since=yesterday",
        "q=%00",
        "certificate=a%00b",
        "currency=DOLLAR",
        "q=" + "x" * 201,
    ],
)
async def test_bad_filters_are_refused_by_name(client, query):
    async with client() as http:
        refused = await http.get(f"/api/v1/products?{query}")
        page = await http.get(f"/products?{query}")
    assert refused.status_code == page.status_code == 422
    assert next(iter(refused.json()["errors"])).startswith(query.partition("=")[0])


@pytest.mark.parametrize(
    "query", ["q=%22%27%5C%25_", "q=🛠️‏مرحبا", "currency=XXX&price_max=1", "country=ZZ", "page=9999"]
)
async def test_odd_filters_find_nothing(client, db, run_jobs, query):
    await market(db, run_jobs)
    async with client() as http:
        found = await http.get(f"/api/v1/products?{query}")
        page = await http.get(f"/products?{query}")
    assert found.status_code == page.status_code == 200
    assert found.json()["items"] == []


async def test_an_unknown_category_is_not_there(client):
    async with client() as http:
        assert (await http.get("/products?category=weapons")).status_code == 404


async def test_how_much_the_pages_ask_of_the_database(client, db, run_jobs):
    mug, *_rest = await market(db, run_jobs)
    async with db.transaction() as tx:
        buyer = await make_company(tx, "Buyer", country="DE")
    async with client(as_=buyer) as http:
        with count_queries(db) as sent:
            assert (await http.get("/products?q=ceramic&country=CN")).status_code == 200
        assert len(sent) <= 8, sent
        with count_queries(db) as sent:
            assert (await http.get("/products?q=ceramic&country=CN")).status_code == 200
        assert len(sent) <= 5, sent
        with count_queries(db) as sent:
            assert (await http.get(f"/products/{mug}")).status_code == 200
        assert len(sent) <= 5, sent
        with count_queries(db) as sent:
            assert (await http.get("/my/products")).status_code == 200
        assert len(sent) <= 4, sent


async def test_rebuilt_while_it_is_searched(client, db, ctx, run_jobs):
    mug, *_rest = await market(db, run_jobs)
    async with db.transaction() as tx:
        await tx.execute(update(ProductSearch).values(title_en="stale"))
        await enqueue(tx, reindex)
    await run_jobs()
    async with client() as http:
        told = (await http.get("/products?q=mug", headers=JSON)).json()
        everything = (await http.get("/products", headers=JSON)).json()
    assert [item["id"] for item in told["items"]] == [str(mug)]
    assert everything["total"] == 3
    async with db.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(ProductSearch)) == 3


async def test_storefront_and_categories(client, db, run_jobs):
    await market(db, run_jobs)
    async with db.transaction() as tx:
        row = (await tx.execute(select(Organisation).where(Organisation.name_latin == "Jingdezhen Kiln"))).scalar_one()
    async with client() as http:
        shop = await http.get(f"/suppliers/{row.slug}")
        told = (await http.get(f"/api/v1/suppliers/{row.slug}")).json()
        assert (await http.get("/suppliers/nobody")).status_code == 404
        tree = await http.get("/categories")
        branch = await http.get("/categories/ceramics")
        leaf = await http.get("/categories/mugs")
        assert (await http.get("/categories/nothing")).status_code == 404
    assert "Tall vase" in shop.text
    assert told["total"] == 2
    assert "Mugs and cups" in tree.text
    assert "Ceramic mug with bamboo lid" in branch.text
    assert "691200" in leaf.text


async def test_a_suspended_supplier_is_hidden(client, db, run_jobs):
    mug, *_rest = await market(db, run_jobs)
    async with db.transaction() as tx:
        row = (await tx.execute(select(Organisation).where(Organisation.name_latin == "Jingdezhen Kiln"))).scalar_one()
        await suspend(tx, row.id)
    async with client() as http:
        assert (await http.get("/products?q=mug", headers=JSON)).json()["items"] == []
        assert (await http.get(f"/products/{mug}")).status_code == 404
        assert (await http.get(f"/suppliers/{row.slug}")).status_code == 404
