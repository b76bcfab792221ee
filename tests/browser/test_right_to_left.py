"""Pages read from right to left: nothing is too wide, nothing lies on something else, figures stay as they are."""

import pytest

from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.inspection import DESK, PHONE, Inspector
from tests.factories.world import World

PAGES = {
    "visitor": (
        "/",
        "/products?q=mug",
        "/products?incoterm=FOB",
        "/products/{product_id}",
        "/suppliers/{slug}",
        "/categories",
        "/register",
    ),
    "buyer owner": (
        "/",
        "/inquiries",
        "/inquiries/new?product={product_id}",
        "/inquiries/{inquiry_id}",
        "/inquiries/{inquiry_id}/quotations",
        "/quotations/{quotation_id}/counter-offers/new",
        "/rfqs/{rfq_id}",
        "/rfqs/{rfq_id}/comparison",
        "/contracts/{contract_id}",
        "/contracts/{contract_id}/evidence",
        "/orders",
        "/orders/{order_id}",
        "/orders/{order_id}/statement",
        "/payments/{operation_id}",
    ),
    "supplier owner": (
        "/",
        "/my/products",
        "/products/new?category=mugs",
        "/imports/{import_id}",
        "/orders/{order_id}",
        "/payouts",
        "/members",
        "/security",
    ),
    "staff moderator": ("/", "/moderation", "/moderation/{review_id}"),
    "staff compliance": ("/retention",),
    "staff finance_staff": ("/finance", "/finance/bookings", "/finance/proof"),
}
TURN = "document.documentElement.dir = 'rtl'"


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_turned_round_holds_together(
    name: str, world: World, newcomer: Newcomer, signed_in: SignedIn, inspector: Inspector
) -> None:
    actor = world.actors.get(name)
    person = await signed_in(actor, name) if actor else await newcomer(name)
    for path in PAGES[name]:
        await person.open(path.format(**world.parameters))
        await person.page.evaluate(TURN)
        for width in (PHONE, DESK):
            await person.page.set_viewport_size({"width": width, "height": 800})
            await inspector.measure(person.page, f"{name} {path} [{width} px, right to left]")


@pytest.mark.parametrize("figure", [".money-legend bdi", "td.numeric bdi", ".milestone > p > bdi"])
async def test_figures_and_codes_keep_their_own_direction(figure: str, world: World, signed_in: SignedIn) -> None:
    buyer = await signed_in(world.actors["buyer owner"], "buyer")
    await buyer.open(f"/orders/{world.parameters['order_id']}")
    await buyer.page.evaluate(TURN)
    shown = buyer.page.locator(figure).first
    assert await shown.evaluate("e => getComputedStyle(e.parentElement).direction") == "rtl"
    assert await shown.evaluate("e => getComputedStyle(e).direction") == "ltr"
