"""A deal as it is played in the browser, act by act. Nothing here depends on the language of the pages."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.core import clock
from app.core.mail import KeptMailer
from app.demo import pictures
from tests.browser.person import PATIENCE, Person, Value
from tests.factories.files import PDF
from tests.factories.identities import PASSWORD
from tests.rails.servers import until

SUPPLIER: Mapping[str, Value] = {
    "company__country": "CN",
    "company__name_original": "深圳灯笼制造有限公司",
    "company__name_latin": "Shenzhen Lantern Works Co., Ltd",
    "company__registration_number": "914403001922038216",
    "company__phone": "+86 755 1234 5678",
    "company__address": "广东省深圳市龙岗区坂田路1号",
    "company__sells": True,
    "member__name": "林伟",
    "member__email": "wei@lantern.example",
}
FACTS: Mapping[str, Value] = {
    "representative": "Lin Wei",
    "scope": "Lighting and tableware; import and export.",
    "capital": "5000000",
    "established": "2011-06-01",
    "no_owners": True,
    "consent": True,
}
BUYER: Mapping[str, Value] = {
    "company__country": "DE",
    "company__name_original": "Hansa Import GmbH",
    "company__registration_number": "DE136695976",
    "company__phone": "+49 40 1234567",
    "company__address": "Am Sandtorkai 1, 20457 Hamburg",
    "company__buys": True,
    "member__name": "Greta Petersen",
    "member__email": "greta@hansa.example",
}
PRODUCT: Mapping[str, Value] = {
    "title_en": "Ceramic mug with bamboo lid, 350 ml",
    "title_zh": "350毫升陶瓷马克杯 竹盖",
    "description_en": "White glazed stoneware. Packed one by one in a gift box.",
    "description_zh": "白釉炻器，单个礼盒包装。",
    "attributes__ceramic_body": "stoneware",
    "attributes__capacity_ml": "350",
    "hs_code": "691200",
    "origin": "CN",
    "unit": "H87",
    "currency": "USD",
    "tiers__0__min_quantity": "500",
    "tiers__0__price": "1.25",
    "lead_time_days": "25",
    "port": "Shenzhen Yantian",
    "port_code": "CNYTN",
    "incoterms": ["FOB", "CIF"],
}
QUESTION: Mapping[str, Value] = {
    "quantity": "2000",
    "target_price": "1.10",
    "destination": "DE",
    "place": "Hamburg",
    "text": "White, one by one in a gift box. LFGB needed.",
}
FULL_DAY = timedelta(days=1)


def terms(price: str, deposit: str = "30", balance: str = "70") -> dict[str, Value]:
    """The fields of an offer of 2,000 pieces that differ from what the form proposes."""
    return {
        "lines__0__quantity": "2000",
        "lines__0__price": price,
        "rule": "FOB",
        "place": "Shenzhen Yantian",
        "locode": "CNYTN",
        "mode": "sea",
        "lead_days": "25",
        "valid_until": (clock.now().date() + 14 * FULL_DAY).isoformat(),
        "milestones__0__percent": deposit,
        "milestones__1__percent": balance,
    }


@dataclass(frozen=True)
class Papers:
    """Files to upload."""

    picture: Path
    document: Path

    @classmethod
    def made(cls, folder: Path) -> "Papers":
        picture, document = folder / "mug.jpg", folder / "licence.pdf"
        picture.write_bytes(pictures.draw("mugs", 7))
        document.write_bytes(PDF)
        return cls(picture, document)


async def letter(mailer: KeptMailer, to: str, pattern: str) -> str:
    """What `pattern` finds in the newest letter to somebody that has it."""
    found: list[str] = []

    async def arrived() -> bool:
        for kept in await mailer.letters():
            if kept.to == to and (match := re.search(pattern, kept.text)):
                found.append(match[0])
                return True
        return False

    await until(arrived, PATIENCE)
    return found[0]


async def register(person: Person, company: Mapping[str, Value], mailer: KeptMailer) -> None:
    """Fill in the form, follow the link of the letter, confirm, sign in."""
    await person.open("/register")
    await person.look("register")
    await person.send("register", **company, member__password=PASSWORD)
    assert person.path == "/register/sent"
    await person.look("register-sent")
    email = str(company["member__email"])
    link = await letter(mailer, email, r"/registrations/confirmation\?token=\S+")
    await person.open(link)
    await person.look("register-confirm")
    await person.send("confirm")
    assert person.path == "/welcome"
    await person.look("welcome")
    await person.sign_in(email, PASSWORD)
    await person.look("home-new")


async def ask_for_verification(person: Person, papers: Papers) -> None:
    await person.open("/verification")
    await person.look("verification")
    await person.send("verification", **FACTS, licence=papers.document, authority=papers.document)
    assert await person.page.locator("#verification").count() == 0
    await person.look("verification-sent")


async def accept_next(moderator: Person, kind: str) -> None:
    """Claim the most urgent item of the queue and accept it."""
    item = await moderator.open_when(f"/moderation?kind={kind}", ".queue a[href^='/moderation/']")
    await moderator.look(f"moderation-{kind}")
    await moderator.follow(f".queue a[href='{await item.get_attribute('href')}']")
    await moderator.send("claim")
    await moderator.look(f"moderation-{kind}-claimed")
    await moderator.send("decision", verdict="accept")
    await moderator.look(f"moderation-{kind}-decided")


async def verified(person: Person) -> None:
    """The company has been verified when its page shows confirmed facts."""
    await person.open_when("/verification", ".page .facts, .verified-facts, [class*=verified]")
    await person.look("verification-done")


async def list_product(supplier: Person, papers: Papers) -> str:
    """A product with a picture, sent to review; its address."""
    await supplier.open("/products/new")
    await supplier.look("choose-category")
    await supplier.follow("a[href$='category=mugs']")
    await supplier.fill("product", **PRODUCT)
    await supplier.page.locator("#product [data-rows=tiers] [data-row-add]").click()
    await supplier.fill("product", tiers__1__min_quantity="2000", tiers__1__price="1.18", uploads=papers.picture)
    await supplier.look("product-form")
    await supplier.send("product", "button[value=submit]")
    assert re.fullmatch(r"/products/[0-9a-f-]{36}", supplier.path), supplier.path
    await supplier.look("product-in-review")
    return supplier.path


async def find(buyer: Person, product: str, words: str) -> None:
    """Find the product by searching for words, and open it."""
    await buyer.open_when(f"/products?q={words}", f"a[href='{product}']")
    await buyer.look("search")
    await buyer.follow(f"a[href='{product}']:not([tabindex])")
    picture = buyer.page.locator(".product-gallery img").first

    async def drawn() -> bool:
        return bool(await picture.evaluate("e => e.complete && e.naturalWidth"))

    if await picture.count():
        await until(drawn, PATIENCE)
    await buyer.look("product")


async def inquire(buyer: Person, product: str) -> str:
    """Ask the supplier of a product; the inquiry's address."""
    await buyer.open(product)
    await buyer.follow("a[href^='/inquiries/new']")
    await buyer.look("inquiry-form")
    await buyer.send("inquiry", **QUESTION)
    assert re.fullmatch(r"/inquiries/[0-9a-f-]{36}", buyer.path), buyer.path
    await buyer.look("inquiry-sent")
    return buyer.path


