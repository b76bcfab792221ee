"""From the inquiry to the agreement in browsers that run no scripts."""

from typing import Any

from app.core.db import Database
from tests.browser import deal
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.deal import Papers
from tests.factories.people import make_company
from tests.factories.products import make_product

SHORT_PRICES: list[dict[str, Any]] = [{"min_quantity": "500", "price": "1.25"}]


async def test_a_price_is_agreed_without_scripts(db: Database, signed_in: SignedIn, tmp_path: Any) -> None:
    async with db.transaction() as tx:
        seller = await make_company(tx, "Shenzhen Lantern", country="CN", buys=False)
        customer = await make_company(tx, "Hansa Import", country="DE", sells=False)
        product = await make_product(tx, seller, tiers=SHORT_PRICES)
    supplier = await signed_in(seller, "supplier-plain", scripts=False)
    buyer = await signed_in(customer, "buyer-plain", scripts=False)

    await deal.find(buyer, f"/products/{product}", "mug")
    room = await deal.inquire(buyer, f"/products/{product}")
    await supplier.open(room)
    await supplier.send("message", text="In stock.", files=Papers.made(tmp_path).document)
    await deal.quote(supplier, room, **deal.terms("1.18"))
    await deal.counter(buyer, room, **deal.terms("1.12", "20", "80"))
    await supplier.open(room)
    await supplier.send("accept")
    await buyer.open_when(room, ".deal-desk a[href^='/contracts/']")

    agreed = await buyer.read(room)
    versions = await buyer.read(f"{room}/quotations")
    assert agreed["state"] == "accepted"
    assert [version["state"] for version in versions][-1] == "accepted"
    assert versions[-1]["total"] == {"amount_minor": 224000, "currency": "USD"}


async def test_a_product_is_found_without_scripts(db: Database, newcomer: Newcomer) -> None:
    async with db.transaction() as tx:
        product = await make_product(tx, await make_company(tx, buys=False))
    visitor = await newcomer("visitor-plain", scripts=False)
    await visitor.open_when("/products?q=mug", f"a[href='/products/{product}']")
    await visitor.open("/")
    await visitor.page.locator("#hero-q").fill("mug")
    await visitor.follow(".search-large button")
    assert visitor.path == "/products"
    assert await visitor.page.locator("#masthead-q").input_value() == "mug"
    await visitor.follow(f"a[href='/products/{product}']:not([tabindex])")
    assert visitor.path == f"/products/{product}"


async def test_a_refused_form_keeps_what_was_typed(db: Database, signed_in: SignedIn) -> None:
    async with db.transaction() as tx:
        customer = await make_company(tx, "Hansa Import", country="DE", sells=False)
        product = await make_product(tx, await make_company(tx, buys=False), tiers=SHORT_PRICES)
    buyer = await signed_in(customer, "buyer-plain", scripts=False)
    await buyer.open(f"/inquiries/new?product={product}")

    asked = {**deal.QUESTION, "quantity": "-3"}
    assert await buyer.try_sending("inquiry", **asked) == 422

    assert await buyer.page.locator("#inquiry-quantity").get_attribute("aria-invalid") == "true"
    assert await buyer.page.locator("#inquiry .error-summary a").get_attribute("href") == "#inquiry-quantity"
    for name in ("quantity", "text", "place"):
        assert await buyer.page.locator(f"#inquiry-{name}").input_value() == asked[name]
    assert (await buyer.read("/inquiries"))["total"] == 0
