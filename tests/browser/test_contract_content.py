"""What a contract contains, written in the browser: criteria, clauses, an annex; and the agreement that ends it."""

import io
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from PIL import Image

from app.core.db import Database
from orders.contracts import queries as contracts
from tests.browser import deal
from tests.browser.conftest import SignedIn
from tests.browser.inspection import Inspector
from tests.factories.contracts import Partners, draft_contract, make_order, make_partners


def picture(folder: Path) -> Path:
    drawn, file = io.BytesIO(), folder / "sample.png"
    Image.new("RGB", (60, 40), "teal").save(drawn, "PNG")
    file.write_bytes(drawn.getvalue())
    return file


@dataclass(frozen=True)
class Deals:
    """A draft to be filled, and an order in force to be ended."""

    partners: Partners
    contract_id: UUID
    order_id: UUID


@pytest.fixture
async def deals(app: FastAPI, db: Database) -> Deals:
    """Asked for before those who need the site, whose worker would do the same jobs."""
    partners = await make_partners(db)
    ctx = app.state.jobs
    return Deals(partners, await draft_contract(ctx, partners), await make_order(ctx, partners))


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_a_contract_is_filled_and_ended(
    locale: str, deals: Deals, db: Database, signed_in: SignedIn, inspector: Inspector, tmp_path: Path
) -> None:
    partners, contract_id, order_id = deals.partners, deals.contract_id, deals.order_id
    buyer = await signed_in(partners.buyer, "content-buyer", locale=locale)
    room = f"/contracts/{contract_id}"

    await buyer.open(f"{room}/lines/1?preset=ceramics")
    await buyer.page.locator("[data-rows='measurements'] [data-row-add]").click()
    await buyer.fill("line", measurements__3__property__en="Height", measurements__3__minimum="98.5")
    await buyer.look("contract-line")
    assert await buyer.try_sending("line") == 422
    await buyer.look("contract-line-refused")
    assert await buyer.page.locator("#line [name='measurements.3.minimum']").input_value() == "98.5"
    await buyer.send("line", measurements__3__method="Calliper")

    await buyer.open(f"{room}/clauses")
    await buyer.look("contract-clauses")
    await buyer.page.locator("#clauses [value='packing_sea']").check()
    await buyer.page.locator("[data-rows='own'] [data-row-add]").click()
    await buyer.send("clauses", own__0__title__en="Samples", own__0__body__en="The buyer keeps the sealed sample.")

    await buyer.open(room)
    await buyer.send("annex", file=picture(tmp_path), name="Approved sample")
    await buyer.look("contract-with-content")
    async with db.transaction(read_only=True) as tx:
        terms = (await contracts.contract(tx, contract_id)).terms
    assert len(terms.lines[0].criteria) == 6
    assert [clause.key for clause in terms.chosen or ()] == ["packing_sea"]
    assert [annex.name for annex in terms.annexes or ()] == ["Approved sample"]

    await buyer.open(f"/orders/{order_id}")
    await buyer.page.evaluate("document.querySelector('details:has(#termination-agreement)').open = true")
    await buyer.look("order-termination-form")
    await buyer.send("termination-agreement", reason="The shop has closed.")
    agreement = buyer.path
    await buyer.look("termination-draft")
    supplier = await signed_in(partners.supplier, "content-supplier", locale=locale)
    await deal.agree(supplier, agreement)
    for person in (supplier, buyer):
        await deal.sign(person, agreement)
    await buyer.open(agreement)
    await buyer.look("termination-signed")
    await buyer.open(f"/orders/{order_id}")
    await buyer.look("order-terminated")
