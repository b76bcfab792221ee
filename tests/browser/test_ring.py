"""Three sellers that are one hand's: what is seen of it, what stands still, what no longer counts, and what is done."""

from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.core import clock
from app.core.db import Database
from app.core.jobs import JobContext
from payments.payouts import accounts, numbers
from payments.payouts.accounts import NewAccount
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.person import Person
from tests.factories.contracts import Partners
from tests.factories.credit import complete, rate
from tests.factories.identities import PASSWORD
from tests.factories.money import earn, make_deal
from tests.factories.people import Actor, make_company, make_staff, stepped_up
from tests.factories.rules import adopt
from trust.access import Role
from trust.credit import jobs as credit
from trust.identity import sessions
from trust.identity.models import MemberRow, Organisation
from trust.identity.sessions import Browser

SHARED = numbers.read("cnaps", "104584001234", "6217 0012 3456 7890 123")
OWN = numbers.read("cnaps", "104584001234", "6217 0012 3456 7890 999")
KILN, JADE, CLAY = "Kiln and Sons", "Jade Cup", "Clay House"
STATEMENT = "Sellers that are one hand's bought from each other, and praised it."


@dataclass(frozen=True)
class Ring:
    """Sellers that share a bank account; the first two a browser, too. The third bought from the first and praised it,
    and so did an honest buyer that shares nothing with anybody."""

    kiln: Actor
    jade: Actor
    clay: Actor
    slug: str

    @property
    def sellers(self) -> tuple[Actor, Actor, Actor]:
        return self.kiln, self.jade, self.clay


async def _account(app: FastAPI, seller: Actor, number: numbers.BankNumber) -> None:
    async with app.state.db.transaction() as tx:
        person = await stepped_up(tx, seller)
        name = seller.member.organisation_name
        await accounts.add_bank_account(tx, app.state.vault, NewAccount(number, "USD", name), by=person.member)


async def _companies(ctx: JobContext) -> tuple[Actor, Actor, Actor, Actor]:
    """Each with an address, a telephone and an e-mail domain of its own."""
    async with ctx.db.transaction() as tx:
        kiln, jade, clay = [await make_company(tx, name) for name in (KILN, JADE, CLAY)]
        honest = await make_company(tx, "Harbour Gifts", country="DE", sells=False)
        for place, one in enumerate((kiln, jade, clay, honest), start=1):
            own = {"phone": f"+8675511112{place}22", "address": f"{place} Lotus Road, Longgang"}
            await tx.execute(update(Organisation).where(Organisation.id == one.organisation_id).values(**own))
        for name, one in (("kiln", kiln), ("jade", jade), ("harbour", honest)):
            email = {"email": f"wei@{name}.example"}
            await tx.execute(update(MemberRow).where(MemberRow.id == one.id).values(**email))
        for one in (kiln, jade):
            await sessions.open_session(tx, one.id, Browser("Firefox", "192.0.2.7", "one-browser-of-one-hand"))
    return kiln, jade, clay, honest