async def talk(buyer: Person, supplier: Person, room: str) -> None:
    """The supplier answers; the buyer, who has the page open, sees it come."""
    words = "The mugs are in stock. Test report attached. 有现货。"
    await buyer.open(room)
    await supplier.open(room)
    await supplier.look("inquiry-arrived")
    await supplier.send("message", text=words)
    await buyer.page.get_by_text(words).wait_for()


async def quote(supplier: Person, room: str, **changes: Value) -> None:
    await supplier.open(f"{room}/quotations/new")
    await supplier.fill("offer", **changes)
    await supplier.look("quotation-form")
    await supplier.send("offer")
    assert supplier.path == room
    await supplier.look("quotation-sent")


async def counter(buyer: Person, room: str, **changes: Value) -> None:
    await buyer.open(room)
    await buyer.look("quotation-received")
    await buyer.follow("a[href$='/counter-offers/new']")
    await buyer.look("counter-offer-form")
    await buyer.send("offer", **changes)
    assert buyer.path == room


async def accept(buyer: Person, room: str) -> str:
    """Accept the version on the table; the contract's address, once it has been drawn up."""
    await buyer.open(f"{room}/quotations")
    await buyer.look("versions")
    await buyer.open(room)
    await buyer.send("accept")
    link = await buyer.open_when(room, ".deal-desk a[href^='/contracts/']")
    await buyer.look("agreed")
    contract = await link.get_attribute("href")
    assert contract is not None
    return contract


