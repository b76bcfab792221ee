"""Signatures get into the document, whatever happens in between: once, in order, and with a time when there is one."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.runner import Again, drain
from app.core.signing.checking import examine
from app.core.signing.timestamps import NoTimestamp
from app.core.subject import Subject
from orders.contracts import affixing, jobs, signing
from orders.deals import queries as orders
from payments.escrow import queries as escrows
from tests.factories.contracts import make_order, newest_file, read_contract, sign_contract
from tests.factories.identities import PASSWORD, give_password
from tests.fakes import Away
from tests.forms import submit

IN_THE_DOCUMENT = ("contract.affixed", "contract.sealed", "contract.timestamped")


async def steps(ctx, contract_id) -> list[str]:
    async with ctx.db.transaction(read_only=True) as tx:
        chain = await evidence.chain(tx, Subject("contract", contract_id))
    return [f"{link.kind} {link.data['side']}".strip() for link in chain if link.kind in IN_THE_DOCUMENT]


async def found(ctx, contract_id):
    return await examine(await newest_file(ctx, contract_id), signing.anchors(ctx.authority), at=clock.now())


async def test_the_document_carries_both_signatures_and_the_seal(ctx, partners, signable):
    prepared = await read_contract(ctx.db, signable)
    assert (await found(ctx, signable)).signatures == ()
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    contract = await read_contract(ctx.db, signable)
    file, before = [await ctx.files.get(key) for key in (contract.file_key, prepared.pdf_key)]
    assert file.startswith(before)
    assert await signing.complete(file, ctx.authority)
    assert contract.pdf_hash == prepared.pdf_hash
    assert await steps(ctx, signable) == [
        "contract.affixed buyer",
        "contract.affixed supplier",
        "contract.sealed platform",
    ]
    there = await found(ctx, signable)
    buyer = there.by(signing.BUYER)
    assert (buyer.name, buyer.title, buyer.company) == (
        partners.buyer.member.name,
        "Director",
        contract.terms.buyer.name,
    )
    assert contract.number in buyer.reason
    assert contract.signatures[0].consent_hash in buyer.reason
    assert there.archived is not None


async def test_one_signature_is_not_a_complete_document(ctx, partners, signable):
    await sign_contract(ctx, signable, partners.supplier)
    there = await found(ctx, signable)
    assert [s.holds for s in there.signatures] == [True]
    assert signing.missing(there) == [signing.BUYER, signing.SEAL]
    assert not await signing.complete(await newest_file(ctx, signable), ctx.authority)


async def test_two_workers_at_once_make_one_document(ctx, partners, signable, monkeypatch):
    monkeypatch.setattr("tests.factories.contracts.drain", lambda _ctx: asyncio.sleep(0))
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    await asyncio.gather(*(jobs.affix(ctx, contract_id=signable) for _ in range(3)))
    assert await steps(ctx, signable) == [
        "contract.affixed buyer",
        "contract.affixed supplier",
        "contract.sealed platform",
    ]
    assert await signing.complete(await newest_file(ctx, signable), ctx.authority)
    assert not await affixing.further(ctx, signable)


async def test_a_worker_that_dies_before_it_writes_down_loses_nothing(ctx, partners, signable, monkeypatch):
    monkeypatch.setattr("tests.factories.contracts.drain", lambda _ctx: asyncio.sleep(0))
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)

    class Killed(BaseException):
        pass

    async def die(*_args, **_kwargs):
        raise Killed

    for _ in range(3):
        with monkeypatch.context() as dying:
            dying.setattr(affixing, "keep", die)
            with pytest.raises(Killed):
                await affixing.further(ctx, signable)
        await affixing.further(ctx, signable)
    assert await signing.complete(await newest_file(ctx, signable), ctx.authority)
    assert len(await steps(ctx, signable)) == 3


async def test_while_no_clock_answers_signing_goes_on(ctx, partners, signable):
    alone = replace(ctx, timestamps=[Away(), Away()])
    await sign_contract(alone, signable, partners.buyer, partners.supplier)
    contract = await read_contract(ctx.db, signable)
    assert contract.effective_at is not None
    assert contract.sealed_at is not None
    assert contract.archived_at is None
    there = await found(ctx, signable)
    assert [(s.holds, s.proven) for s in there.signatures] == [(True, False)] * 3
    with pytest.raises(Again):
        await jobs.affix(alone, contract_id=signable)
    await jobs.affix(ctx, contract_id=signable)
    with clock.at(clock.now() + timedelta(days=2)):
        there = await found(ctx, signable)
        assert [(s.holds, s.proven) for s in there.signatures] == [(True, True)] * 3
    assert (await steps(ctx, signable))[-1] == "contract.timestamped"


async def test_what_was_left_behind_is_found(ctx, partners, signable, monkeypatch):
    with monkeypatch.context() as still:
        still.setattr("tests.factories.contracts.drain", lambda _ctx: asyncio.sleep(0))
        await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    async with ctx.db.transaction() as tx:
        await tx.execute(text("UPDATE job SET dead_at = now() WHERE name LIKE '%affix'"))
    await jobs.affix_late(ctx)
    await drain(ctx)
    assert (await read_contract(ctx.db, signable)).archived_at is not None


async def test_every_year_the_document_gets_a_new_timestamp(ctx, partners, signable):
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    start = clock.now()
    for year in (1, 2):
        with clock.at(start + timedelta(days=366 * year)):
            await jobs.affix_late(ctx)
            await drain(ctx)
    contract = await read_contract(ctx.db, signable)
    assert contract.archived_at > start + timedelta(days=700)
    with clock.at(start + timedelta(days=366 * 2 + 399)):
        assert await signing.complete(await newest_file(ctx, signable), ctx.authority)
    alone = replace(ctx, timestamps=[Away()])
    with pytest.raises(Again):
        await jobs.renew(alone, contract_id=signable)
    with pytest.raises(NoTimestamp):
        await affixing.renew(alone, signable)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE signature SET name = 'Somebody else'",
        "UPDATE signature SET statement = ''",
        "UPDATE signature SET certificate = NULL, affixed_at = NULL",
        "UPDATE signature SET affixed_at = now()",
        "DELETE FROM signature",
        "TRUNCATE signature",
    ],
)
async def test_a_signature_given_stays(ctx, partners, signable, change):
    await sign_contract(ctx, signable, partners.buyer)
    with pytest.raises(DBAPIError, match=r"stays as it was given|append-only|permission"):
        async with ctx.db.transaction() as tx:
            await tx.execute(text(change))


async def test_the_parties_get_the_signed_document(client, ctx, partners, signable):
    await sign_contract(ctx, signable, partners.buyer, partners.supplier)
    async with client(as_=partners.supplier) as http:
        answer = await http.get(f"/contracts/{signable}/document.pdf")
    assert answer.content == await newest_file(ctx, signable)


async def test_no_money_is_asked_for_before_the_document_is_sealed(client, ctx, partners):
    order_id = await make_order(ctx, partners)
    async with ctx.db.transaction(read_only=True) as tx:
        order = await orders.order(tx, order_id)
        (milestone, *_rest) = (await escrows.escrow(tx, order.subject)).milestones
    async with ctx.db.transaction() as tx:
        await tx.execute(text("UPDATE contract SET sealed_at = NULL"))
    async with client(as_=partners.buyer) as http:
        refused = await submit(http, f"/orders/{order_id}", f"bank-{milestone.id}")
        assert refused.status_code == 409
        assert "is being sealed" in refused.text
        async with ctx.db.transaction() as tx:
            assert (await tx.execute(text("SELECT count(*) FROM operation"))).scalar_one() == 0
            await tx.execute(text("UPDATE contract SET sealed_at = now()"))
        accepted = await submit(http, f"/orders/{order_id}", f"bank-{milestone.id}")
    assert accepted.status_code == 303


async def test_a_document_whose_signatures_do_not_hold_is_not_sealed(ctx, partners, signable, monkeypatch):
    """Such as one whose bytes were changed in the store, under a hash that was changed with them."""
    await sign_contract(ctx, signable, partners.buyer)
    file = await newest_file(ctx, signable)
    place = file.index(b"stream\n") + 20
    bent = await ctx.files.put(
        file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :], content_type="application/pdf"
    )
    async with ctx.db.transaction() as tx:
        await tx.execute(text("UPDATE contract SET file_key = :key"), {"key": bent.key})
    await sign_contract(ctx, signable, partners.supplier)
    assert (await read_contract(ctx.db, signable)).sealed_at is None


async def test_a_name_that_no_document_can_show_is_refused_before_signing(client, ctx, db, partners, signable):
    async with db.transaction() as tx:
        await tx.execute(
            text("UPDATE member SET name = 'Wei \U0001f600' WHERE id = :id"), {"id": partners.buyer.member.id}
        )
    await give_password(db, partners.buyer)
    async with client(as_=partners.buyer) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        page = f"/contracts/{signable}/signing?read={(await read_contract(ctx.db, signable)).pdf_hash}"
        refused = await submit(http, page, "signature", title="Director", consent="true")
    assert refused.status_code == 422
    assert "cannot be printed" in refused.text
    assert (await read_contract(ctx.db, signable)).signatures == ()
