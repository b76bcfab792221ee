"""Asking for more and answering, drafts, renewal, the register, and who may make which move in which state."""

import asyncio
import json
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

from app.core import clock, opening
from app.core.states import IllegalMove
from app.core.subject import Subject
from tests.factories.files import PDF
from tests.factories.people import make_company, make_member, make_staff
from tests.factories.verification import FORM
from tests.flows.test_verification import LICENCE, ask, decide, waiting
from tests.forms import forms_of, submit
from tests.sql import connect
from trust.access import Role
from trust.identity import queries as identity
from trust.identity.models import Organisation
from trust.retention.models import ErasedFile
from trust.reviews import service as reviews
from trust.risk import holds
from trust.verification import drafts, jobs, looking, papers, press, queries, reviewing, shown
from trust.verification.facts import GOOD_FOR, Fact
from trust.verification.guarding import acceptance_of
from trust.verification.models import VerificationDraft, VerificationRequest
from trust.verification.register import RegistryEntry, compared
from trust.verification.states import MOVES, RequestMove, RequestState

OTHER = {"other": ("other.pdf", PDF, "application/pdf")}


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works", level=1)


@pytest.fixture
async def moderator(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.MODERATOR)


async def only(db, company):
    async with db.transaction(read_only=True) as tx:
        [found] = await queries.requests(tx, company.organisation_id)
    return found


async def believed(http) -> str:
    """The token without which every form is refused, whatever it says."""
    return str(forms_of((await http.get("/company")).text)["company"]["fields"]["csrf_token"])


async def accept(client, db, run_jobs, company, moderator):
    await ask(client, company)
    await decide(client, moderator, await waiting(db), verdict="accept")
    await run_jobs()


async def test_only_what_was_asked_is_answered_and_what_was_accepted_stays(client, db, run_jobs, company, moderator):
    await ask(client, company)
    said = {
        "verdict": "more",
        "reason": "Two things are missing.",
        "facts__scope": "The licence says something else.",
        "facts__document_authority": "Who signs for you?",
    }
    assert (await decide(client, moderator, await waiting(db), **said)).status_code == 303
    await run_jobs()
    found = await only(db, company)
    assert found.state == RequestState.MORE
    assert set(found.accepted) == {f.value for f in found.claimed} - {"scope"}
    page, other = f"/verification/{found.id}", f"/verification/{found.id}/answer"
    papers = {"authority": ("authority.pdf", PDF, "application/pdf")}
    async with client(as_=company) as http:
        assert (await http.get(f"{page}/letter.pdf")).content.startswith(b"%PDF-")
        shown = (await http.get(page)).text
        assert "correct it on your company" not in shown, "there is no such page"
        asked = forms_of(shown)["answer"]["fields"]
        assert {"scope"} == set(asked) & {"scope", "capital", "representative", "established"}
        refused = await submit(http, page, "answer", scope="灯具批发")
        assert refused.status_code == 422, "the document is missing"
        assert "灯具批发" in refused.text
        kept = await submit(http, page, "answer", files=papers, scope="灯具批发", capital="1", representative="Other")
        assert kept.status_code == 303
        again = await http.post(other, data={"csrf_token": await believed(http), "scope": "x"})
        assert (again.status_code, again.headers["content-type"][:9]) == (409, "text/html")
        letter = await http.get(f"{page}/letter.pdf")
        assert letter.content.startswith(b"%PDF-"), "that more was asked can be read when it is answered"
        assert f"{page}/letter.pdf" in (await http.get(page)).text
    answered = await only(db, company)
    assert answered.state == RequestState.SUBMITTED
    assert answered.claims["scope"] == "灯具批发"
    assert answered.claims["capital"] == found.claims["capital"], "what was not asked for is not taken"
    async with db.transaction() as tx:
        other_moderator = await make_staff(tx, Role.MODERATOR)
    assert (await decide(client, other_moderator, await waiting(db), verdict="accept")).status_code == 303
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        rows = await tx.execute(text("SELECT fact, confirmed_by FROM verified_fact"))
        by = {row.fact: row.confirmed_by for row in rows}
    assert by["capital"] == moderator.id, "accepted by the first"
    assert by["scope"] == other_moderator.id
    assert "authority" in by


