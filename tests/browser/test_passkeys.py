"""Passkeys in a real browser, by Chromium's virtual authenticator: registered, and used wherever one is asked for."""

import pytest
from fastapi import FastAPI

from app.core.config import Settings
from app.core.jobs import JobContext
from orders.contracts import queries
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.inspection import TWO_WAYS, Inspector
from tests.browser.person import Person
from tests.factories.contracts import Partners, make_partners, signable_contract
from tests.factories.identities import PASSWORD

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """By name: a passkey is for a host, and an address of numbers is none (WebAuthn Level 3, §5.1.3)."""
    return settings.model_copy(update={"base_url": f"http://localhost:{settings.port}"})


@pytest.fixture
async def deal(app: FastAPI) -> tuple[str, Partners]:
    """Made before the site runs, whose worker would do the same jobs."""
    ctx: JobContext = app.state.jobs
    partners = await make_partners(ctx.db)
    return str(await signable_contract(ctx, partners)), partners


async def with_authenticator(person: Person) -> None:
    session = await person.page.context.new_cdp_session(person.page)
    await session.send("WebAuthn.enable")
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


async def test_a_passkey_from_registration_to_a_signature(
    deal: tuple[str, Partners], signed_in: SignedIn, inspector: Inspector, app: FastAPI
) -> None:
    inspector.ways = TWO_WAYS
    contract, partners = deal
    buyer = await signed_in(partners.buyer, "buyer")
    await with_authenticator(buyer)
    await buyer.open("/session/step-up?next=/security")
    await buyer.send("step-up", password=PASSWORD)
    await buyer.look("security")
    await buyer.send("passkey", name="My telephone")
    assert await buyer.page.locator("ul.figure li").count() == 10
    await buyer.open("/security")
    await buyer.look("security-with-passkey")

    await buyer.page.context.clear_cookies()
    await buyer.open("/session/new")
    await buyer.look("sign-in")
    await buyer.send("sign-in-passkey")
    assert buyer.path == "/"

    await buyer.page.context.clear_cookies()
    await buyer.open("/session/new")
    await buyer.send("sign-in", email=partners.buyer.member.email, password=PASSWORD)
    assert buyer.path == "/session/code"
    await buyer.look("second-step-passkey")
    await buyer.send("code-passkey")
    assert buyer.path == "/"

    await buyer.open(f"/contracts/{contract}/signing")
    await buyer.look("ceremony-read")
    await buyer.follow("main a[href*='/signing?read=']")
    await buyer.look("ceremony-confirm")
    await buyer.send("step-up-passkey")
    await buyer.page.locator("#signature summary").click()
    await buyer.look("ceremony-sign")
    step = buyer.page.url
    await buyer.speak("zh-Hans")
    await buyer.open(step)
    await buyer.look("ceremony-sign")
    await buyer.send("signature", title="Managing director", consent=True)
    await buyer.look("ceremony-receipt")
    await buyer.open("/security")
    await buyer.look("security-with-passkey")
    async with app.state.db.transaction(read_only=True) as tx:
        [signature] = (await queries.contract(tx, contract)).signatures  # type: ignore[arg-type]
    assert signature.method == "passkey"


async def test_without_scripts_password_and_code_go_on_working(newcomer: Newcomer) -> None:
    reader = await newcomer("reader", scripts=False)
    await reader.open("/session/new")
    assert not await reader.page.locator("#sign-in-passkey").is_visible()
    assert await reader.page.get_by_text("Password and code work without.").is_visible()
