"""Verification: asked with documents, judged fact by fact by a person, dated; documents sealed, looks written down."""

from datetime import timedelta

import pytest

from app.core import clock
from listings.suppliers import verified_at
from tests.factories.files import PDF
from tests.factories.people import make_company, make_staff
from tests.factories.verification import FORM
from tests.forms import submit
from trust.access import Role
from trust.identity import queries as identity
from trust.reviews import queries as reviews
from trust.verification import queries
from trust.verification.facts import ENTITY, PRIVATE, Fact
from trust.verification.looking import looks
from trust.verification.models import VerifiedFact
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
        return await submit(http, "/verification", "verification", files=LICENCE, **FORM)


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
    claimed = {*ENTITY, Fact.SCOPE, Fact.CAPITAL, Fact.ESTABLISHED, Fact.OWNERS}
    assert {fact.fact for fact in own} == claimed
    assert {fact.fact for fact in public} == claimed - PRIVATE
    assert {fact.value for fact in own if fact.fact in PRIVATE} == {""}
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
    if verdict == "reject":
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
        refused = await submit(http, "/verification", "verification", files=files, **FORM)
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
    assert read.content.startswith(b"%PDF-")
    assert read.content != PDF, "a copy with words across it"
    async with db.transaction(read_only=True) as tx:
        found, total = await looks(tx, offset=0, limit=10)
    assert total == 1
    assert (found[0].who, found[0].what, found[0].name) == (moderator.member.name, "document", "licence.pdf")
    assert found[0].purpose == f"verification {request.id}"


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


DAYS_AGO_AND_AHEAD = [
    # fact, confirmed so many days ago, valid for so many more
    (Fact.LEGAL_NAME, 90, 60),
    (Fact.ADDRESS, 40, 60),
    (Fact.REGISTRATION, 30, 60),
    (Fact.REGISTRATION, 20, -1),  # took the place of the one before, and is over
    (Fact.OWNERS, 1, 60),  # nobody's business
]


@pytest.mark.parametrize("many", range(len(DAYS_AGO_AND_AHEAD) + 1))
async def test_lists_tell_the_same_day_as_all_facts_would(db, many):
    now = clock.now()
    async with db.transaction() as tx:
        company, other = await make_company(tx, "Lantern Works"), await make_company(tx, "Hansa Import")
        for fact, ago, ahead in DAYS_AGO_AND_AHEAD[:many]:
            until = now + timedelta(days=ahead)
            row = VerifiedFact(organisation_id=company.organisation_id, fact=fact, value="", method="document")
            row.confirmed_at, row.valid_until = now - timedelta(days=ago), until
            tx.add(row)
    ids = [company.organisation_id, other.organisation_id]
    async with db.reading() as tx:
        told, known = await queries.standing(tx, ids), await queries.known(tx, ids)
        assert await queries.standing(tx, []) == {}
    assert {id_: (one.company, one.since) for id_, one in told.items()} == {
        id_: (one.company, verified_at(one.facts)) for id_, one in known.items()
    }
    days = {0: None, 1: 90, 2: 40, 3: 30, 4: 40, 5: 40}[many]
    assert told[company.organisation_id].since == (days and now - timedelta(days=days))
