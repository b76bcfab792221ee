"""A stranger checks a contract's file, and looks at the public log, with and without scripts."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi import FastAPI

from app.core import clock, publishing
from app.core.jobs import JobContext
from orders.contracts import queries
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.browser.person import Person
from tests.factories.contracts import Partners, make_partners, newest_file, sign_contract, signable_contract


@dataclass(frozen=True)
class Signed:
    id: str
    number: str
    partners: Partners
    half: bytes
    whole: bytes


@pytest.fixture
async def signed(app: FastAPI) -> Signed:
    """Made before the site runs, whose worker would do the same jobs."""
    ctx: JobContext = app.state.jobs
    partners = await make_partners(ctx.db)
    contract_id = await signable_contract(ctx, partners)
    files = []
    for actor in (partners.supplier, partners.buyer):
        await sign_contract(ctx, contract_id, actor)
        files.append(await newest_file(ctx, contract_id))
    async with ctx.db.transaction(read_only=True) as tx:
        contract = await queries.contract(tx, contract_id)
    with clock.at(clock.now() + timedelta(days=1, hours=2)):
        await publishing.publish_day(ctx)
    return Signed(str(contract_id), contract.number, partners, *files)


async def check(person: Person, file: bytes) -> str:
    await person.open("/verify")
    await person.page.set_input_files(
        "input[type=file]", {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": file}
    )
    await person.page.click("main form button[type=submit]")
    await person.page.wait_for_selector(".callout-title")
    return await person.page.inner_text(".callout-title")


async def test_a_stranger_checks_a_file(signed: Signed, newcomer: Newcomer, inspector: Inspector) -> None:
    inspector.ways = FOUR_WAYS
    stranger = await newcomer("stranger")
    assert await check(stranger, signed.whole) == f"This is the signed contract {signed.number}"
    await stranger.look("verify valid")
    assert await check(stranger, signed.half) == "Incomplete: signatures are missing"
    await stranger.look("verify incomplete")
    assert await check(stranger, signed.whole + b" ") == "Not a document of this platform"
    await stranger.look("verify invalid")
    await stranger.open("/transparency")
    assert await stranger.page.locator("tbody tr").count() == 1
    await stranger.look("transparency")


async def test_it_works_without_scripts_and_in_chinese(signed: Signed, newcomer: Newcomer) -> None:
    reader = await newcomer("reader", locale="zh-Hans", scripts=False)
    assert await check(reader, signed.whole) == f"这是已签署的合同 {signed.number}"


async def test_a_party_sees_its_chain_in_the_public_log(
    signed: Signed, signed_in: SignedIn, inspector: Inspector
) -> None:
    inspector.ways = FOUR_WAYS
    buyer = await signed_in(signed.partners.buyer, "buyer")
    await buyer.open(f"/contracts/{signed.id}/evidence")
    assert await buyer.page.get_by_text("In the public log").count() == 1
    await buyer.look("evidence in the public log")
