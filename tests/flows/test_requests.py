"""What takes both sides: a frozen text is opened again before anybody has signed it, a contract is let go after."""

import asyncio
from dataclasses import replace

import pytest

from app.core import evidence
from app.core.errors import Forbidden
from app.core.states import IllegalMove
from app.core.subject import Subject
from orders.contracts import jobs, pdf, requesting, revisions, service
from orders.contracts.errors import AlreadyAsked, AlreadySigned, ContractNotFound, NotHere, RequestGone
from orders.contracts.revising import Adjustments
from orders.contracts.states import ContractState, RequestKind
from orders.contracts.terms import digest
from tests.factories.contracts import draft_contract, lock_contract, read_contract, sign_contract
from tests.factories.people import make_company, make_key
from tests.flows.test_amendments import CHEAPER, propose, ready, start
from tests.forms import submit

UNLOCK, ANNUL = RequestKind.UNLOCK, RequestKind.ANNUL


async def ask(db, contract_id, actor, kind=UNLOCK, reason="A wrong port."):
    async with db.transaction() as tx:
        return (await requesting.ask(tx, contract_id, kind, reason, by=actor.member)).id


async def answer(db, contract_id, request_id, actor, how=requesting.assent):
    async with db.transaction() as tx:
        await how(tx, contract_id, request_id, by=actor.member)


async def kinds(db, contract_id):
    async with db.transaction(read_only=True) as tx:
        return [link.kind for link in await evidence.chain(tx, Subject("contract", contract_id))]


async def test_the_text_is_opened_changed_and_frozen_again(db, ctx, partners, signable):
    before = await read_contract(db, signable)
    request = await ask(db, signable, partners.supplier)
    assert (await read_contract(db, signable)).state == ContractState.SIGNING, "asking alone changes nothing"
    await answer(db, signable, request, partners.buyer)
    opened = await read_contract(db, signable)
    assert (opened.state, opened.revision, opened.terms) == (ContractState.DRAFT, before.revision + 1, before.terms)
    assert (opened.terms_hash, opened.pdf_hash, opened.file_key) == ("", "", "")
    assert (opened.buyer_agreed, opened.supplier_agreed) == (False, False)
    async with db.transaction(read_only=True) as tx:
        assert (await revisions.revisions(tx, signable))[-1].note == "A wrong port."
    async with db.transaction() as tx:
        changes = Adjustments(acceptance_days=10)
        await service.adjust(tx, signable, changes, revision=opened.revision, by=partners.buyer.member)
    await lock_contract(ctx, partners, signable)
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    after = await read_contract(db, signable)
    assert after.state == ContractState.EFFECTIVE
    assert after.pdf_hash != before.pdf_hash
    assert {"contract.unlock_asked", "contract.unlocked"} <= set(await kinds(db, signable))
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, Subject("contract", signable))).whole


async def test_the_old_file_is_known_as_what_it_was(client, db, ctx, partners, signable):
    from tests.flows.test_verify import told  # noqa: PLC0415  its way of asking

    old = await ctx.files.get((await read_contract(db, signable)).pdf_key)
    assert (await told(client, old))["verdict"] == "incomplete"
    await answer(db, signable, await ask(db, signable, partners.supplier), partners.buyer)
    assert (await told(client, old))["verdict"] == "reopened"
    async with db.transaction() as tx:
        await service.adjust(tx, signable, Adjustments(acceptance_days=10), revision=2, by=partners.buyer.member)
    await lock_contract(ctx, partners, signable)
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    assert (await told(client, old))["verdict"] == "reopened"
    new = await ctx.files.get((await read_contract(db, signable)).file_key)
    assert (await told(client, new))["verdict"] == "valid"


async def test_the_same_text_frozen_again_is_the_same_file(client, db, ctx, partners, signable):
    from tests.flows.test_verify import told  # noqa: PLC0415  its way of asking

    before = await read_contract(db, signable)
    file = await ctx.files.get(before.pdf_key)
    await answer(db, signable, await ask(db, signable, partners.supplier), partners.buyer)
    await lock_contract(ctx, partners, signable)
    assert (await read_contract(db, signable)).pdf_hash == before.pdf_hash
    assert (await told(client, file))["verdict"] == "incomplete"


async def test_a_document_that_is_late_is_not_that_of_another_text(db, ctx, partners, monkeypatch):
    """The text is opened, changed and frozen again while its first document is being set."""
    contract_id = await draft_contract(ctx, partners)
    for actor in (partners.buyer, partners.supplier):
        async with db.transaction() as tx:
            await service.agree(tx, contract_id, 1, by=actor.member)
    first = await read_contract(db, contract_id)
    render = pdf.render

    async def slow(terms, **options):
        document = await render(terms, **options)
        if terms == first.terms:
            await answer(db, contract_id, await ask(db, contract_id, partners.buyer), partners.supplier)
            async with db.transaction() as tx:
                changes = Adjustments(acceptance_days=10)
                await service.adjust(tx, contract_id, changes, revision=2, by=partners.buyer.member)
                await service.agree(tx, contract_id, 3, by=partners.supplier.member)
        return document

    monkeypatch.setattr(pdf, "render", slow)
    await jobs.prepare(ctx, contract_id)
    late = await read_contract(db, contract_id)
    assert (late.state, late.pdf_hash) == (ContractState.LOCKED, "")
    await jobs.prepare(ctx, contract_id)
    done = await read_contract(db, contract_id)
    assert (done.state, done.terms.inspection.acceptance_days) == (ContractState.SIGNING, 10)
    assert digest(await ctx.files.get(done.pdf_key)) == done.pdf_hash


