"""What no product may say: each refusal names the field and changes nothing."""

import io
import json
import struct
import zlib

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from listings import queries, service
from listings.content import Text
from listings.models import PictureFile, Product, ProductRevision
from tests.factories.people import make_company, make_staff
from tests.factories.products import form_data, make_draft, make_product, product_data
from tests.forms import forms_of, submit
from trust.access import Role

LONG = "x" * 7000


async def token(http) -> dict[str, str]:
    page = await http.get("/products/new?category=mugs")
    fields = forms_of(page.text)["product"]["fields"]
    return {"accept": "application/json", "x-csrf-token": fields["csrf_token"]}


def tiers(*pairs):
    return [{"min_quantity": quantity, "price": price} for quantity, price in pairs]


REFUSED = [
    ({"title_en": "", "title_zh": ""}, "title_en"),
    ({"title_en": "x" * 121}, "title_en"),
    ({"title_en": "Mug\x00"}, "title_en"),
    ({"title_en": "Mug\x1b[0m"}, "title_en"),
    ({"title_en": 5}, "title_en"),
    ({"title_en": ["a"]}, "title_en"),
    ({"title_zh": "\ud800"}, "title_zh"),
    ({"description_en": "", "description_zh": ""}, "description_en"),
    ({"description_en": LONG}, "description_en"),
    ({"category": "weapons"}, "category"),
    ({"category": "ceramics"}, "category"),
    ({"attributes": {"ceramic_body": "stoneware"}}, "attributes.capacity_ml"),
    ({"attributes": {"ceramic_body": "gold", "capacity_ml": "350"}}, "attributes.ceramic_body"),
    ({"attributes": {"ceramic_body": "stoneware", "capacity_ml": "-1"}}, "attributes.capacity_ml"),
    ({"attributes": {"ceramic_body": "stoneware", "capacity_ml": "350", "smell": "x"}}, "attributes.smell"),
    ({"attributes": [1]}, "attributes"),
    ({"hs_code": "69"}, "hs_code"),
    ({"hs_code": "690000000000"}, "hs_code"),
    ({"hs_code": "٦٩١٢٠٠"}, "hs_code"),
    ({"hs_code": "771200"}, "hs_code"),
    ({"origin": "XX"}, "origin"),
    ({"unit": "BOX"}, "unit"),
    ({"currency": "ABC"}, "currency"),
    ({"currency": "XAU"}, "currency"),
    ({"tiers": []}, "tiers"),
    ({"tiers": "many"}, "tiers"),
    ({"tiers": tiers(*((str(n), "1") for n in range(1, 12)))}, "tiers"),
    ({"tiers": tiers(("500", "0"))}, "tiers.0.price"),
    ({"tiers": tiers(("500", "-1.25"))}, "tiers.0.price"),
    ({"tiers": tiers(("500", "1.1234567"))}, "tiers.0.price"),
    ({"tiers": tiers(("500", "NaN"))}, "tiers.0.price"),
    ({"tiers": tiers(("500", "1e400"))}, "tiers.0.price"),
    ({"tiers": tiers(("500", "one"))}, "tiers.0.price"),
    ({"tiers": tiers(("500", True))}, "tiers.0.price"),
    ({"tiers": tiers(("0", "1"))}, "tiers.0.min_quantity"),
    ({"tiers": tiers(("1.5", "1"))}, "tiers.0.min_quantity"),
    ({"tiers": tiers(("500", "1.25"), ("500", "1"))}, "tiers.1.min_quantity"),
    ({"tiers": tiers(("500", "1.25"), ("100", "1"))}, "tiers.1.min_quantity"),
    ({"tiers": tiers(("500", "1.25"), ("1000", "1.3"))}, "tiers.1.price"),
    ({"lead_time_days": -1}, "lead_time_days"),
    ({"lead_time_days": "soon"}, "lead_time_days"),
    ({"port": ""}, "port"),
    ({"port_code": "SHENZ"[:4]}, "port_code"),
    ({"incoterms": []}, "incoterms"),
    ({"incoterms": ["FBO"]}, "incoterms"),
    ({"sample_price": "-1"}, "sample_price"),
    ({"sample_price": None, "sample_days": 3}, "sample_price"),
    ({"certificates": [{"name": ""}]}, "certificates.0.name"),
    ({"certificates": [{"name": "CE", "valid_until": "soon"}]}, "certificates.0.valid_until"),
    ({"unknown": 1}, "unknown"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
async def test_refused_by_name(client, db, changes, field):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        headers = await token(http) | {"content-type": "application/json"}
        refused = await http.post("/api/v1/products", content=json.dumps(product_data(**changes)), headers=headers)
    assert refused.status_code == 422, refused.text
    assert field in refused.json()["errors"]
    async with db.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(Product)) == 0


async def test_a_refused_form_keeps_what_was_typed(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        values = form_data(tiers=tiers(("500", "1.25"), ("400", "1.11")), title_en="Kept title")
        again = await submit(http, "/products/new?category=mugs", "product", **values)
    assert again.status_code == 422
    fields = forms_of(again.text)["product"]["fields"]
    assert fields["title_en"] == "Kept title"
    assert fields["tiers.1.min_quantity"] == "400"
    assert fields["tiers.1.price"] == "1.11"
    assert 'id="product-tiers-1-min_quantity-error"' in again.text


async def test_odd_but_sound_text_is_kept_as_it_is(client, db):
    title = "‏كوب خزفي‎ ☕ 👩‍🔬 <b>mug</b> & 'quotes'"
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product_id = await make_product(tx, supplier, title_en=title, title_zh="")
    async with client() as http:
        page = await http.get(f"/products/{product_id}")
        told = (await http.get(f"/api/v1/products/{product_id}")).json()
    assert told["title"] == {"en": title, "zh": ""}
    assert "<b>mug</b>" not in page.text


async def test_prices_keep_six_decimals(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product_id = await make_product(tx, supplier, tiers=tiers(("10000", "0.004250"), ("1000000", "0.000001")))
    async with client() as http:
        told = (await http.get(f"/api/v1/products/{product_id}")).json()
        page = await http.get(f"/products/{product_id}")
    assert [tier["price"]["amount"] for tier in told["tiers"]] == ["0.004250", "0.000001"]
    assert "USD\u00a00.00425" in page.text


async def test_a_strangers_product_is_not_there(client, db):
    async with db.transaction() as tx:
        supplier, stranger = await make_company(tx), await make_company(tx, "Stranger")
        moderator = await make_staff(tx, Role.MODERATOR)
        draft = (await make_draft(tx, supplier)).id
        public = await make_product(tx, supplier)
    async with client(as_=stranger) as http:
        headers = await token(http)
        assert (await http.get(f"/products/{draft}")).status_code == 404
        assert (await http.get(f"/products/{draft}?revision=1")).status_code == 404
        assert (await http.get(f"/products/{public}?revision=1")).status_code == 404
        for product_id in (draft, public):
            assert (await http.get(f"/products/{product_id}/edit")).status_code == 404
            assert (await http.put(f"/products/{product_id}", json=product_data(), headers=headers)).status_code == 404
            for move in ("submission", "withdrawal", "pictures/removal"):
                body = {"key": "x"} if move.startswith("pictures") else {}
                sent = await http.post(f"/products/{product_id}/{move}", json=body, headers=headers)
                assert sent.status_code == 404, move
        several = await http.post("/my/products/withdrawal", json={"ids": [str(public)]}, headers=headers)
        assert several.status_code == 404
        assert (await http.get("/my/products", headers=headers)).json()["total"] == 0
    async with client(as_=moderator) as http:
        assert (await http.get(f"/products/{draft}")).status_code == 200
        assert (await http.get(f"/products/{draft}/edit")).status_code in {403, 404}
    async with client() as visitor:
        assert (await visitor.get(f"/products/{draft}")).status_code == 404
        assert (await visitor.get("/products/not-an-id")).status_code == 404
        assert (await visitor.get("/my/products")).status_code == 303
        assert (await visitor.get(f"/products/{public}")).status_code == 200


async def test_only_those_who_sell_may_list(client, db):
    async with db.transaction() as tx:
        buyer = await make_company(tx, roles=(Role.PURCHASER,))
    async with client(as_=buyer) as http:
        assert (await http.get("/products/new")).status_code == 403
        assert (await http.get("/my/products")).status_code == 403
        assert (await http.get("/imports")).status_code == 403


async def test_an_item_number_is_given_once_in_a_company(client, db):
    async with db.transaction() as tx:
        supplier, other = await make_company(tx), await make_company(tx, "Other")
    for actor, status in ((supplier, 201), (supplier, 409), (other, 201)):
        async with client(as_=actor) as http:
            made = await http.post("/api/v1/products", json=product_data(reference="M-1"), headers=await token(http))
            assert made.status_code == status


async def test_what_was_submitted_cannot_change_even_by_hand(db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product_id = await make_product(tx, supplier)
    for attempt in ("content", "delete"):
        with pytest.raises(IntegrityError, match=r"submitted and cannot change|not deleted"):
            await _tamper(db, product_id, attempt)
    async with db.transaction() as tx:
        assert (await queries.published(tx, product_id)).title_en == "Ceramic mug with bamboo lid, 350 ml"


async def _tamper(db, product_id, attempt):
    async with db.transaction() as tx:
        row = (await tx.scalars(select(ProductRevision).where(ProductRevision.product_id == product_id))).one()
        if attempt == "delete":
            await tx.delete(row)
        else:
            row.content = row.content.model_copy(update={"title": Text(en="Other")})


def picture(kind="JPEG", size=(900, 700)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (180, 60, 40)).save(file, kind)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG whose header promises 100,000 × 100,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


async def test_pictures_come_with_the_form_and_are_served(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    files = [("uploads", ("a.jpg", picture(), "image/jpeg")), ("uploads", ("b.png", picture("PNG"), "image/png"))]
    async with client(as_=supplier) as http:
        made = await submit(http, "/products/new?category=mugs", "product", files=files, **form_data())
        assert made.status_code == 303, made.text
        address = made.headers["location"]
        told = (await http.get(f"/api/v1{address}")).json()
        assert len(told["pictures"]) == 2
        first, second = told["pictures"]
        assert first["alt"]["en"] == "Ceramic mug with bamboo lid, 350 ml"
        edit = forms_of((await http.get(f"{address}/edit")).text)["product"]["fields"]
        assert edit["pictures.0.key"] == first["key"]
        swapped = {"pictures__0__position": "9", "pictures__1__alt_en": "From above"}
        assert (await submit(http, f"{address}/edit", "product", **swapped)).status_code == 303
        told = (await http.get(f"/api/v1{address}")).json()
        assert [p["key"] for p in told["pictures"]] == [second["key"], first["key"]]
        assert told["pictures"][0]["alt"]["en"] == "From above"
        assert (await submit(http, f"{address}/edit", "product", pictures__0__remove="true")).status_code == 303
        assert [p["key"] for p in (await http.get(f"/api/v1{address}")).json()["pictures"]] == [first["key"]]
    async with client() as visitor:
        shown = await visitor.get(first["images"]["card"])
        assert shown.status_code == 200
        assert shown.headers["content-type"] == "image/webp"
        assert "immutable" in shown.headers["cache-control"]
        assert (await visitor.get("/files/ab/" + "ab" * 32)).status_code == 404
        assert (await visitor.get("/files/../etc")).status_code == 404
        assert (await visitor.get("/files/%00/x")).status_code == 404


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jpg", b"GIF89a not a picture"),
        ("a.jpg", b"<svg onload=alert(1)>"),
        ("a.jpg", picture()[:2000]),
        ("a.png", bomb()),
        ("a.jpg", b""),
    ],
)
async def test_what_is_no_picture_is_refused(client, db, name, data):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product = await make_draft(tx, supplier)
    async with client(as_=supplier) as http:
        headers = await token(http)
        alone = await http.post(f"/products/{product.id}/pictures", files={"file": (name, data)}, headers=headers)
        page = f"/products/{product.id}/edit"
        sent = await submit(http, page, "product", files={"uploads": (name, data)}, title_en="Changed")
    assert alone.status_code == 422
    assert "file" in alone.json()["errors"]
    assert sent.status_code == 422
    assert 'id="product-uploads-error"' in sent.text
    async with db.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(PictureFile)) == 0
        found = await queries.newest(tx, product.id, reader=supplier.member)
    assert found.content.title.en == "Ceramic mug with bamboo lid, 350 ml"


async def test_twelve_pictures_at_most(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product = await make_draft(tx, supplier)
    async with client(as_=supplier) as http:
        many = [("uploads", (f"{n}.png", picture("PNG", (20 + n, 20)))) for n in range(13)]
        refused = await submit(http, f"/products/{product.id}/edit", "product", files=many)
        headers = await token(http)
        one = await http.post(f"/products/{product.id}/pictures", files={"file": ("a.jpg", picture())}, headers=headers)
        assert one.status_code == 201, one.text
        key = one.json()["sizes"]["full"]["key"]
        wrong = await http.post(f"/products/{product.id}/pictures/removal", json={"key": "x"}, headers=headers)
        right = await http.post(f"/products/{product.id}/pictures/removal", json={"key": key}, headers=headers)
    assert (refused.status_code, wrong.status_code, right.status_code) == (422, 422, 200)


async def test_withdrawn_twice_is_told(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product_id = await make_product(tx, supplier)
        await service.withdraw(tx, product_id, by=supplier.member)
    async with client(as_=supplier) as http:
        again = await http.post(f"/api/v1/products/{product_id}/withdrawal", headers=await token(http))
    assert again.status_code == 409
    assert again.json()["code"] == "illegal_move"
