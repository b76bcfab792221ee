"""Verification: asked with documents, judged fact by fact by a person, dated; documents sealed, looks written down."""

import pytest
from sqlalchemy import select

from app.core import clock
from tests.factories.files import PDF
from tests.factories.people import make_company, make_staff
from tests.forms import submit
from trust.access import Role
from trust.identity import queries as identity
from trust.identity.models import AuditEntry
from trust.reviews import queries as reviews
from trust.verification import queries
from trust.verification.facts import Fact
from trust.verification.states import RequestState

LICENCE = {"licence": ("licence.pdf", PDF, "application/pdf")}


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works", level=1)


@pytest.fixture
async def moderator(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.MODERATOR)


async def ask(client, company):
    async with client(as_=company) as http:
        return await submit(http, "/verification", "verification", files=LICENCE, representative="李伟")


async def waiting(db):
    async with db.transaction(read_only=True) as tx:
        [item] = await reviews.queue(tx, offset=0, limit=10)
    return item


async def decide(client, moderator, item, **said):
    page = f"/moderation/{item.id}"
    async with client(as_=moderator) as http:
        await submit(http, page, "claim")
        return await submit(http, page, "decision", **said)


async def test_asked_accepted_and_verified_for_half_a_year(client, db, run_jobs, company, moderator):
    assert (await ask(client, company)).status_code == 303
    decided = await decide(client, moderator, await waiting(db), verdict="accept")
    assert decided.status_code == 303
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        view = await identity.organisation(tx, company.organisation_id)
        own = await queries.facts(tx, company.organisation_id, public=False)
        public = await queries.facts(tx, company.organisation_id)
    assert view.level == 2
    assert {fact.fact for fact in own} == set(Fact)
    assert Fact.REPRESENTATIVE not in {fact.fact for fact in public}
    assert {fact.state for fact in own} == {"verified"}
    clock.advance(days=183)
    assert {fact.state for fact in own} == {"expired"}


@pytest.mark.parametrize(("verdict", "state"), [("reject", RequestState.REJECTED), ("more", RequestState.MORE)])
async def test_refused_facts_are_named_to_the_company(client, db, run_jobs, company, moderator, verdict, state):
    await ask(client, company)
    said = {"verdict": verdict, "reason": "The licence is not readable.", "facts__legal_name": "blurred"}
    assert (await decide(client, moderator, await waiting(db), **said)).status_code == 303
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        [request] = await queries.requests(tx, company.organisation_id)
        assert (await identity.organisation(tx, company.organisation_id)).level == 1
    assert request.state == state
    assert request.verdicts["legal_name"] == "blurred"
    async with client(as_=company) as http:
        shown = await http.get("/verification")
    assert "blurred" in shown.text
    assert (await ask(client, company)).status_code == 303


@pytest.mark.parametrize(
    "said",
    [
        {"verdict": "reject"},
        {"verdict": "accept", "facts__address": "differs"},
        {"verdict": "perhaps", "reason": "x"},
    ],
)
async def test_decisions_that_cannot_be(client, db, company, moderator, said):
    await ask(client, company)
    item = await waiting(db)
    assert (await decide(client, moderator, item, **said)).status_code == 422
    async with db.transaction(read_only=True) as tx:
        assert (await reviews.item(tx, item.id)).verdict == ""


async def test_one_request_at_a_time(client, company):
    await ask(client, company)
    async with client(as_=company) as http:
        page = await http.get("/verification")
    assert 'name="licence"' not in page.text


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"licence": ("licence.pdf", b"MZ\x90\x00 not a pdf", "application/pdf")},
        {"licence": ("licence.pdf", b"", "application/pdf")},
    ],
)
async def test_without_a_readable_licence(client, db, company, files):
    async with client(as_=company) as http:
        refused = await submit(http, "/verification", "verification", files=files, representative="李伟")
    assert refused.status_code == 422
    assert "李伟" in refused.text
    async with db.transaction(read_only=True) as tx:
        assert await queries.requests(tx, company.organisation_id) == []


async def test_documents_are_sealed_and_looks_are_written_down(client, db, app, company, moderator):
    await ask(client, company)
    async with db.transaction(read_only=True) as tx:
        [request] = await queries.requests(tx, company.organisation_id)
    assert PDF not in await app.state.files.get(request.documents[0]["key"])
    async with client(as_=moderator) as http:
        read = await submit(http, f"/moderation/{(await waiting(db)).id}", "document-0")
    assert read.content == PDF
    async with db.transaction(read_only=True) as tx:
        seen = await tx.scalars(select(AuditEntry).where(AuditEntry.action == "verification_document_read"))
        assert [entry.member_id for entry in seen] == [moderator.id]


async def test_two_moderators_do_not_work_on_one_item(client, db, company, moderator):
    await ask(client, company)
    item = await waiting(db)
    async with db.transaction() as tx:
        other = await make_staff(tx, Role.MODERATOR)
    async with client(as_=moderator) as http:
        assert (await submit(http, f"/moderation/{item.id}", "claim")).status_code == 303
    async with client(as_=other) as http:
        page = await http.get(f"/moderation/{item.id}")
    assert "decision" not in page.text.split("desk-history")[0].split('name="_form"')[-1]


async def test_only_moderators_see_the_desk(client, db, company):
    async with db.transaction() as tx:
        finance = await make_staff(tx, Role.FINANCE_STAFF)
    for actor in (company, finance):
        async with client(as_=actor) as http:
            assert (await http.get("/moderation")).status_code == 403
