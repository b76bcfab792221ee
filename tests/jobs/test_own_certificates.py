"""A contract signed with the signatory's own certificate: in the file at once, no key kept, checked as any other."""

import asyncio
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from app.commands.verify import verify
from app.core.runner import drain
from app.core.signing.authority import Authority, certificates
from app.core.signing.keys import LocalKeys
from app.tables import metadata
from orders.contracts import signing
from tests.factories import certificates as made
from tests.factories.contracts import newest_file, read_contract, sign_contract
from tests.factories.identities import PASSWORD, give_password
from tests.forms import submit


async def sign_by_own(client, ctx, actor, contract_id, file: bytes, *, passphrase: str = made.PASSPHRASE):
    await give_password(ctx.db, actor)
    page = f"/contracts/{contract_id}/signing?read={(await read_contract(ctx.db, contract_id)).pdf_hash}"
    async with client(as_=actor) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        sent = {"own_certificate": ("own.p12", file, "application/x-pkcs12")}
        answer = await submit(
            http, page, "signature", files=sent, title="Director", consent="true", passphrase=passphrase
        )
        receipt = await http.get(f"/contracts/{contract_id}/signing")
    return answer, receipt.text


async def told(client, file: bytes):
    """As a program that knows nothing of sessions asks."""
    async with client() as http:
        sent = {"file": ("contract.pdf", file, "application/pdf")}
        answer = await http.post("/api/v1/verify", files=sent, headers={"authorization": "Bearer nonsense"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_all_three_signatures_hold_and_no_key_is_kept(client, ctx, app, partners, signable, tmp_path):
    file = made.own()
    answer, receipt = await sign_by_own(client, ctx, partners.buyer, signable, file)
    assert answer.status_code == 303, answer.text
    assert "issued by Harbour Trust CA" in receipt
    assert "names neither" not in receipt
    contract = await read_contract(ctx.db, signable)
    assert contract.signatures[0].affixed_at is not None, "in the same transaction"
    half = await told(client, await newest_file(ctx, signable))
    assert (half["verdict"], half["signatures"][0]["holds"]) == ("incomplete", True)

    await sign_contract(ctx, signable, partners.supplier)
    whole = await newest_file(ctx, signable)
    assert await signing.complete(whole, ctx.authority)
    said = await told(client, whole)
    assert said["verdict"] == "valid"
    [buyer] = [s for s in said["signatures"] if s["field"] == "Buyer"]
    assert (buyer["own"], buyer["listed"], buyer["issuer"], buyer["proven"]) == (True, False, "Harbour Trust CA", True)
    assert [s["own"] for s in said["signatures"] if s["field"] != "Buyer"] == [False, False]

    path, root = tmp_path / "contract.pdf", tmp_path / "root.pem"
    path.write_bytes(whole)
    async with client() as http:
        root.write_bytes((await http.get("/verify/root.pem")).content)
        form = {"file": ("a.pdf", whole, "application/pdf")}
        page = await http.get("/verify")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        shown = await http.post("/verify", data={"csrf_token": token}, files=form)
    assert "was not checked against a public list of trust" in shown.text
    command = await asyncio.to_thread(CliRunner().invoke, verify, [str(path), "--root", str(root)])
    assert command.exit_code == 0, command.output
    assert "certificate of their own, issued by Harbour Trust CA" in command.output

    root.write_bytes(made.root())
    app.state.jobs = replace(
        ctx, authority=Authority(LocalKeys(ctx.settings.secret_key.get_secret_value()), trusted=certificates(root))
    )
    [buyer] = [s for s in (await told(client, whole))["signatures"] if s["own"]]
    assert buyer["listed"]

    async with ctx.db.transaction(read_only=True) as tx:
        for table in metadata.tables:
            rows = await tx.scalars(text(f'SELECT t::text FROM "{table}" t'))  # noqa: S608  our own tables
            kept = "\n".join(rows)
            assert made.PASSPHRASE not in kept, table
            assert file[100:140].hex() not in kept, table
    assert not [one for one in ctx.settings.data_dir.rglob("*") if one.is_file() and file[100:140] in one.read_bytes()]


@pytest.mark.parametrize(
    ("file", "passphrase", "says"),
    [
        (made.own(), "wrong", "does not open this file"),
        (made.own(days=(-30, -1)), made.PASSPHRASE, "expired on"),
        (made.own(signs=False), made.PASSPHRASE, "not for signatures"),
        (b"%PDF-1.7", made.PASSPHRASE, "not a PKCS#12 file"),
    ],
)
async def test_a_refused_certificate_signs_nothing(client, ctx, partners, signable, file, passphrase, says):
    answer, _receipt = await sign_by_own(client, ctx, partners.buyer, signable, file, passphrase=passphrase)
    assert answer.status_code == 422
    assert says in answer.text
    assert made.PASSPHRASE not in answer.text
    assert (await read_contract(ctx.db, signable)).signatures == ()


async def test_it_waits_for_the_signature_before_it(client, ctx, partners, signable, monkeypatch):
    with monkeypatch.context() as still:
        still.setattr("tests.factories.contracts.drain", lambda _ctx: asyncio.sleep(0))
        await sign_contract(ctx, signable, partners.supplier)
    refused, _page = await sign_by_own(client, ctx, partners.buyer, signable, made.own())
    assert refused.status_code == 409
    assert "Please try again in a moment" in refused.text
    assert len((await read_contract(ctx.db, signable)).signatures) == 1
    await drain(ctx)
    done, _receipt = await sign_by_own(client, ctx, partners.buyer, signable, made.own())
    assert done.status_code == 303
    await drain(ctx)
    assert (await told(client, await newest_file(ctx, signable)))["verdict"] == "valid"


async def test_a_certificate_of_another_name_is_shown_with_a_warning(client, ctx, partners, signable):
    file = made.own("Anna Weber", "Weber Import GmbH")
    done, receipt = await sign_by_own(client, ctx, partners.buyer, signable, file)
    assert done.status_code == 303
    assert "Anna Weber, Weber Import GmbH" in receipt
    assert "names neither the signatory nor their company" in receipt
    async with client(as_=partners.supplier) as http:
        assert "names neither the signatory" in (await http.get(f"/contracts/{signable}")).text