async def test_a_draft_keeps_what_was_typed_and_is_sealed(client, db, app, ctx, company):
    typed = FORM | {"representative": "王芳", "owners__0__name": "", "established": "someday", "save": "draft"}
    async with client(as_=company) as http:
        assert (await submit(http, "/verification", "verification", files=LICENCE, **typed)).status_code == 303
        fields = forms_of((await http.get("/verification")).text)["verification"]["fields"]
        assert (fields["representative"], fields["established"]) == ("王芳", "someday")
        async with db.transaction(read_only=True) as tx:
            row = (await tx.scalars(select(VerificationDraft))).one()
            assert "王芳".encode() not in row.sealed
            assert await queries.requests(tx, company.organisation_id) == []
        del typed["save"]
        done = typed | {"established": "2009-04-01", "owners__0__name": "陈思远"}
        assert (await submit(http, "/verification", "verification", **done)).status_code == 303, (
            "with the draft's licence"
        )
    async with db.transaction(read_only=True) as tx:
        assert await drafts.of(tx, app.state.vault, company.organisation_id) is None
    assert [d["kind"] for d in (await only(db, company)).documents] == ["licence"]


async def test_a_draft_that_nobody_touches_goes_after_ninety_days(client, db, ctx, company):
    async with client(as_=company) as http:
        await submit(http, "/verification", "verification", files=LICENCE, save="draft", **FORM)
    for days, left in ((89, 1), (91, 0)):
        with clock.at(clock.now() + timedelta(days=days)):
            await jobs.forget_refused(ctx)
        async with db.transaction(read_only=True) as tx:
            assert len(list(await tx.scalars(select(VerificationDraft)))) == left
            assert len(list(await tx.scalars(select(ErasedFile)))) == 1 - left


async def test_renewal_by_one_statement_in_the_last_sixty_days(client, db, run_jobs, company, moderator):
    await accept(client, db, run_jobs, company, moderator)
    until = GOOD_FOR - timedelta(days=60)
    clock.advance(seconds=(until - timedelta(hours=1)).total_seconds())
    async with client(as_=company) as http:
        assert "renewal" not in forms_of((await http.get("/verification")).text)
        clock.advance(hours=2)
        assert (await submit(http, "/verification", "renewal", unchanged="true")).status_code == 303
    await decide(client, moderator, await waiting(db), verdict="accept")
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        facts = await queries.facts(tx, company.organisation_id, public=False)
    assert {f.valid_until.date() for f in facts} == {(clock.now() + GOOD_FOR).date()}


async def test_a_company_that_moved_does_not_renew_by_statement(client, db, run_jobs, company, moderator):
    await accept(client, db, run_jobs, company, moderator)
    async with db.transaction() as tx:
        row = await tx.get(Organisation, company.organisation_id)
        row.address = "9 Other Road"
    clock.advance(days=150)
    async with client(as_=company) as http:
        refused = await submit(http, "/verification", "renewal", unchanged="true")
    assert refused.status_code == 422


async def test_the_register_is_compared_and_differences_are_flagged(client, db, app, company, moderator):
    await ask(client, company)
    item = await waiting(db)
    page = f"/moderation/{item.id}"
    said = {"name": "Quite Another Trading GmbH", "representative": "张三丰", "source": "gsxt.gov.cn"}
    shot = {"screenshot": ("register.pdf", PDF, "application/pdf")}
    async with client(as_=moderator) as http:
        assert (await submit(http, page, "register", files=shot, **said)).status_code == 303
        shown = (await http.get(page)).text
        assert "Quite Another Trading GmbH" in shown
        assert "The register says something else" in shown
        copied = await submit(http, page, "screenshot")
        assert copied.content.startswith(b"%PDF-")
    async with db.transaction(read_only=True) as tx:
        dumped = await tx.scalar(text("SELECT string_agg(to_jsonb(r)::text, '') FROM register_entry r"))
    assert "张三丰" not in dumped
    assert "张三丰".encode().hex() not in dumped


