"""The whole deal, from two registrations to the released payment, played in the browser by everybody it takes."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from app.core.db import Database
from app.core.mail import KeptMailer
from tests.browser import deal
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.deal import Papers
from tests.browser.inspection import ON_A_PHONE, TWO_WAYS, Inspector, Ways
from tests.browser.person import Person
from tests.factories.people import Actor, make_staff
from trust.access import Role

TOTAL = 2000 * 115  # 2,000 pieces at 1.15 dollars, in cents
FEE = TOTAL * 150 // 10_000


async def _desk(db: Database, *roles: Role) -> Actor:
    async with db.transaction() as tx:
        return await make_staff(tx, *roles)


async def _join(
    newcomer: Newcomer, moderator: Person, mailer: KeptMailer, papers: Papers, locale: str
) -> tuple[Person, Person]:
    """Supplier and buyer, registered and verified."""
    supplier, buyer = await newcomer("supplier", locale=locale), await newcomer("buyer", locale=locale)
    for person, company in ((supplier, deal.SUPPLIER), (buyer, deal.BUYER)):
        await deal.register(person, company, mailer)
        await deal.ask_for_verification(person, papers)
        await deal.accept_next(moderator, "verification")
        await deal.verified(person)
    return supplier, buyer


async def _agree(buyer: Person, supplier: Person, product: str) -> str:
    """Inquiry, quotation, counter-offer, quotation again, acceptance, two signatures; the order's address."""
    room = await deal.inquire(buyer, product)
    await deal.talk(buyer, supplier, room)
    await deal.quote(supplier, room, **deal.terms("1.18"))
    await deal.counter(buyer, room, **deal.terms("1.12", "20", "80"))
    await deal.quote(supplier, room, **deal.terms("1.15"))
    return await deal.conclude(buyer, supplier, room)


async def _look_around(people: dict[Person, list[str]]) -> None:
    for person, paths in people.items():
        for path in paths:
            await person.open(path)
            await person.look(path)


@pytest.mark.parametrize(("locale", "ways"), [("en", TWO_WAYS), ("zh-Hans", ON_A_PHONE)])
async def test_a_deal_from_registration_to_released_payment(
    locale: str,
    ways: Ways,
    app: FastAPI,
    db: Database,
    newcomer: Newcomer,
    signed_in: SignedIn,
    inspector: Inspector,
    tmp_path: Path,
) -> None:
    inspector.ways = ways
    papers = Papers.made(tmp_path)
    moderator = await signed_in(await _desk(db, Role.MODERATOR), "moderator", locale=locale)
    maker = await signed_in(await _desk(db, Role.FINANCE_STAFF), "finance", locale=locale)
    checker = await signed_in(await _desk(db, Role.FINANCE_STAFF), "finance-second", locale=locale)
    supplier, buyer = await _join(newcomer, moderator, app.state.jobs.mailer, papers, locale)

    product = await deal.list_product(supplier, papers)
    await deal.accept_next(moderator, "product")
    await deal.find(buyer, product, "mug" if locale == "en" else "马克杯")
    order = await _agree(buyer, supplier, product)

    deposit, balance = (await buyer.read(order))["money"]["milestones"]
    await deal.pay_by_card(buyer, order, deposit["id"])
    await deal.pay_by_bank(buyer, maker, checker, order, balance["id"])
    await deal.ship(supplier, order, papers)
    assert (await supplier.read(order))["money"]["held"]["amount_minor"] == TOTAL
    await deal.take_delivery(buyer, order)
    for person in (buyer, supplier):
        await deal.rate(person, order)

    for person in (buyer, supplier):
        await _check_end(person, order)
    assert (await supplier.read("/payouts"))["balances"] == [{"amount_minor": TOTAL - FEE, "currency": "USD"}]
    assert (await maker.read("/finance/proof"))["holds"]
    await _look_around(
        {
            supplier: ["/", "/payouts", "/my/products", "/inquiries", "/contracts", "/orders", "/company"],
            buyer: ["/", "/orders", "/rfqs", "/rfqs/new"],
            maker: ["/finance", "/finance/proof"],
        }
    )


async def _check_end(person: Person, order: str) -> None:
    """Both sides read the same end: everything paid, nothing held, all of it released but the platform's fee."""
    money = (await person.read(order))["money"]
    figures = {
        name: money[name]["amount_minor"] for name in ("agreed", "funded", "held", "released", "fees", "refunded")
    }
    assert figures == {
        "agreed": TOTAL, "funded": TOTAL, "held": 0, "released": TOTAL - FEE, "fees": FEE, "refunded": 0,
    }  # fmt: skip
    statement = await person.read(f"{order}/statement")
    assert sum(line["change"]["amount_minor"] for line in statement) == 0
    assert statement[-1]["held"]["amount_minor"] == 0
    await person.open(f"{order}/statement")
    assert await person.page.locator("main tbody tr").count() == len(statement)
    await person.look("statement")
    await person.open(order)
    shown = await person.page.locator(".deal-top .money-key-released dd").inner_text()
    assert "".join(filter(str.isdigit, shown)) == str(TOTAL)
    await person.look("order-over")