async def test_after_one_signature_it_can_only_be_let_go(db, ctx, partners, signable):
    request = await ask(db, signable, partners.supplier)
    await sign_contract(ctx, signable, partners.buyer)
    with pytest.raises(RequestGone):
        await answer(db, signable, request, partners.buyer)
    with pytest.raises(AlreadySigned):
        await ask(db, signable, partners.supplier)
    with pytest.raises(AlreadySigned):
        async with db.transaction() as tx:
            await service.decline(tx, signable, "I think again.", by=partners.buyer.member)
    request = await ask(db, signable, partners.buyer, ANNUL, "The customer is gone.")
    with pytest.raises(Forbidden):
        await answer(db, signable, request, partners.buyer)
    await answer(db, signable, request, partners.supplier)
    assert (await read_contract(db, signable)).state == ContractState.VOID
    with pytest.raises(IllegalMove):
        await ask(db, signable, partners.buyer, ANNUL)


async def test_letting_go_against_the_second_signature(db, ctx, partners, signable):
    """At once: the contract is in force or void, never both."""
    await sign_contract(ctx, signable, partners.buyer)
    request = await ask(db, signable, partners.buyer, ANNUL)
    outcomes = await asyncio.gather(
        answer(db, signable, request, partners.supplier),
        sign_contract(ctx, signable, partners.supplier),
        return_exceptions=True,
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    state = (await read_contract(db, signable)).state
    assert state == (ContractState.VOID if outcomes[0] is None else ContractState.EFFECTIVE)


async def test_refused_withdrawn_and_one_at_a_time(db, partners, signable):
    request = await ask(db, signable, partners.supplier)
    with pytest.raises(AlreadyAsked):
        await ask(db, signable, partners.buyer)
    await answer(db, signable, request, partners.buyer, requesting.refuse)
    with pytest.raises(RequestGone):
        await answer(db, signable, request, partners.buyer)
    request = await ask(db, signable, partners.buyer, ANNUL)
    with pytest.raises(Forbidden):
        await answer(db, signable, request, partners.supplier, requesting.withdraw)
    await answer(db, signable, request, partners.buyer, requesting.withdraw)
    assert (await read_contract(db, signable)).state == ContractState.SIGNING
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    with pytest.raises(ContractNotFound):
        await ask(db, signable, stranger)


async def test_a_draft_is_not_opened_and_an_amendment_neither(db, ctx, partners):
    draft = await draft_contract(ctx, partners)
    with pytest.raises(IllegalMove):
        await ask(db, draft, partners.buyer)
    order = await start(ctx, partners, 0, 1, 2)
    amendment = await ready(ctx, partners, order, CHEAPER)
    with pytest.raises(NotHere):
        await ask(db, amendment, partners.buyer)
    await answer(db, amendment, await ask(db, amendment, partners.buyer, ANNUL), partners.supplier)
    assert (await read_contract(db, amendment)).state == ContractState.VOID
    again = await propose(db, order, partners.buyer, replace(CHEAPER, reason="Once more."))
    assert (await read_contract(db, again)).state == ContractState.DRAFT


async def test_the_page_the_lists_and_the_programs_know(client, db, partners, signable):
    page = f"/contracts/{signable}"
    async with client(as_=partners.supplier) as http:
        assert (await submit(http, page, "request", reason="A wrong port.")).status_code == 303
        assert "You ask to open the text again" in (await http.get(page)).text
        assert "Sign the contract" not in (await http.get("/")).text
    async with client(as_=partners.buyer) as http:
        assert "Open the text again?" in (await http.get("/")).text
        assert "Asked to open the text again" in (await http.get("/contracts")).text
        shown = (await http.get(page)).text
        assert "A wrong port." in shown
        refused = await submit(http, page, "refuse")
        assert refused.status_code == 303
    async with client(key=await make_key(db, partners.buyer)) as http:
        address = f"/api/v1{page}"
        asked = await http.post(f"{address}/requests", json={"kind": "unlock", "reason": "Too few days."})
        request = asked.json()["request"]
        assert (request["kind"], request["reason"]) == ("unlock", "Too few days.")
        assert (await http.get("/api/v1/contracts")).json()[0]["asked"] == "unlock"
    async with client(key=await make_key(db, partners.supplier)) as http:
        said = {"request_id": request["id"], "answer": "assent"}
        opened = await http.post(f"{address}/requests/answer", json=said)
        assert (opened.status_code, opened.json()["state"], opened.json()["request"]) == (200, "draft", None)
        assert (await http.post(f"{address}/requests/answer", json=said)).status_code == 409