async def let_go(db, company):
    """What a register that says otherwise held: two people looked into it."""
    async with db.transaction() as tx:
        people = [await make_staff(tx, Role.COMPLIANCE) for _place in range(2)]
        for held in await holds.standing(tx, acceptance_of(company.organisation_id)):
            for person in people:
                await holds.ask_release(tx, held.id, "A branch of the same company.", by=person.member)


@pytest.mark.parametrize(
    ("said", "by_register"),
    [
        ({}, {"legal_name", "registration"}),
        ({"name": "Quite Another Trading GmbH"}, {"registration"}),
        ({"number": "1234567890"}, {"legal_name"}),
        ({"representative": "李伟"}, {"legal_name", "registration", "representative"}),
        ({"representative": "张三丰", "established": "2009-04-01"}, {"legal_name", "registration", "established"}),
    ],
)
async def test_only_what_the_register_says_is_marked_as_compared_with_it(
    client, db, run_jobs, company, moderator, said, by_register
):
    await ask(client, company)
    item = await waiting(db)
    page = f"/moderation/{item.id}"
    async with db.transaction(read_only=True) as tx:
        own = await identity.organisation(tx, company.organisation_id)
    entry = {"name": own.name_latin, "number": own.registration_number, "source": "gsxt.gov.cn"} | said
    async with client(as_=moderator) as http:
        assert (await submit(http, page, "register", **entry)).status_code == 303
        shown = (await http.get(page)).text
        flagged = "name" in said or "number" in said or said.get("representative") == "张三丰"
        assert ("The register says something else" in shown) == flagged, "also under another number than the company's"
        assert "张三丰" not in shown, "a person's name is looked at, not shown"
    await let_go(db, company)
    await decide(client, moderator, item, verdict="accept")
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        facts = await queries.facts(tx, company.organisation_id, public=False)
    assert {fact.fact.value for fact in facts if fact.method == "register"} == by_register


async def test_what_is_claimed_otherwise_since_was_not_compared(client, db, run_jobs, company, moderator):
    await ask(client, company)
    item = await waiting(db)
    async with db.transaction(read_only=True) as tx:
        own = await identity.organisation(tx, company.organisation_id)
    entry = {
        "name": own.name_latin, "number": own.registration_number, "source": "gsxt.gov.cn",
        "representative": "李伟", "established": "2009-04-01",
    }  # fmt: skip
    async with client(as_=moderator) as http:
        await submit(http, f"/moderation/{item.id}", "register", **entry)
    more = {"verdict": "more", "reason": "Two things.", "facts__representative": "Who?", "facts__established": "When?"}
    await decide(client, moderator, item, **more)
    await run_jobs()
    found = await only(db, company)
    async with client(as_=company) as http:
        await submit(http, f"/verification/{found.id}", "answer", representative="王芳", established="2010-01-01")
    await decide(client, moderator, await waiting(db), verdict="accept")
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        facts = await queries.facts(tx, company.organisation_id, public=False)
    assert {fact.fact.value for fact in facts if fact.method == "register"} == {"legal_name", "registration"}


async def test_the_register_is_written_down_of_what_is_under_review_alone(client, db, app, company, moderator):
    await ask(client, company)
    found = await only(db, company)
    entry = RegistryEntry("CN", "1", "Lantern Works")
    for state in set(RequestState) - {RequestState.SUBMITTED}:
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE verification_request SET state = :s"), {"s": state.value})
        with pytest.raises(IllegalMove):
            async with db.transaction() as tx:
                await reviewing.note_register(
                    tx, app.state.vault, found.id, entry, source="x", screenshot=None, by=moderator.member
                )