@pytest.fixture
async def ring(app: FastAPI, ctx: JobContext) -> Ring:
    """Ask for it before the site, whose worker would do the same jobs."""
    await adopt(ctx.db)
    kiln, jade, clay, honest = await _companies(ctx)
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx, supplier=clay)
        await earn(tx, deal, deal.deposit)
    wash = await complete(ctx, Partners(clay, kiln))
    await rate(ctx, wash, clay, text="Best mugs of the world.")
    bought = await complete(ctx, Partners(honest, kiln), tracking="BMRU6123456795")
    await rate(ctx, bought, honest, stars=3, text="They do.")
    await _account(app, clay, OWN)
    clock.advance(days=8)  # and now it takes payouts
    for seller in (kiln, jade, clay):
        await _account(app, seller, SHARED)
    await credit.find_links(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        slug = (await tx.get_one(Organisation, kiln.organisation_id)).slug
    return Ring(kiln, jade, clay, slug)


async def _linked(visitor: Person, ring: Ring) -> tuple[int, int]:
    """Entries of the first seller's public file: those that do not count, and those that do."""
    found = (await visitor.read(f"/suppliers/{ring.slug}/credit?show=history"))["entries"]
    of_deals = [one for one in found if one["kind"] in {"deal_done", "rated"}]
    assert all(one["moved"] == {} for one in of_deals if one["linked"])
    return sum(one["linked"] for one in of_deals), sum(not one["linked"] for one in of_deals)


async def _payout_stands_still(seller: Person) -> None:
    """The account that was good until today takes nothing, and the seller is told that it is looked at, not why."""
    await seller.open("/payouts")
    await seller.look("ring-payouts")
    await seller.open("/session/step-up?next=/payouts")
    await seller.send("step-up", password=PASSWORD)
    assert await seller.try_sending("payout", amount="50.00") == 409
    await seller.look("ring-payout-held")
    told = await seller.page.locator("main").inner_text()
    assert KILN not in told
    assert JADE not in told
    assert (await seller.read("/payouts"))["payouts"] == []


async def _review(desk: Person) -> None:
    """The signal comes to the queue with who hangs together and why; from there the way leads to a restriction."""
    await desk.open("/moderation?kind=risk")
    await desk.look("ring-queue")
    await desk.follow(f".queue a[href^='/moderation/']:has-text('{CLAY}')")
    await desk.look("ring-item")
    shown = await desk.page.locator("main").inner_text()
    assert "ID-02" in shown
    assert "the same bank account" in shown
    assert "the same browser" in shown
    assert all(name in shown for name in (KILN, JADE, CLAY)), shown
    assert f"{CLAY} → {KILN}" in shown, "the wash trade stands among the orders between them"
    assert "counts until the link is confirmed" in shown


async def _confirm_links(desk: Person) -> None:
    await desk.open("/credit/links?state=found")
    await desk.look("ring-links")
    links = [await one.get_attribute("href") for one in await desk.page.locator("a[href^='/credit/links/']").all()]
    assert len(links) == 3
    for link in links:
        await desk.open(str(link))
        await desk.send("link", outcome="confirm", words="One bank account, one browser, one house.")
    await desk.look("ring-link-confirmed")


async def _restrict(desk: Person, item: str) -> None:
    """From the signal on the risk panel, with the company filled in."""
    await desk.open(item)
    assert "does not count" in await desk.page.locator("main").inner_text()
    await desk.follow("main a[href^='/restrictions/desk/new']")
    assert await desk.page.locator("#place [name=company]").input_value()
    await desk.look("ring-restriction")
    await desk.send(
        "place", kind="partial", scopes=["publish"], days="30", reason="invented_trades", statement=STATEMENT
    )
    await desk.look("ring-restricted")


async def test_a_ring_is_seen_held_restricted_and_counts_nowhere(
    ring: Ring, db: Database, newcomer: Newcomer, signed_in: SignedIn
) -> None:
    async with db.transaction() as tx:
        moderator = await make_staff(tx, Role.COMPLIANCE, Role.MODERATOR)
    visitor, seller = await newcomer("visitor"), await signed_in(ring.clay, "seller", locale="zh-Hans")
    desk = await signed_in(moderator, "desk")
    assert await _linked(visitor, ring) == (0, 4)
    await visitor.open(f"/suppliers/{ring.slug}/credit")
    await visitor.look("ring-credit-before")

    await _payout_stands_still(seller)
    await _review(desk)
    item = desk.path
    await _confirm_links(desk)
    assert await _linked(visitor, ring) == (2, 2), "the honest deal and its rating count as before"
    await visitor.open(f"/suppliers/{ring.slug}/credit")
    await visitor.look("ring-credit-after")
    read = await visitor.page.content()
    assert "not counted: linked companies" in read
    assert CLAY not in read
    await _restrict(desk, item)
    await seller.open("/restrictions")
    await seller.look("ring-seller-restrictions")
    await seller.follow("main a[href^='/restrictions/']")
    await seller.send("reading")  # when it was first opened is kept
    await seller.look("ring-seller-restricted")
    assert STATEMENT in await seller.page.locator("main").inner_text()
