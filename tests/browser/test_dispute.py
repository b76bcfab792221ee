"""A contested order before the platform, played by everybody it takes: both sides, two moderators, and the money."""

from pathlib import Path
from uuid import UUID

import pytest

from app.core.db import Database
from app.core.jobs import JobContext
from tests.browser.conftest import SignedIn
from tests.browser.inspection import ON_A_PHONE, TWO_WAYS, Inspector, Ways
from tests.browser.person import PATIENCE, Person
from tests.factories.contracts import Partners, fund, make_order
from tests.factories.files import PDF
from tests.factories.people import Actor, make_staff
from tests.factories.rules import adopt
from tests.factories.shipments import ship
from tests.rails.servers import until
from trust.access import Role

TOTAL = 234_500  # 1,000 pieces at 2.345 dollars, in cents
FIRST, SECOND = 90_000, 60_000
SAYS = {
    "en": {"language": "into English", "replaced": "replaced", "decided": "As Portolan decided."},
    "zh-Hans": {"language": "英语", "replaced": "已被取代", "decided": "按 Portolan 的裁决。"},
}


@pytest.fixture
async def shipped(ctx: JobContext, partners: Partners) -> UUID:
    """An order paid in full, its goods on their way. Ask for it before the site: its worker does the same jobs."""
    await adopt(ctx.db)
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    await ship(ctx.db, order_id, partners)
    return order_id


@pytest.fixture
async def judges(db: Database) -> list[Actor]:
    async with db.transaction() as tx:
        return [await make_staff(tx), await make_staff(tx, Role.COMPLIANCE)]


def _files(folder: Path) -> tuple[Path, Path, Path]:
    made = folder / "inspection.pdf", folder / "出厂检验.pdf", folder / "translation.pdf"
    for path in made:
        path.write_bytes(PDF + b"%" + path.name.encode())
    return made


async def _contest(buyer: Person, order: str, report: Path) -> str:
    """The goods arrive, are refused, and the buyer asks for a ruling; the case's address."""
    await buyer.open(order)
    await buyer.send("delivery-1")
    await buyer.fill("contest", verdict="none", reason="Every third mug is chipped.", files=report)
    await buyer.look("contest-form")
    await buyer.send("contest")
    await buyer.fill("dispute", statement="Thirty of ninety mugs are chipped.", wanted="All of it.", files=report)
    await buyer.look("dispute-form")
    await buyer.send("dispute")
    assert buyer.path.startswith("/cases/")
    await buyer.look("dispute-opened")
    return buyer.path


async def _answer(supplier: Person, case: str, original: Path, translation: Path) -> None:
    """The supplier shows its own record, and what a machine made of it in the other's language."""
    await supplier.open("/cases")
    await supplier.look("cases-of-supplier")
    await supplier.open(case)
    await supplier.look("dispute-to-answer")
    await supplier.send("statement", text="出厂时完好无损。They left whole.", files=original)
    await supplier.send("translation", of="R1", how="machine", language="en", file=translation)
    await supplier.look("dispute-answered")


async def _both_see_the_same(buyer: Person, supplier: Person, case: str) -> None:
    """The criteria of the contract, the original with its translation marked, what was said: nothing apart."""
    of_buyer, of_supplier = await buyer.read(case), await supplier.read(case)
    assert (of_buyer.pop("reader"), of_supplier.pop("reader")) == ("complainant", "respondent")
    assert of_buyer == of_supplier
    assert [text for _reference, text in of_buyer["checklist"] if "ISO 2859-1" in text]
    shown = [(one["label"], one["of"], one["how"]) for one in of_buyer["exhibits"]]
    assert shown == [("C1", "", ""), ("R1", "", ""), ("R2", "R1", "machine")]


async def _rule(judge: Person, case: str, cents: int, step: str) -> None:
    """Take the case from the queue, say that nothing ties one to it, and compose the ruling."""
    await judge.open_when("/moderation?kind=case", ".queue a[href^='/moderation/']")
    await judge.look(f"case-queue-{step}")
    await judge.follow(".queue a[href^='/moderation/']")
    await judge.look(f"case-item-{step}")
    await judge.follow(f"main a[href='{case}']")
    await judge.send("handling", no_conflict=True)
    await judge.fill(
        "ruling",
        facts="Thirty of ninety mugs are chipped; the supplier's record is of another batch.",
        reason="The contract allows two percent.",
        rules__0__code="contract",
        exhibits=["C1", "R1"],
        remedy="share",
        to_complainant=f"{cents / 100:.2f}",
    )
    await judge.look(f"ruling-form-{step}")
    await judge.send("ruling")
    await judge.look(f"ruled-{step}")


async def _not_again(judge: Person, case: str) -> None:
    """Who has decided a case is not offered it again."""
    await judge.open(case)
    assert await judge.page.locator("#handling, #ruling").count() == 0
    assert await judge.page.locator("main .callout").count() > 0
    await judge.look("judge-is-tied")


async def _frozen(person: Person, order: str) -> int:
    frozen: int = (await person.read(order))["money"]["frozen"]["amount_minor"]
    return frozen


@pytest.mark.parametrize(("locale", "ways"), [("en", TWO_WAYS), ("zh-Hans", ON_A_PHONE)])
async def test_a_dispute_from_the_refused_goods_to_the_survey(
    locale: str,
    ways: Ways,
    shipped: UUID,
    judges: list[Actor],
    partners: Partners,
    signed_in: SignedIn,
    inspector: Inspector,
    tmp_path: Path,
) -> None:
    inspector.ways = ways
    report, original, translation = _files(tmp_path)
    buyer = await signed_in(partners.buyer, "buyer", locale=locale)
    supplier = await signed_in(partners.supplier, "supplier", locale=locale)
    first = await signed_in(judges[0], "moderator", locale=locale)
    second = await signed_in(judges[1], "moderator-second", locale=locale)
    order = f"/orders/{shipped}"

    case = await _contest(buyer, order, report)
    frozen = await _frozen(buyer, order)
    assert frozen > 0
    await _answer(supplier, case, original, translation)
    await _both_see_the_same(buyer, supplier, case)
    await buyer.open(case)
    assert SAYS[locale]["language"] in await buyer.page.locator("#exhibit-R2").inner_text()
    await buyer.look("dispute-translated")

    await _rule(first, case, FIRST, "first")
    assert await _frozen(buyer, order) == frozen, "nothing moves before it is final"
    await supplier.open_when(case, "#appeal")
    await supplier.look("ruling-read")
    await supplier.send("appeal", reason="The record R1 was not read: it is of this very batch.")
    await _not_again(first, case)
    await _rule(second, case, SECOND, "second")

    async def shared() -> bool:
        return await _frozen(supplier, order) == 0

    await until(shared, PATIENCE)
    money = (await supplier.read(order))["money"]
    given_back = frozen - money["released"]["amount_minor"] - money["fees"]["amount_minor"]
    assert given_back == SECOND, money
    for person in (buyer, supplier):
        await person.open(case)
        assert await person.page.locator("#appeal").count() == 0, "a second look is the last"
        await person.send("satisfaction", stars="4", text="Read by somebody. 有人认真看过。")
        assert await person.page.locator("#satisfaction").count() == 0
        assert await person.page.locator(f".paper .badge:has-text('{SAYS[locale]['replaced']}')").count() == 1
        await person.look("dispute-over")
        await person.open(order)
        told = await person.page.locator(".timeline").inner_text()
        assert SAYS[locale]["decided"] in told
        assert not any(code in told for code in ("ruled in case", "goods contested")), told
        await person.look("dispute-order-over")
