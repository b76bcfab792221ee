"""The payment sandbox's own page: readable on every screen, and its levers pulled by hand, without scripts too."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from app.core import clock
from app.core.money import Money
from payments.gateway import PayIn, PayInState
from payments.hosted import HostedPage
from payments.stripe import StripeGateway
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.browser.person import Person
from tests.rails.conftest import fresh
from tests.rails.servers import API_KEY, SECRET, Sandbox


async def fill(sandbox: Sandbox) -> None:
    """One of everything the page can show."""
    gateway = StripeGateway(API_KEY, SECRET, api_base=sandbox.url)
    account, order = await sandbox.open_account(), fresh("order")
    for amount, method in (
        (Money.of("12000.50", "EUR"), "pm_card_bypassPending"),
        (Money.of(450_000, "JPY"), "pm_card_createDispute"),
        (Money.of(80, "USD"), "pm_card_createDisputeInquiry"),
    ):
        await gateway.pay_in(amount, subject=order, reference=f"Order {amount}", key=fresh(), method=method)
    await gateway.transfer(Money.of(900, "EUR"), to_account=account, group=order, key=fresh())
    await gateway.pay_out(account, Money.of(400, "EUR"), key=fresh())
    await gateway.open_account(
        country="DE", email="works@example.com", name="Bremen Lamps", reference="org", key=fresh()
    )
    await gateway.close()
    await sandbox.plan("status_500", share=0.25, seed=7)
    await sandbox.plan_webhooks("reorder", event="charge.", seconds=3, share=0.5)


async def visitor(chromium: Browser, sandbox: Sandbox, inspector: Inspector, *, scripts: bool) -> Person:
    context = await chromium.new_context(base_url=sandbox.url, java_script_enabled=scripts, reduced_motion="reduce")
    return Person("developer", await context.new_page(), inspector, scripts=scripts)


async def test_the_page_can_be_read(sandbox: Sandbox, chromium: Browser, inspector: Inspector) -> None:
    inspector.ways = FOUR_WAYS
    developer = await visitor(chromium, sandbox, inspector, scripts=True)
    await developer.open("/")
    await developer.look("sandbox empty")
    await fill(sandbox)
    await developer.open("/_sandbox/?said=Settled+3.")
    await developer.page.get_by_text("Dispute…").first.click()
    await developer.look("sandbox full")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_its_levers_are_plain_forms(
    sandbox: Sandbox, chromium: Browser, inspector: Inspector, scripts: bool
) -> None:
    await fill(sandbox)
    page = (await visitor(chromium, sandbox, inspector, scripts=scripts)).page
    await page.goto("/")

    async def says(words: str) -> None:
        await page.locator(".notice", has_text=words).wait_for()

    faults = page.locator("section", has=page.locator("#faults"))
    await faults.get_by_label("What happens").select_option("reset_after")
    await faults.get_by_label("Path begins with").fill("/v1/refunds")
    await faults.get_by_label("How many").fill("2")
    await faults.get_by_role("button", name="Plan it").click()
    await says("Planned: reset_after.")
    assert [fault["path"] for fault in (await sandbox.state())["faults"]] == ["/v1/", "/v1/refunds"]
    await faults.get_by_role("button", name="Clear them").click()
    await says("Cleared 2 faults.")

    charges = page.locator("section", has=page.locator("#charges"))
    await charges.get_by_text("Dispute…").last.click()
    await charges.get_by_role("button", name="Dispute").last.click()
    await says("Opened du_")
    disputes = page.locator("section", has=page.locator("#disputes"))
    await disputes.get_by_role("button", name="Won").first.click()
    await says("is won.")
    await disputes.get_by_role("button", name="Make it a chargeback").click()
    await says("is a chargeback now.")

    payouts = page.locator("section", has=page.locator("#payouts"))
    await payouts.get_by_label("Why").select_option("account_closed")
    await payouts.get_by_role("button", name="Fail it").click()
    await says("failed: account_closed.")
    accounts = page.locator("section", has=page.locator("#accounts"))
    await accounts.get_by_role("button", name="Supply everything").first.click()
    await says("has supplied everything.")
    for lever, answer in (("Settle now", "Settled"), ("Forget idempotency keys", "Forgot")):
        await page.get_by_role("button", name=lever).click()
        await says(answer)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_payer_pays_on_its_page(
    sandbox: Sandbox, chromium: Browser, inspector: Inspector, scripts: bool
) -> None:
    """Declined, asked by the bank, paid: each step can be read, and pressed by hand."""
    inspector.ways = FOUR_WAYS
    gateway = StripeGateway(API_KEY, SECRET, api_base=sandbox.url)
    home = f"{sandbox.url}/_sandbox/"
    wish = HostedPage(
        paid_to=f"{home}?said=Paid.", left_to=f"{home}?said=Left.", until=clock.now() + timedelta(hours=2)
    )
    asked = await gateway.pay_in(
        Money.of("12000.50", "EUR"), subject=fresh("order"), reference="RF18 5390 0754 7034", key=fresh(), page=wish
    )
    payer = await visitor(chromium, sandbox, inspector, scripts=scripts)
    page = payer.page

    async def pay(label: str) -> None:
        await page.get_by_label(label).first.check()
        await page.get_by_role("button", name="Pay 12000.50 EUR").click()

    await page.goto(asked.page)
    if scripts:
        await payer.look("sandbox to pay")
    await pay("Card without enough money")
    await page.get_by_text("insufficient funds").wait_for()
    if scripts:
        await payer.look("sandbox declined")
    await pay("Card that needs 3-D Secure")
    await page.get_by_text("Is it you?").wait_for()
    if scripts:
        await payer.look("sandbox asked by the bank")
    await page.get_by_role("button", name="Yes, it is me").click()
    await page.locator(".notice", has_text="Paid.").wait_for()
    assert (await gateway.fetch(PayIn, asked.id)).state is PayInState.SUCCEEDED
    await page.goto(asked.page)
    if scripts:
        await payer.look("sandbox paid already")
    await gateway.close()
