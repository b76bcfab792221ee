"""A deal of 30 on production, 40 against the bill of lading and 30 on acceptance, played in the browser to its end."""

from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.core import clock
from app.core.db import Database
from tests.browser import deal
from tests.browser.conftest import SignedIn
from tests.browser.deal import Papers
from tests.browser.inspection import Inspector
from tests.browser.person import Person
from tests.factories.contracts import Partners, make_order, make_partners
from tests.factories.deals import make_inquiry

TOTAL = 2000 * 125
PRODUCTION, LADING, ACCEPTANCE = range(3)


async def _agree(buyer: Person, supplier: Person, room: str) -> str:
    """A quotation with a usual plan, then one with a plan of the supplier's own, accepted and signed; the order."""
    given = {name: value for name, value in deal.terms("1.25").items() if not name.startswith("milestones")}
    goods = {"lines__0__description": "Ceramic mug with bamboo lid", "lines__0__hs_code": "691200"}
    await deal.quote(supplier, room, **given, **goods, plan="documents")
    await supplier.open(f"{room}/quotations/new")
    assert await supplier.page.locator("#offer [name='milestones.1.evidence']").input_value() == "bill_of_lading"
    await supplier.fill("offer", milestones__0__refundable="20", milestones__1__answer_days="3")
    await supplier.look("quotation-own-plan")
    await supplier.send("offer")
    return await deal.conclude(buyer, supplier, room)


async def _submit(supplier: Person, order: str, milestone: str, papers: Papers, **facts: str) -> None:
    await supplier.open(order)
    await supplier.look("evidence-to-submit")
    today = clock.now().date().isoformat()
    await supplier.send(f"evidence-{milestone}", done_on=today, files=papers.document, **facts)
    await supplier.look("evidence-submitted")


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_a_deal_by_documents(
    locale: str, app: FastAPI, db: Database, signed_in: SignedIn, inspector: Inspector, tmp_path: Path
) -> None:
    partners = await make_partners(db)
    async with db.transaction() as tx:
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
    papers = Papers.made(tmp_path)
    supplier = await signed_in(partners.supplier, "milestone-supplier", locale=locale)
    buyer = await signed_in(partners.buyer, "milestone-buyer", locale=locale)
    order = await _agree(buyer, supplier, f"/inquiries/{inquiry.id}")

    ids = [part["id"] for part in (await buyer.read(order))["plan"]]
    for milestone in ids:
        await deal.pay_by_card(buyer, order, milestone)
    await _submit(supplier, order, ids[PRODUCTION], papers, quantity="2,000 mugs, glazed and packed")
    await buyer.open("/")
    await buyer.look("home-evidence-to-answer")
    await buyer.open(order)
    await buyer.look("evidence-to-answer")
    await buyer.send(f"object-{ids[PRODUCTION]}", reason="The photographs show one pallet only.")
    await buyer.look("evidence-objected")
    await _submit(supplier, order, ids[PRODUCTION], papers, quantity="2,000 mugs, all four pallets")
    await buyer.open(order)
    await buyer.send("accept-evidence")
    await buyer.look("evidence-accepted")
    held = (await buyer.read(order))["money"]["milestones"]
    assert held[PRODUCTION]["held"]["amount_minor"] == TOTAL * 30 // 100 * 20 // 100

    await deal.ship(supplier, order, papers)
    await _submit(supplier, order, ids[LADING], papers)
    await buyer.open(order)
    await buyer.send("accept-evidence")
    await deal.take_delivery(buyer, order)
    end = await buyer.read(order)
    assert [part["state"] for part in end["plan"]] == ["accepted"] * 3
    assert end["money"]["released"]["amount_minor"] + end["money"]["fees"]["amount_minor"] == TOTAL
    assert end["money"]["held"]["amount_minor"] == 0


@pytest.fixture
async def dealt(app: FastAPI, db: Database) -> tuple[Partners, UUID]:
    """An order, made before the site runs, whose worker would do the same jobs."""
    partners = await make_partners(db)
    return partners, await make_order(app.state.jobs, partners)


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_an_amendment_is_proposed_and_signed(
    locale: str, dealt: tuple[Partners, UUID], signed_in: SignedIn, inspector: Inspector
) -> None:
    partners, order_id = dealt
    supplier = await signed_in(partners.supplier, "amending-supplier", locale=locale)
    buyer = await signed_in(partners.buyer, "amending-buyer", locale=locale)
    order = f"/orders/{order_id}"
    await supplier.open(order)
    await supplier.fill(
        "amendment",
        lines__0__price="2.2",
        milestones__0__amount="660.00",
        milestones__1__amount="1540.00",
        reason="A plainer glaze. 釉面改为单色。",
    )
    await supplier.page.evaluate("scrollTo(0, 0)")  # the bar that stays in sight lies on what is scrolled under it
    await supplier.look("amendment-form")
    await supplier.send("amendment")
    amendment = supplier.path
    await supplier.look("amendment-proposed")
    await deal.agree(buyer, amendment)
    for person in (buyer, supplier):
        await deal.sign(person, amendment)
    await buyer.open(order)
    await buyer.look("order-amended")
    read = await buyer.read(order)
    assert read["money"]["agreed"]["amount_minor"] == read["total"]["amount_minor"] == 220_000
