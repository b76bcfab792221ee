"""A company proves its bank account, on screen: asks, enters what arrived; and a reviewer compares a name."""

from fastapi import FastAPI

from app.core.db import Database
from app.core.jobs import JobContext
from app.core.money import Money
from tests.browser.conftest import SignedIn
from tests.browser.inspection import TWO_WAYS, Inspector
from tests.factories import micro_deposits as proving
from tests.factories.people import make_company, make_staff
from trust.access import Role


async def test_an_account_is_proved(app: FastAPI, db: Database, signed_in: SignedIn, inspector: Inspector) -> None:
    inspector.ways = TWO_WAYS
    ctx: JobContext = app.state.jobs
    await proving.own_money(ctx, Money(10_000, "USD"))
    async with db.transaction() as tx:
        company = await make_company(tx, "Shenzhen Lantern")
        finance = await make_staff(tx, Role.FINANCE_STAFF)
    account = await proving.account_of(ctx, company)
    home = f"/payouts/accounts/{account}"
    owner = await signed_in(company, "owner")
    await owner.open("/payouts")
    await owner.look("payouts with an account to prove")
    await owner.follow("text=Prove this account")
    await owner.look("bank account not proved")
    await owner.send("ask", "button")
    await owner.page.wait_for_selector("text=We send a small amount to this account")
    await owner.look("bank account waits for our bank")

    desk = await signed_in(finance, "finance")
    await desk.open("/finance/runs")
    await desk.look("bank runs with a test transfer")

    asked = await proving.newest(ctx, company, account)
    amount = await proving.send(ctx, asked)
    await owner.speak("zh-Hans")
    await owner.open(home)
    await owner.look("bank account asks for the amount")
    assert await owner.try_sending("amount", amount=str(proving.wrong(amount).decimal)) == 422
    await owner.look("bank account refused an amount")
    await owner.send("amount", amount=str(amount.decimal))
    await owner.page.wait_for_selector(".callout-settled")
    await owner.look("bank account proved")


async def test_a_reviewer_compares_the_names(
    app: FastAPI, db: Database, signed_in: SignedIn, inspector: Inspector
) -> None:
    inspector.ways = TWO_WAYS
    ctx: JobContext = app.state.jobs
    asked = await proving.asked(ctx)
    amount = await proving.send(ctx, asked, name="Guangzhou Umbrella Trading Ltd")
    await proving.enter(ctx, asked, amount)
    async with db.transaction() as tx:
        moderator = await make_staff(tx, Role.MODERATOR)
    reviewer = await signed_in(moderator, "reviewer")
    await reviewer.open("/moderation")
    await reviewer.follow("text=Shenzhen Lantern")
    await reviewer.look("holder of a bank account")
    owner = await signed_in(asked.company, "owner", locale="zh-Hans")
    await owner.open(f"/payouts/accounts/{asked.account}")
    await owner.look("bank account whose holder is looked at")
