"""Anybody may hand in a contract's file: the answer is right for the file as it is, and for nothing else."""

import asyncio
import random
from datetime import timedelta

from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from app.commands.verify import verify
from app.core import clock
from app.core.signing.authority import Authority
from app.core.signing.keys import LocalKeys
from tests.factories.contracts import newest_file, read_contract, sign_contract, signable_contract
from tests.faults.counts import SEED


async def told(client, file: bytes):
    """As any program asks: without key, session or token."""
    async with client() as http:
        sent = {"file": ("contract.pdf", file, "application/pdf")}
        answer = await http.post("/verify", files=sent, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_each_state_of_the_document_is_told_apart(client, ctx, partners, signable):
    prepared = await newest_file(ctx, signable)
    assert (await told(client, prepared))["verdict"] == "incomplete"
    await sign_contract(ctx, signable, partners.supplier)
    half = await newest_file(ctx, signable)
    await sign_contract(ctx, signable, partners.buyer)
    whole = await newest_file(ctx, signable)

    said = await told(client, whole)
    assert (said["verdict"], said["missing"], said["newer"]) == ("valid", [], False)
    assert [s["field"] for s in said["signatures"]] == ["Supplier", "Buyer", "PlatformSeal"]
    assert all(s["holds"] and s["proven"] for s in said["signatures"])

    rolled_back = await told(client, half)
    assert (rolled_back["verdict"], rolled_back["newer"]) == ("incomplete", True)
    assert rolled_back["missing"] == ["Buyer", "PlatformSeal"]
    assert rolled_back["contract"] == said["contract"]


async def test_a_program_needs_no_key_and_a_session_makes_no_difference(client, app, ctx, partners, signable):
    file = {"file": ("contract.pdf", await newest_file(ctx, signable), "application/pdf")}
    json = {"accept": "application/json"}
    async with client() as http, client(as_=partners.buyer) as member:
        stranger = await http.post("/api/v1/verify", files=file)
        assert stranger.status_code == 200, stranger.text
        assert (await member.post("/verify", files=file, headers=json)).json() == stranger.json()
        odd = json | {"authorization": "Bearer nonsense", "idempotency-key": "k", "origin": "https://elsewhere.example"}
        assert (await http.post("/verify", files=file, headers=odd)).json() == stranger.json()
        assert (await member.post("/verify", files=file)).status_code == 403, "a page's form still carries its token"
        refused = await member.post("/account", headers=json, json={})
        assert refused.json()["code"] == "csrf", "and so does all that changes something"
        tries = [await http.post("/verify", headers=json) for _ in range(60)]
        assert tries[-1].status_code == 422
        now = clock.now()
        with clock.at(now + timedelta(seconds=600 - now.timestamp() % 600)):  # ten minutes begin, in which they count
            limited = [await http.post("/verify", files=file, headers=json) for _ in range(61)][-1]
    assert limited.status_code == 429
    said = app.openapi()["paths"]["/verify"]["post"]
    assert said["security"] == []
    assert list(said["requestBody"]["content"]) == ["multipart/form-data"]


async def test_whatever_was_changed_is_not_ours(client, ctx, partners, signable):
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    file = await newest_file(ctx, signable)
    generator = random.Random(SEED)  # noqa: S311  drawn again each time
    bent = [bytearray(file) for _ in range(20)]
    for copy in bent:
        copy[generator.randrange(len(file))] ^= 1 << generator.randrange(8)
    for changed in (*map(bytes, bent), file + b"\n", file[:-1], b"", b"%PDF-1.7", b"\0" * 99):
        if changed:
            assert (await told(client, changed))["verdict"] == "invalid"


async def test_years_later_the_answer_is_the_same(client, ctx, partners, signable):
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    file = await newest_file(ctx, signable)
    clock.advance(days=3_000)
    said = await told(client, file)
    assert said["verdict"] == "valid"


async def test_a_file_of_an_older_edition_is_attested(client, ctx, partners, monkeypatch):
    monkeypatch.setattr("orders.contracts.drafting.EDITION", "2026-12")
    contract_id = await signable_contract(ctx, partners)
    contract = await read_contract(ctx.db, contract_id)
    file = await ctx.files.get(contract.pdf_key)
    said = await told(client, file)
    assert (said["verdict"], said["missing"]) == ("incomplete", ["Supplier", "Buyer"])
    await sign_contract(ctx, contract_id, partners.buyer, partners.supplier)
    assert (await told(client, file))["verdict"] == "attested"


async def test_the_page_says_it_in_words(client, ctx, partners, signable):
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    contract = await read_contract(ctx.db, signable)
    file = await ctx.files.get(contract.file_key)
    async with client() as http:
        asked = await http.get(f"/verify/{contract.number}")
        assert contract.number in asked.text
        page = await http.get("/verify")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"csrf_token": token, "number": "CON-OTHER"}
        answer = await http.post("/verify", data=form, files={"file": ("a.pdf", file, "application/pdf")})
        nothing = await http.post("/verify", data=form)
    assert f"This is the signed contract {contract.number}" in answer.text
    assert "You asked about CON-OTHER" in answer.text
    assert nothing.status_code == 422
    assert 'href="#' in nothing.text


async def test_the_command_checks_without_database_and_network(client, ctx, partners, signable, tmp_path):
    async def run(file: bytes, *options: str):
        path = tmp_path / "contract.pdf"
        path.write_bytes(file)
        return await asyncio.to_thread(CliRunner().invoke, verify, [str(path), *options])

    async with client() as http:
        answer = await http.get("/verify/root.pem")
    root = tmp_path / "root.pem"
    root.write_bytes(answer.content)
    ours = ("--root", str(root))
    assert (await run(await newest_file(ctx, signable), *ours)).exit_code == 1
    await sign_contract(ctx, signable, partners.buyer)
    half = await run(await newest_file(ctx, signable), *ours)
    assert (half.exit_code, half.output.splitlines()[-1]) == (2, "incomplete")
    assert "missing  Supplier" in half.output
    await sign_contract(ctx, signable, partners.supplier)
    file = await newest_file(ctx, signable)
    whole = await run(file, *ours)
    assert whole.exit_code == 0, whole.output
    assert whole.output.count("holds") == 3
    assert whole.output.splitlines()[-1].startswith("valid, last timestamp")
    bent = file.replace(b"/Count", b"/Cound", 1)
    assert (await run(bent, *ours)).exit_code == 1
    strange = Authority(LocalKeys("the secret of another installation"))
    root.write_bytes(strange.root.public_bytes(Encoding.PEM))
    refused = await run(file, *ours)
    assert refused.exit_code == 1
    assert refused.output.count("FAILS") == 3
