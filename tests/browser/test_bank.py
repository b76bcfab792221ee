"""Finance's day at the bank, on screen: a statement comes in, a case is decided by two, a run goes out by two."""

from pathlib import Path

from fastapi import FastAPI

from app.core.db import Database
from app.core.jobs import JobContext
from app.core.money import Money
from payments.escrow import service as escrow
from tests.browser.conftest import SignedIn
from tests.browser.inspection import TWO_WAYS, Inspector
from tests.factories.money import make_deal, make_finance
from tests.factories.statements import Entry, send_in, statement, transfer


async def test_a_day_at_the_bank(
    app: FastAPI, db: Database, signed_in: SignedIn, inspector: Inspector, tmp_path: Path
) -> None:
    inspector.ways = TWO_WAYS
    ctx: JobContext = app.state.jobs
    async with db.transaction() as tx:
        first, second, early = await make_finance(tx), await make_finance(tx), await make_deal(tx)
        deal = await make_deal(tx)
    await send_in(ctx, statement(transfer(early.deposit), sequence=1), first)
    async with db.transaction() as tx:
        await escrow.refund(tx, early.subject, early.deposit.id, by=None, reason="called off")
    data = statement(
        transfer(deal.deposit),
        transfer(deal.balance, amount=Money.of("712.50", "USD"), name="Hansa Import GmbH"),
        Entry(Money.of("1.15", "USD"), code="ACMT/MCOP/INTR", name="", account="", bank=""),
        opening=30000,
        sequence=2,
    )
    maker = await signed_in(first, "maker")
    checker = await signed_in(second, "checker", locale="zh-Hans")

    await maker.open("/finance/statements")
    await maker.look("bank statements")
    file = tmp_path / "november.xml"
    file.write_bytes(data)
    await maker.send("statement", file=file)
    await maker.open_when("/finance/statements", "td .badge-settled")
    await maker.look("bank statement imported")

    await maker.open("/finance/cases")
    await maker.look("bank cases")
    await maker.follow("text=Too much")
    await maker.look("bank case")
    await maker.send("do-apply_and_return", reason="The buyer rounded up.")
    await maker.page.wait_for_selector("text=another person decides")
    address = maker.page.url
    await checker.open(address)
    await checker.look("bank case to agree")
    await checker.send("approve", "button")
    await checker.page.wait_for_selector(".badge-settled")
    await checker.look("bank case closed")

    await maker.open("/finance/runs")
    await maker.look("bank runs")
    await maker.send("run")
    await maker.page.wait_for_selector("text=You made this run")
    await maker.look("bank run made")
    address = maker.page.url
    await checker.open(address)
    await checker.look("bank run to approve")
    await checker.send("approve", "button")
    await checker.page.wait_for_selector("form#file")
    async with checker.page.expect_download() as download:
        await checker.page.locator("form#file button").click()
    sent = await download.value
    assert sent.suggested_filename.endswith(".xml")
    await checker.open(address)
    await checker.look("bank run sent")

    buyer = await signed_in(deal.buyer, "buyer")
    await buyer.open(f"/milestones/{deal.deposit.id}/transfer")
    await buyer.look("bank instructions")