def test_names_are_compared_without_company_forms():
    claims = {Fact.LEGAL_NAME: "灯港照明有限公司 / Lumen Harbour Lighting Co., Ltd.", Fact.REGISTRATION: "USCC 1"}

    def flagged(name: str) -> bool:
        return compared(claims, "", RegistryEntry("CN", "1", name))[0].flagged

    assert not flagged("灯港照明有限责任公司")
    assert not flagged("LUMEN HARBOUR LIGHTING LIMITED")
    assert not flagged("Lumen Harbor Lighting Co Ltd")
    assert flagged("Lumen Lighting Co., Ltd.")
    assert flagged("灯塔照明有限公司")
    assert flagged("")


async def test_what_is_about_persons_is_not_in_the_database(client, db, company):
    await ask(client, company)
    async with db.transaction(read_only=True) as tx:
        tables = await tx.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
        )
        dump = ""
        for table in list(tables):
            dump += await tx.scalar(text(f"SELECT string_agg(to_jsonb(t)::text, '') FROM {table} t")) or ""  # noqa: S608
    for name in ("李伟", "陈思远"):
        assert name not in dump
        assert name.encode().hex() not in dump
        assert json.dumps(name)[1:-1] not in dump, "nor escaped"


async def test_every_move_in_every_state(client, db, app, company, moderator):
    await ask(client, company)
    request_id = (await only(db, company)).id
    for state in RequestState:
        for move in RequestMove:
            async with db.transaction() as tx:
                await tx.execute(text("UPDATE verification_request SET state = :s"), {"s": state.value})
            async with db.transaction(read_only=True) as tx:
                row = await tx.get(VerificationRequest, request_id)
                assert row.can(move) == ((state, move) in MOVES)
            paths = {RequestMove.ANSWER: "answer", RequestMove.WITHDRAW: "withdrawal"}
            if move not in paths or (state, move) in MOVES:
                continue
            async with client(as_=company) as http:
                said = {"csrf_token": await believed(http)}
                tried = await http.post(f"/verification/{request_id}/{paths[move]}", data=said)
            assert tried.status_code == 409, (state, move)
            assert (await only(db, company)).state == state


@pytest.mark.parametrize("role", [Role.SALES, Role.PURCHASER, Role.FINANCE, Role.SIGNATORY])
async def test_only_owners_hand_in_and_read_the_documents(client, db, company, role):
    await ask(client, company)
    found = await only(db, company)
    async with db.transaction() as tx:
        row = (await tx.scalars(select(Organisation).where(Organisation.id == company.organisation_id))).one()
        colleague = await make_member(tx, row, roles=(role,))
        stranger = await make_company(tx, "Stranger")
    async with client(as_=colleague) as http:
        page = await http.get(f"/verification/{found.id}")
        assert page.status_code == 200
        assert "李伟" not in page.text
        tried = await submit(http, f"/verification/{found.id}", "document-0")
        assert tried.status_code == 403
    async with client(as_=stranger) as http:
        assert (await http.get(f"/verification/{found.id}")).status_code == 404
        token = forms_of((await http.get("/verification")).text)["verification"]["fields"]["csrf_token"]
        for path in ("documents/0/copy", "persons", "withdrawal", "answer"):
            tried = await http.post(f"/verification/{found.id}/{path}", data={"csrf_token": token, "purpose": "why"})
            assert tried.status_code == 404, path


async def test_nobody_reviews_their_own_company(client, db, moderator):
    async with db.transaction() as tx:
        subject = Subject("verification_request", moderator.id)
        review = await reviews.open(
            tx, kind="product", subject=subject, organisation_id=moderator.organisation_id, title="Own"
        )
        with pytest.raises(Exception, match="own company"):
            await reviews.claim(tx, review, by=moderator.member)


