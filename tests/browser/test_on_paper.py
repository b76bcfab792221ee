"""Pages that people print: what was said and agreed, and nothing to press."""

import pytest

from tests.browser.conftest import SignedIn
from tests.factories.world import World

PAPERS = (
    "/contracts/{contract_id}",
    "/orders/{order_id}",
    "/orders/{order_id}/statement",
    "/payments/{operation_id}",
    "/inquiries/{inquiry_id}",
)
TO_PRESS = "nav, button:not(.term), form, input, .button, .masthead, .footer, .next-action"


@pytest.mark.parametrize("paper", PAPERS)
async def test_a_printed_page_has_nothing_to_press(paper: str, world: World, signed_in: SignedIn) -> None:
    buyer = await signed_in(world.actors["buyer owner"], "buyer")
    await buyer.open(paper.format(**world.parameters))
    await buyer.page.emulate_media(media="print", color_scheme="dark")
    assert await buyer.page.locator(TO_PRESS).filter(visible=True).count() == 0
    assert buyer.path in await buyer.page.locator(".print-foot").inner_text()
    assert await buyer.page.locator("h1").is_visible()
    ground = await buyer.page.locator("main").evaluate("e => getComputedStyle(e).getPropertyValue('--paper')")
    assert ground == "#fff"


async def test_everything_of_a_contract_is_printed_also_what_is_folded(world: World, signed_in: SignedIn) -> None:
    buyer = await signed_in(world.actors["buyer owner"], "buyer")
    await buyer.open(f"/contracts/{world.parameters['contract_id']}")
    folded = buyer.page.locator(".paper .fold:not(.notes-settled) .fold-body > *").first
    assert not await folded.is_visible()
    await buyer.page.emulate_media(media="print")
    assert await folded.is_visible()
    assert (await buyer.page.pdf()).startswith(b"%PDF-")
