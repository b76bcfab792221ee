"""A party reads the evidence of its order, has it packed, watches, and fetches it."""

from datetime import timedelta
from zipfile import ZipFile

import pytest
from fastapi import FastAPI

from app.core import clock, publishing
from app.core.jobs import JobContext
from tests.browser.conftest import SignedIn
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.factories.contracts import Partners, fund, make_order, make_partners


@pytest.fixture
async def order(app: FastAPI) -> tuple[str, Partners]:
    """Made before the site runs, whose worker would do the same jobs."""
    ctx: JobContext = app.state.jobs
    partners = await make_partners(ctx.db)
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    with clock.at(clock.now() + timedelta(days=1, hours=2)):
        await publishing.publish_day(ctx)
    return str(order_id), partners


async def test_evidence_is_read_packed_and_fetched(
    order: tuple[str, Partners], signed_in: SignedIn, inspector: Inspector
) -> None:
    inspector.ways = FOUR_WAYS
    order_id, partners = order
    buyer = await signed_in(partners.buyer, "buyer")
    await buyer.open(f"/orders/{order_id}")
    await buyer.follow('main a[href$="/evidence"]')
    await buyer.page.locator("summary", has_text="Details").nth(1).click()
    await buyer.look("evidence of an order")
    await buyer.send("bundle")
    fetch = buyer.page.get_by_text("Fetch the bundle")
    await fetch.wait_for()
    await buyer.look("bundle ready")
    async with buyer.page.expect_download() as started:
        await fetch.click()
    archive = ZipFile(await (await started.value).path())
    assert {"index.html", "verify.py", "manifest.json", "manifest.p7s"} <= set(archive.namelist())
    await buyer.open("/bundles")
    await buyer.look("bundles")


async def test_in_chinese_without_scripts(order: tuple[str, Partners], signed_in: SignedIn) -> None:
    order_id, partners = order
    supplier = await signed_in(partners.supplier, "supplier", locale="zh-Hans", scripts=False)
    await supplier.open(f"/orders/{order_id}/evidence")
    await supplier.look("evidence of an order")
    await supplier.send("bundle")
    await supplier.open_when(supplier.path, "text=下载证据包")
    await supplier.look("bundle ready")
    await supplier.open("/bundles")
    await supplier.look("bundles")
