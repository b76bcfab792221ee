"""Trade documents in the browser: packed, issued, a wrong bill of lading seen and mended, declared complete."""

from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.core import clock
from app.core.jobs import JobContext
from tests.browser.conftest import SignedIn
from tests.browser.deal import Papers
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.browser.person import Person
from tests.factories.contracts import Partners, fund, make_order, make_partners
from tests.factories.documents import LADING, PACKED
from tests.factories.shipments import ship


@pytest.fixture
async def shipped(app: FastAPI) -> tuple[Partners, UUID]:
    """A paid order whose goods have left, made before the site runs, whose worker would do the same jobs."""
    ctx: JobContext = app.state.jobs
    partners = await make_partners(ctx.db)
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    await ship(ctx.db, order_id, partners)
    return partners, order_id


async def _hand_in(supplier: Person, page: str, papers: Papers, packages: str) -> None:
    await supplier.open(page)
    said = {**LADING, "packages": packages, "gross": "450", "imo": "9319466", "vessel": "Blue Meridian V"}
    today = clock.now().date().isoformat()
    await supplier.send("transport-1", **said, on_board=today, file=papers.document)


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_documents_from_packing_to_complete(
    locale: str, shipped: tuple[Partners, UUID], signed_in: SignedIn, inspector: Inspector, tmp_path: Path
) -> None:
    partners, order_id = shipped
    inspector.ways = FOUR_WAYS if locale == "en" else inspector.ways
    page, papers = f"/orders/{order_id}/documents", Papers.made(tmp_path)
    supplier = await signed_in(partners.supplier, f"documents-supplier-{locale}", locale=locale)
    await supplier.open(f"/orders/{order_id}")
    await supplier.follow(f"main a[href='{page}']")
    await supplier.look("documents-begin")
    await supplier.follow("main a.button-primary")
    await supplier.fill("packing", **PACKED, rows__0__marks="BUYER 1-25")
    await supplier.page.evaluate("scrollTo(0, 0)")  # the head of a table stays in sight over what is scrolled under it
    await supplier.look("packing-form")
    await supplier.send("packing")
    for kind in ("commercial_invoice", "packing_list"):
        await supplier.send(f"issue-{kind}-1")
    await supplier.look("documents-issued")

    await _hand_in(supplier, page, papers, "24")
    assert await supplier.page.locator(".callout-refused").count() == 1
    assert await supplier.page.locator("#complete-1").count() == 0
    await supplier.look("documents-disagree")
    await _hand_in(supplier, page, papers, "25")
    await supplier.send("complete-1")
    await supplier.look("documents-complete")

    buyer = await signed_in(partners.buyer, f"documents-buyer-{locale}", locale=locale)
    await buyer.open(page)
    assert await buyer.page.locator(".callout-settled").count() == 1
    await buyer.look("documents-read")
    await buyer.open(f"{page}/comparison")
    await buyer.look("documents-comparison")
    assert (await buyer.read(page))["shipments"][0]["state"] == "complete"