async def test_withdrawn_leaves_the_queue_and_a_new_one_can_come(client, db, company):
    await ask(client, company)
    found = await only(db, company)
    async with client(as_=company) as http:
        assert (await submit(http, f"/verification/{found.id}", "withdrawal")).status_code == 303
    assert (await ask(client, company)).status_code == 303
    async with db.transaction(read_only=True) as tx:
        assert len(await queries.requests(tx, company.organisation_id)) == 2
        assert (await identity.organisation(tx, company.organisation_id)).level == 1
    await waiting(db)


async def test_the_letter_names_each_fact(client, db, run_jobs, company, moderator):
    await accept(client, db, run_jobs, company, moderator)
    found = await only(db, company)
    async with client(as_=company) as http:
        letter = await http.get(f"/verification/{found.id}/letter.pdf")
    assert letter.status_code == 200
    assert letter.content.startswith(b"%PDF-")
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    async with client(as_=stranger) as http:
        assert (await http.get(f"/verification/{found.id}/letter.pdf")).status_code == 404


async def test_what_nobody_answered_is_forgotten_and_waits_no_more(client, db, urls, ctx, run_jobs, company, moderator):
    await ask(client, company)
    more = {"verdict": "more", "reason": "Two things.", "facts__scope": "It says something else."}
    await decide(client, moderator, await waiting(db), **more)
    await run_jobs()
    found = await only(db, company)
    owner = await connect(urls.owner)
    with pytest.raises(asyncpg.PostgresError, match="for ever"):
        await owner.execute("UPDATE verification_request SET forgotten_at = now()")
    await owner.close()
    clock.advance(days=366)
    await jobs.forget_refused(ctx)
    forgotten = await only(db, company)
    assert (forgotten.state, forgotten.documents) == (RequestState.WITHDRAWN, [])
    async with client(as_=company) as http:
        token = forms_of((await http.get("/verification")).text)["verification"]["fields"]["csrf_token"]
        said = {"csrf_token": token, "scope": "灯具批发"}
        late = await http.post(f"/verification/{found.id}/answer", data=said)
    assert late.status_code == 410
    assert (await only(db, company)).claims == {}, "a refusal changes nothing"
    assert (await ask(client, company)).status_code == 303, "and it may ask anew"


def stored(settings) -> set[str]:
    """All files in the store."""
    return {path.name for path in (settings.data_dir / "files").rglob("*") if path.is_file()}


async def test_a_refused_form_leaves_no_file(client, db, settings, run_jobs, company, moderator):
    today = clock.now().date()
    visit = {"kind": "visit", "address": "1 Harbour Road", "report": "Twelve people were at work there."}
    report = {"file": ("report.pdf", PDF, "application/pdf")}
    async with client(as_=company) as http:
        refused = await submit(http, "/verification", "verification", files=LICENCE, **FORM | {"capital": "much"})
        assert refused.status_code == 422
    async with client(as_=moderator) as http:
        page = f"/site-visits/{company.organisation_id}"
        late = {"visited_on": (today + timedelta(days=3)).isoformat()}
        assert (await submit(http, page, "visit", files=report, **visit | late)).status_code == 422
    assert stored(settings) == set()
    assert (await ask(client, company)).status_code == 303
    more = {"verdict": "more", "reason": "Two things.", "facts__scope": "It says something else."}
    await decide(client, moderator, await waiting(db), **more)
    await run_jobs()
    before = stored(settings)
    assert {d["key"].rpartition("/")[2] for d in (await only(db, company)).documents} <= before
    async with client(as_=company) as http:
        refused = await submit(http, f"/verification/{(await only(db, company)).id}", "answer", files=OTHER, scope="")
        assert refused.status_code == 422
    assert stored(settings) == before


