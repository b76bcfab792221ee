"""What a person without a mouse needs: the skip link, the menus, dialogs, and the way from an error to its field."""

from app.core.db import Database
from tests.browser.conftest import Newcomer, SignedIn
from tests.factories.people import make_company
from tests.factories.products import make_draft

FOCUSED = "() => document.activeElement.id || document.activeElement.className"


async def test_the_first_tab_stop_skips_to_the_content(newcomer: Newcomer) -> None:
    visitor = await newcomer("visitor")
    await visitor.open("/products")
    await visitor.page.keyboard.press("Tab")
    assert await visitor.page.evaluate(FOCUSED) == "skip"
    assert await visitor.page.locator("a.skip").evaluate("e => e.getBoundingClientRect().top") >= 0
    await visitor.page.keyboard.press("Enter")
    assert await visitor.page.evaluate(FOCUSED) == "main"


async def test_the_account_menu_opens_by_enter_and_closes_by_escape(db: Database, signed_in: SignedIn) -> None:
    async with db.transaction() as tx:
        actor = await make_company(tx)
    person = await signed_in(actor, "owner")
    menu = person.page.locator("details.account")
    await menu.locator("summary").focus()
    await person.page.keyboard.press("Enter")
    await menu.locator("a[href='/security']").wait_for(state="visible")
    await person.page.keyboard.press("Tab")
    assert await menu.evaluate("e => e.contains(document.activeElement)")
    await person.page.keyboard.press("Escape")
    await menu.locator("a[href='/security']").wait_for(state="hidden")
    assert await menu.locator("summary").evaluate("e => e === document.activeElement")


async def test_a_refused_form_is_read_from_its_summary_and_leads_to_the_field(newcomer: Newcomer) -> None:
    visitor = await newcomer("visitor")
    await visitor.open("/register")
    assert await visitor.try_sending("register", company__name_original="Hansa", member__email="nobody") == 422
    await visitor.look("register-refused")
    assert await visitor.page.evaluate(FOCUSED) == "error-summary"
    link = visitor.page.locator("#register .error-summary a[href$='member-email']")
    await link.focus()
    await visitor.page.keyboard.press("Enter")
    assert await visitor.page.evaluate(FOCUSED) == "register-member-email"
    assert await visitor.page.locator("#register-company-name_original").input_value() == "Hansa"


async def test_a_grave_step_asks_first_and_no_is_the_way_out(db: Database, signed_in: SignedIn) -> None:
    async with db.transaction() as tx:
        actor = await make_company(tx, buys=False)
        product = await make_draft(tx, actor)
    supplier = await signed_in(actor, "supplier")
    await supplier.open(f"/products/{product.id}")
    button = supplier.page.locator("#withdrawal button")
    await button.focus()
    await supplier.page.keyboard.press("Enter")
    dialog = supplier.page.locator("dialog[open]")
    await dialog.wait_for()
    assert await dialog.evaluate("e => e.contains(document.activeElement)")
    await supplier.look("confirm-dialog")
    await supplier.page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    assert await button.evaluate("e => e === document.activeElement")
    assert (await supplier.read(f"/products/{product.id}"))["state"] == "draft"
