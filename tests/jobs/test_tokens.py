"""Contracts signed while the keys move to a token, and while the token is away: none is lost, all are believed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import pem
from sqlalchemy import text

from app.core import clock
from app.core.runner import drain
from app.core.signing.authority import Authority, asn1
from app.core.signing.former import former, written
from app.core.signing.keys import KeysAway
from app.core.signing.timestamps import timestampers
from orders.contracts import queries, signing
from tests.factories.bundles import make_bundle, unpack
from tests.factories.contracts import make_partners, newest_file, sign_contract, signable_contract
from tests.factories.tokens import keys, needed, pulled, token
from tests.jobs.test_bundles import BROKEN, HOLDS, a_deal, publish, verify

pytestmark = needed


@pytest.fixture
def home(tmp_path):
    with token(tmp_path):
        yield tmp_path


@pytest.fixture
def moved(app, ctx, home, tmp_path):
    """The same installation after its keys have moved to a token."""
    file = tmp_path / "former.pem"
    file.write_bytes(written(asn1(ctx.authority.root), ctx.authority.last_revocations()))
    authority = Authority(keys(), former=former(file))
    app.state.jobs = replace(ctx, authority=authority, timestamps=timestampers(authority))
    return app.state.jobs


async def check(client, file: bytes) -> dict:
    async with client() as http:
        answer = await http.post("/api/v1/verify", files={"file": ("contract.pdf", file, "application/pdf")})
    said: dict = answer.json()
    return said


async def test_a_contract_signed_in_part_before_the_move_is_completed_after_it(client, ctx, moved):
    partners = await make_partners(ctx.db)
    contract_id = await signable_contract(ctx, partners)
    await sign_contract(ctx, contract_id, partners.buyer)
    assert (await check(client, await newest_file(ctx, contract_id)))["verdict"] == "incomplete"
    await sign_contract(moved, contract_id, partners.supplier)
    file = await newest_file(moved, contract_id)
    assert await signing.complete(file, moved.authority)
    assert not await signing.complete(file, ctx.authority)
    said = await check(client, file)
    assert (said["verdict"], [s["holds"] for s in said["signatures"]]) == ("valid", [True] * 3)
    async with client() as http:
        served = (await http.get("/verify/root.pem")).content
    roots = [data for _, _, data in pem.unarmor(served, multiple=True)]
    assert roots == [asn1(moved.authority.root).dump(), asn1(ctx.authority.root).dump()]


async def test_while_the_token_is_away_signatures_wait_and_files_are_checked(client, moved, home):
    partners = await make_partners(moved.db)
    contract_id = await signable_contract(moved, partners)
    await sign_contract(moved, contract_id, partners.buyer)
    half = await newest_file(moved, contract_id)
    with pulled(home):
        await sign_contract(moved, contract_id, partners.supplier)
        async with moved.db.transaction(read_only=True) as tx:
            contract = await queries.contract(tx, contract_id)
            failed = await tx.scalar(text("SELECT last_error FROM job WHERE done_at IS NULL AND last_error <> ''"))
        assert contract.effective_at is not None  # the act is a row already
        assert contract.sealed_at is None
        assert "there is no token portolan" in failed
        with clock.at(clock.now() + timedelta(hours=2)):
            assert (await check(client, half))["verdict"] == "incomplete"  # and each signature in it holds
        with clock.at(clock.now() + timedelta(days=8)), pytest.raises(KeysAway):
            moved.authority.revocations()
    with clock.at(clock.now() + timedelta(hours=1)):
        await drain(moved)
        assert await signing.complete(await newest_file(moved, contract_id), moved.authority)


async def test_a_process_started_while_the_token_is_away_says_so(client, ctx, moved, home):
    partners = await make_partners(ctx.db)
    contract_id = await signable_contract(ctx, partners)
    file = await newest_file(ctx, contract_id)
    with pulled(home):
        said = await check(client, file)
    assert (said["status"], said["code"]) == (503, "keys_away")
    assert "portolan" not in str(said["detail"])
    assert (await check(client, file))["verdict"] == "incomplete"


async def test_evidence_of_before_is_packed_after_the_move(ctx, moved, tmp_path):
    deal = await a_deal(ctx, await make_partners(ctx.db))
    await publish(ctx)
    folder = await unpack(moved, await make_bundle(moved, deal.order_id, deal.partners.buyer), tmp_path / "one")
    told = verify(folder)
    assert told.returncode == HOLDS, told.stdout
    for root in (ctx.authority.root, moved.authority.root):
        assert asn1(root).sha256.hex() in told.stdout
    new, old = (pem.armor("CERTIFICATE", asn1(one.authority.root).dump()) for one in (moved, ctx))
    believed = tmp_path / "roots.pem"
    believed.write_bytes(new + old)
    assert verify(folder, "--root", str(believed)).returncode == HOLDS
    believed.write_bytes(new)
    told = verify(folder, "--root", str(believed))
    assert told.returncode == BROKEN, "who believes only the new root is not told that the old signatures hold"
