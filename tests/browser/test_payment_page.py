"""A buyer pays on the provider's page: there and back, given up, declined, and paid."""

import pytest
from fastapi import FastAPI

from app.core.jobs import JobContext
from tests.browser.conftest import SignedIn
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.browser.person import Person
from tests.factories.contracts import Partners, make_order
from tests.factories.people import make_company


@pytest.fixture
async def unpaid(app: FastAPI) -> tuple[Partners, str]:
    """An order that waits for its first payment: the parties, and its address. Ask for it before the site."""
    ctx: JobContext = app.state.jobs
    async with ctx.db.transaction() as tx:
        buyer = await make_company(tx, "Hanse Trading", country="DE", level=3)
        partners = Partners(buyer, await make_company(tx, "Lantern", country="CN", level=3))
    return partners, f"/orders/{await make_order(ctx, partners)}"


async def _pay_there(buyer: Person, label: str) -> None:
    """On the provider's page."""
    await buyer.page.get_by_label(label).first.check()
    await buyer.page.get_by_role("button", name="Pay").click()


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_there_and_back(
    unpaid: tuple[Partners, str], signed_in: SignedIn, inspector: Inspector, locale: str
) -> None:
    inspector.ways = FOUR_WAYS
    partners, order = unpaid
    buyer = await signed_in(partners.buyer, "buyer", locale=locale)
    first = (await buyer.read(order))["money"]["milestones"][0]
    await buyer.open(order)
    await buyer.send(f"card-{first['id']}")
    payment = buyer.path
    await buyer.look("payment to begin")
    await buyer.follow("#progress a[href$='/page']")
    await buyer.follow("a:has-text('Go back without paying')")
    assert buyer.path == payment
    await buyer.look("payment not made yet")
    await buyer.send("give-up")
    await buyer.look("payment given up")
    await buyer.send("again-stripe")
    payment = buyer.path
    await buyer.follow("#progress a[href$='/page']")
    await _pay_there(buyer, "Card that has expired")
    await buyer.page.get_by_text("has expired.").first.wait_for()
    async with buyer.page.expect_navigation(url=f"**{payment}"):
        await _pay_there(buyer, "Card that pays")
    await buyer.look("payment held")
    await buyer.follow(f"#progress a[href='{order}']")
    held = (await buyer.read(order))["money"]["milestones"][0]
    assert held["state"] == "funded"