async def test_what_takes_the_place_of_a_drafts_document_lets_it_go(client, db, company):
    async with client(as_=company) as http:
        await submit(http, "/verification", "verification", files=LICENCE, save="draft", **FORM)
        async with db.transaction(read_only=True) as tx:
            [drafted] = (await tx.scalars(select(VerificationDraft))).one().documents
        assert (await submit(http, "/verification", "verification", files=LICENCE, **FORM)).status_code == 303
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(ErasedFile.key))) == [drafted["key"]]


class Watched:
    """The helpers, and how many connections to the database were held when each job was given to them."""

    def __init__(self, shop, db):
        self.shop, self.pool, self.held = shop, db.engine.pool, []

    async def do(self, job, limits):
        self.held.append(self.pool.checkedout())
        return await self.shop.do(job, limits)


async def test_a_copy_is_drawn_when_the_look_is_written_and_no_connection_is_held(client, db, company, monkeypatch):
    await ask(client, company)
    watched = Watched(papers.SHOP, db)
    monkeypatch.setattr(papers, "SHOP", watched)
    page = f"/verification/{(await only(db, company)).id}"
    async with client(as_=company) as http:
        copied = await submit(http, page, "document-0")
        assert copied.content.startswith(b"%PDF-")
        assert watched.held == [0]
        monkeypatch.setattr(opening, "AT_ONCE", 0)
        refused = await submit(http, page, "document-0")
    assert refused.status_code == 503
    async with db.transaction(read_only=True) as tx:
        assert (await looking.looks(tx, offset=0, limit=9))[1] == 2, "each look is written, whatever came of it"


async def test_so_many_documents_are_opened_at_once_and_others_come_again(app, company, monkeypatch):
    monkeypatch.setattr(opening, "AT_ONCE", 1)
    one = [papers.Paper("licence", "licence.pdf", PDF)]
    works = (papers.seal_papers(app.state.vault, company.organisation_id, one) for _ in range(3))
    told = await asyncio.gather(*works, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in told) == ["Busy", "Busy", "list"]
    assert len(await papers.seal_papers(app.state.vault, company.organisation_id, one)) == 1, "and then one may again"


async def test_a_member_sends_and_opens_so_many_in_a_while(client, db, company, monkeypatch):
    monkeypatch.setattr(shown, "SENT", 2)
    monkeypatch.setattr(shown, "OPENED", 1)
    async with client(as_=company) as http:
        for status in (303, 303, 429):
            draft = await submit(http, "/verification", "verification", files=LICENCE, save="draft", **FORM)
            assert draft.status_code == status
        assert (await submit(http, "/verification", "verification", save="draft", **FORM)).status_code == 303
        assert (await submit(http, "/verification", "verification", **FORM)).status_code == 303, "without a file"
        page = f"/verification/{(await only(db, company)).id}"
        assert [(await submit(http, page, "document-0")).status_code for _ in range(2)] == [200, 429]


def pdf_of(content: bytes) -> bytes:
    """A page with this stream, given with its dictionary."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        content,
    ]
    made, places = b"%PDF-1.4\n", []
    for number, said in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, said)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    return made + b"xref\n0 5\n0000000000 65535 f \n" + table + end


async def test_a_document_compressed_in_an_old_way_is_named_as_that(client, db, company):
    old = pdf_of(b"<</Length 4/Filter/LZWDecode>>\nstream\n\x80\x0b\x60\x50\nendstream")
    async with client(as_=company) as http:
        files = {"licence": ("licence.pdf", old, "application/pdf")}
        refused = await submit(http, "/verification", "verification", files=files, **FORM)
    assert refused.status_code == 422
    assert "compressed in an old way" in refused.text


def test_what_is_missing_here_is_not_called_damage_of_the_document():
    job = {"kind": "pdf", "words": ["Somebody"], "font": "/nowhere.ttf"}
    with pytest.raises(OSError, match="open resource"):
        press.done(json.dumps(job).encode() + b"\n" + PDF)
