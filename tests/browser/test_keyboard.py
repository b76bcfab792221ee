"""What a person without a mouse needs: to see where one is, to search, to open menus and dialogs, to send a
message, and the way from an error to its field."""

from pathlib import Path

from playwright.async_api import FileChooser

from app.core.db import Database
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.deal import Papers
from tests.browser.person import PATIENCE
from tests.factories.deals import make_inquiry
from tests.factories.people import make_company
from tests.factories.products import make_draft, make_product
from tests.rails.servers import until

FOCUSED = "() => document.activeElement.id || document.activeElement.className"
OFFERS = ".masthead .search-offers"
UNSEEN = """() => {
    const here = document.activeElement, box = here.closest(".field-control, .search, .product") ?? here;
    const drawn = [here, box].map(e => getComputedStyle(e))
        .some(style => style.outlineStyle !== "none" && style.outlineWidth !== "0px");
    return drawn && here.getBoundingClientRect().width > 1 ? "" : here.outerHTML.slice(0, 160);
}"""


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


async def test_the_focus_can_always_be_seen(db: Database, signed_in: SignedIn) -> None:
    async with db.transaction() as tx:
        seller = await make_company(tx, buys=False)
        actor = await make_company(tx, "Hansa Import", country="DE", sells=False)
        inquiry = await make_inquiry(tx, actor, seller)
        product = await make_product(tx, seller)
    buyer = await signed_in(actor, "buyer")
    for path in ("/products", f"/products/{product}", f"/inquiries/new?product={product}", f"/inquiries/{inquiry.id}"):
        await buyer.open(path)
        stops = await buyer.page.locator(
            "a:visible, button:visible, input:visible, select:visible, summary:visible"
        ).count()
        for _ in range(stops):
            await buyer.page.keyboard.press("Tab")
            assert await buyer.page.evaluate(UNSEEN) == "", path


async def test_the_search_offers_products_to_arrow_keys(db: Database, newcomer: Newcomer) -> None:
    async with db.transaction() as tx:
        product = await make_product(tx, await make_company(tx, buys=False))
    visitor = await newcomer("visitor")
    await visitor.open_when("/products?q=mug", f"a[href='/products/{product}']")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url) if "/suggestions" in request.url else None)
    search, offers = visitor.page.locator("#masthead-q"), visitor.page.locator(OFFERS)

    await visitor.open("/categories")
    await search.focus()
    await visitor.page.keyboard.type("cer")
    first = offers.locator("a").first
    await first.wait_for()
    assert all(len(url.partition("q=")[2]) >= 2 for url in asked), asked
    await visitor.look("suggestions")

    await visitor.page.keyboard.press("ArrowDown")
    assert await first.evaluate("e => e === document.activeElement")
    await visitor.page.keyboard.press("Escape")
    await offers.wait_for(state="hidden")
    assert await visitor.page.evaluate(FOCUSED) == "masthead-q"
    assert await search.input_value() == "cer"

    await visitor.page.keyboard.type("a")
    await first.wait_for()
    await visitor.page.keyboard.press("ArrowDown")
    async with visitor.page.expect_navigation():
        await visitor.page.keyboard.press("Enter")
    assert visitor.path == f"/products/{product}"


async def test_a_message_with_a_file_is_sent_from_the_keyboard(
    db: Database, signed_in: SignedIn, tmp_path: Path
) -> None:
    async with db.transaction() as tx:
        actor = await make_company(tx, "Hansa Import", country="DE", sells=False)
        inquiry = await make_inquiry(tx, actor, await make_company(tx, buys=False))
    buyer = await signed_in(actor, "buyer")
    choosers: list[FileChooser] = []

    def offered(chooser: FileChooser) -> None:
        choosers.append(chooser)

    buyer.page.on("filechooser", offered)  # before the page is opened: the browser must know in time
    await buyer.open(f"/inquiries/{inquiry.id}")
    await buyer.page.locator("#message-text").focus()
    await buyer.page.keyboard.type("See the drawing.")
    await buyer.page.keyboard.press("Tab")
    assert await buyer.page.evaluate(FOCUSED) == "message-files"
    await buyer.page.keyboard.press("Space")

    async def asked() -> bool:
        return bool(choosers)

    await until(asked, PATIENCE)
    await choosers[0].set_files(Papers.made(tmp_path).document)
    await buyer.page.locator("#message [data-upload-list]").get_by_text("licence.pdf").wait_for()
    await buyer.page.keyboard.press("Tab")
    async with buyer.page.expect_navigation():
        await buyer.page.keyboard.press("Enter")
    said = buyer.page.locator(".thread .message").last
    assert "See the drawing." in await said.inner_text()
    assert "licence.pdf" in await said.inner_text()