async def agree(person: Person, contract: str) -> None:
    await person.open(contract)
    await person.look("contract-draft")
    await person.send("agree")


async def sign(person: Person, contract: str) -> None:
    """Read, prove who one is, sign."""
    await person.open_when(contract, "a[href$='/signing']")
    await person.look("contract-to-sign")
    await person.follow("a[href$='/signing']")
    await person.look("signing-read")
    document = await person.page.context.request.get(f"{contract}/document.pdf")
    assert (await document.body()).startswith(b"%PDF-")
    await person.follow("main a[href*='/signing?read=']")
    await person.look("signing-confirm")
    await person.send("step-up", password=PASSWORD)
    assert person.path == f"{contract}/signing"
    await person.look("signing-sign")
    await person.send("signature", title="Managing director", consent=True)
    assert person.path == f"{contract}/signing"
    assert await person.page.locator("#signature").count() == 0
    await person.look("signed")


async def order_of(person: Person, contract: str) -> str:
    """The address of the order that the signed contract became."""
    await person.open_when(contract, f"a[href='{contract}/order']")
    await person.look("contract-in-force")
    await person.follow(f".deal-desk a[href='{contract}/order']")
    return person.path


async def conclude(buyer: Person, supplier: Person, room: str) -> str:
    """The quotation is accepted, the contract agreed and signed by both; the order's address."""
    contract = await accept(buyer, room)
    for person in (supplier, buyer):
        await agree(person, contract)
    for person in (supplier, buyer):
        await sign(person, contract)
    order = await order_of(buyer, contract)
    for _try in range(300):  # nothing is paid before the document is sealed
        if (await buyer.read(contract))["sealed_at"]:
            return order
        await asyncio.sleep(0.2)
    raise AssertionError(f"{contract} is not sealed")


async def pay_by_card(buyer: Person, order: str, milestone: str) -> None:
    await buyer.open(order)
    await buyer.look("order-unpaid")
    await buyer.send(f"card-{milestone}")
    assert buyer.path.startswith("/payments/")
    await buyer.look("payment-begin")
    payment = buyer.path
    await buyer.follow("#progress a[href$='/page']")
    await buyer.page.get_by_label("Card that pays", exact=False).first.check()
    async with buyer.page.expect_navigation(url=f"**{payment}"):
        await buyer.page.get_by_role("button", name="Pay").click()
    await buyer.page.locator(f"#progress a[href='{order}']").wait_for(timeout=PATIENCE * 1000)
    await buyer.look("payment-held")


async def pay_by_bank(buyer: Person, maker: Person, checker: Person, order: str, milestone: str) -> None:
    """The buyer transfers with the reference shown; one person books what came, another approves it."""
    await buyer.open(order)
    await buyer.send(f"bank-{milestone}")
    await buyer.look("payment-transfer")
    payment = await buyer.read(buyer.path)
    await maker.open("/finance/bookings")
    await maker.send(
        "booking",
        kind="received",
        bank_ref="2026-000117",
        reference=payment["instructions"]["reference"],
        counterparty="Hansa Import GmbH",
        amount=f"{payment['amount']['amount_minor'] / 100:.2f}",
        value_date=clock.now().date().isoformat(),
    )
    await maker.look("booking-made")
    assert await maker.page.locator("form[id^='approve-']").count() == 0  # nobody approves their own
    await checker.open("/finance/bookings")
    await checker.look("booking-to-approve")
    form = await checker.page.locator("form[id^='approve-']").first.get_attribute("id")
    await checker.send(str(form))


async def ship(supplier: Person, order: str, papers: Papers) -> None:
    await supplier.open_when(order, "#shipment")
    await supplier.look("order-funded")
    await supplier.send(
        "shipment",
        carrier="Blue Meridian Lines",
        tracking="BMRU6312345678",
        shipped_on=clock.now().date().isoformat(),
        documents=papers.document,
    )
    await supplier.look("order-shipped")


async def take_delivery(buyer: Person, order: str) -> None:
    await buyer.open(order)
    await buyer.send("delivery-1")
    await buyer.look("order-delivered")
    await buyer.send("accept")
    await buyer.look("order-accepted")


async def rate(person: Person, order: str) -> None:
    await person.open_when(order, "#rating")
    await person.send("rating", goods="5", service="4", time="5", text="As agreed, again any time. 合作愉快。")
    assert await person.page.locator("#rating").count() == 0
    await person.look("order-rated")
