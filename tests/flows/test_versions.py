"""Every version of a contract's text is kept; no change is made over one that its author has not read."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import select, text

from orders.contracts import queries, revisions, service
from orders.contracts.errors import TextChanged
from orders.contracts.models import Revision
from orders.contracts.revising import Adjustments
from tests.factories.contracts import lock_contract
from tests.factories.people import make_key
from tests.forms import forms_of, submit
from tests.queries import cost
from tests.sql import connect


async def adjust(db, contract_id, actor, revision, **changes):
    async with db.transaction() as tx:
        note = changes.pop("note", "")
        await service.adjust(tx, contract_id, Adjustments(**changes), revision=revision, note=note, by=actor.member)


async def look(db, contract_id):
    async with db.transaction(read_only=True) as tx:
        return await queries.contract(tx, contract_id), await revisions.revisions(tx, contract_id)


async def test_every_version_is_kept_with_its_author_and_note(db, partners, draft):
    await adjust(db, draft, partners.buyer, 1, acceptance_days=10)
    await adjust(db, draft, partners.supplier, 2, packing_en="Pallets", note="The carrier asks for it.")
    contract, kept = await look(db, draft)
    assert [(k.revision, k.member_id, k.note) for k in kept] == [
        (1, None, ""),
        (2, partners.buyer.id, ""),
        (3, partners.supplier.id, "The carrier asks for it."),
    ]
    async with db.transaction(read_only=True) as tx:
        first, second, third = [await revisions.terms_at(tx, draft, number) for number in (1, 2, 3)]
    assert (first.inspection.acceptance_days, second.inspection.acceptance_days) == (7, 10)
    assert (second.packing.en, third.packing.en) == (first.packing.en, "Pallets")
    assert third == contract.terms


async def test_two_edits_of_one_draft_at_once(db, partners, draft):
    """Really at once: each in a transaction of its own, on a connection of its own."""
    outcomes = await asyncio.gather(
        adjust(db, draft, partners.buyer, 1, acceptance_days=10),
        adjust(db, draft, partners.supplier, 1, packing_en="Pallets"),
        return_exceptions=True,
    )
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [TextChanged]
    contract, kept = await look(db, draft)
    assert len(kept) == contract.revision == 2
    changed = (contract.terms.inspection.acceptance_days == 10, contract.terms.packing.en == "Pallets")
    assert changed == (outcomes[0] is None, outcomes[1] is None)


async def test_nobodys_sql_changes_a_version(db, urls, draft):
    owner = await connect(urls.owner)
    for statement in (
        "UPDATE contract_revision SET note = 'x'",
        "DELETE FROM contract_revision",
        "TRUNCATE contract_revision",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(statement)
    await owner.close()


async def test_a_form_that_is_out_of_date_keeps_what_was_typed(client, db, partners, draft):
    page = f"/contracts/{draft}"
    async with client(as_=partners.buyer) as http:
        form = forms_of((await http.get(page)).text)["terms"]
        await adjust(db, draft, partners.supplier, 1, acceptance_days=12, hidden_days=200)
        typed = form["fields"] | {"packing_en": "Crates of pine", "acceptance_days": "9", "note": "As we spoke."}
        again = await http.post(form["action"], data=typed)
        assert again.status_code == 409
        assert "The other side has changed the draft meanwhile" in again.text
        assert "<del>" in again.text
        fields = forms_of(again.text)["terms"]["fields"]
        assert (fields["packing_en"], fields["acceptance_days"], fields["note"]) == (
            "Crates of pine",
            "9",
            "As we spoke.",
        )
        assert fields["hidden_days"] == "200", "what was not touched follows the draft"
        contract, _kept = await look(db, draft)
        assert (contract.revision, contract.terms.inspection.acceptance_days) == (2, 12)
        sent = await http.post(form["action"], data=fields)
    assert sent.status_code == 303
    contract, _kept = await look(db, draft)
    assert (contract.terms.inspection.acceptance_days, contract.terms.claims.hidden_days) == (9, 200)
    assert contract.terms.packing.en == "Crates of pine"


async def test_programs_say_which_version_they_change(client, db, partners, draft):
    async with client(key=await make_key(db, partners.buyer)) as http:
        address = f"/api/v1/contracts/{draft}/terms"
        unsaid = await http.post(address, json={"acceptance_days": 9})
        assert (unsaid.status_code, list(unsaid.json()["errors"])) == (422, ["revision"])
        await adjust(db, draft, partners.supplier, 1, acceptance_days=12)
        stale = await http.post(address, json={"acceptance_days": 9, "revision": 1})
        assert (stale.status_code, stale.json()["code"], stale.json()["facts"]["revision"]) == (409, "text_changed", 2)
        told = (await http.get(f"/api/v1/contracts/{draft}/versions?since=1")).json()
        fresh = await http.post(address, json={"acceptance_days": 9, "revision": 2})
    assert [change["place"] for change in told["changes"]] == ["payments", "payments", "article-inspection"]
    english = told["changes"][2]["parts"]["en"]
    assert {"kind": "gone", "text": "7"} in english
    assert {"kind": "new", "text": "12"} in english
    assert fresh.status_code == 200


async def test_the_difference_begins_with_what_a_side_has_read(client, db, partners, draft):
    async with client(as_=partners.buyer) as http:
        await submit(http, f"/contracts/{draft}", "agree")
        await adjust(db, draft, partners.supplier, 1, acceptance_days=12)
        await adjust(db, draft, partners.supplier, 2, packing_en="Pallets", note="Sea freight.")
        room = await http.get(f"/contracts/{draft}")
        assert "4 changes since you last agreed" in room.text
        assert "Sea freight." in room.text
        assert f"/contracts/{draft}/versions?since=1&amp;until=3" in room.text
        page = await http.get(f"/contracts/{draft}/versions")
        assert "From version 1 to version 3" in page.text
        chosen = await http.get(f"/contracts/{draft}/versions?since=2&until=3")
        assert "Pallets</ins>" in chosen.text.replace(
            '<span class="visually-hidden"> (end of the insertion) </span>', ""
        )
        same = await http.get(f"/contracts/{draft}/versions?since=3&until=3")
        assert "These two versions say the same." in same.text
        assert (await http.get(f"/contracts/{draft}/versions?since=9")).status_code == 404
    async with client(as_=partners.supplier) as http:
        room = await http.get(f"/contracts/{draft}")
        page = await http.get(f"/contracts/{draft}/versions")
    assert "since you last agreed" not in room.text, "the supplier wrote it"
    assert "From version 2 to version 3" in page.text, "nothing is new to them, so the last change is shown"


async def test_text_that_cannot_be_printed_is_a_version_too(db, ctx, partners, draft):
    await adjust(db, draft, partners.buyer, 1, special_en="Marks: \U0001f600")
    await lock_contract(ctx, partners, draft)
    contract, kept = await look(db, draft)
    assert (contract.revision, kept[-1].revision, kept[-1].member_id) == (3, 3, None)
    assert kept[-1].note == contract.fault


async def test_versions_cost_no_more_queries_the_more_there_are(client, db, partners, draft):
    pages = (f"/contracts/{draft}", f"/contracts/{draft}/versions", "/contracts", "/")
    async with client(as_=partners.buyer) as http:
        await adjust(db, draft, partners.supplier, 1, acceptance_days=10)
        few = await cost(http, db, *pages)
        for revision in range(2, 8):
            await adjust(db, draft, partners.supplier, revision, acceptance_days=10 + revision)
        assert await cost(http, db, *pages) == few
    async with db.transaction(read_only=True) as tx:
        assert len(list(await tx.scalars(select(Revision.revision)))) == 8
        assert (await tx.execute(text("SELECT count(*) FROM contract"))).scalar_one() == 1
