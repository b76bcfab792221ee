"""Notices of rights through the pages of both sides, of people without an account, and of the desk."""

import asyncio
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import clock, evidence
from app.core.ids import new_id
from app.core.states import IllegalMove
from app.core.subject import Subject
from listings import queries as listings
from listings import service as listing
from listings.errors import NoticeStands
from listings.states import ProductState, RevisionState
from tests.factories import cases
from tests.factories.files import PDF
from tests.factories.people import make_company, make_staff
from tests.factories.products import make_draft, make_product
from tests.factories.rights import (
    CODE,
    STORY,
    answer,
    as_company,
    claim,
    decide,
    items_of,
    make_notice,
    make_right,
    notice_of,
    prove,
    right_of,
    states_of,
    take,
    without_account,
)
from tests.forms import forms_of, submit
from tests.queries import cost
from trust.access import Role
from trust.cases.states import Remedy
from trust.restrictions import queries as restrictions
from trust.reviews import queries as reviews
from trust.rights import desk, jobs, notices, notifiers, queries, registry
from trust.rights.errors import (
    AlreadyNotified,
    BadNotice,
    BadRight,
    ConflictOfInterest,
    NotClaimed,
    NotEntered,
    NoticeNotFound,
    RightNotFound,
    TooLate,
)
from trust.rights.models import NoticeDecision, NoticeHandling
from trust.rights.states import Fault, ItemState, RightState

S = ItemState
FILES = {"ownership": ("certificate.pdf", PDF, "application/pdf"), "infringement": ("look.pdf", PDF, "application/pdf")}
RIGHT = {
    "kind": "trade_mark",
    "office": "cn",
    "number": "1234567",
    "title": "LANTERNA",
    "holder": "Anna Holder",
    "valid_until": "2099-12-31",
}
SAID = RIGHT | {"statement": STORY, "measure": "take_down", "true": "true", "contact": "Anna, +49 30 4711"}


@pytest.fixture
async def judge(db):
    async with db.transaction() as tx:
        return await make_staff(tx)


@pytest.fixture
async def product(db, partners):
    async with db.transaction() as tx:
        return await make_product(tx, partners.supplier)


@pytest.fixture
async def notifier(ctx, partners):
    return await as_company(ctx, partners.buyer)


async def enter(http, ctx, email="anna@example.org", code=CODE):
    speaker = await without_account(ctx, email, code)
    entered = await submit(http, "/rights", "access", code=code)
    assert entered.status_code == 303
    return speaker


async def test_a_notice_without_an_account_from_its_letter_to_the_end(ctx, client, partners, judge, product, run_jobs):
    async with client() as http:
        assert 'href="/rights"' in (await http.get("/complaint")).text
        assert (await http.get("/rights/notices/new")).headers["location"] == "/rights"
        sent = await submit(http, "/rights", "code_request", email="Anna@Example.org")
        assert sent.status_code == 303
        await run_jobs()
        [letter] = [x for x in await ctx.mailer.letters() if x.to == "anna@example.org"]
        code = letter.text.split("/rights\n")[1].split()[0]
        assert (await submit(http, "/rights", "access", code=code.lower())).status_code == 303
        file = await submit(
            http, "/rights/notices/new", "notice", files=FILES, **SAID, addresses=f"http://test/products/{product}\n"
        )
        assert file.status_code == 303, file.text
        page = file.headers["location"]
        assert STORY in (await http.get(page)).text
        assert (await http.get(f"{page}/papers/A1")).content == PDF
    async with client(as_=partners.supplier) as http:
        assert (await http.get(page)).status_code == 404, "nobody is told before it is decided"
    async with client(as_=judge) as http:
        assert (await submit(http, page, "handling")).status_code == 422, "without stating that nothing ties one"
        assert (await submit(http, page, "handling", no_conflict="true")).status_code == 303
        [item] = await items_of(ctx, page.rsplit("/", 1)[1])
        assert (await submit(http, page, "decision", items=str(item.id))).status_code == 303
    await run_jobs()
    async with client() as http:
        assert (await http.get(f"/products/{product}")).status_code == 404
    async with client(as_=partners.supplier) as http:
        assert "Taken down upon a notice" in (await http.get(f"/products/{product}")).text
        assert page in (await http.get("/rights?show=received")).text
        shown = (await http.get(page)).text
        assert STORY in shown
        assert "Anna Holder" in shown
        counter = {"files": ("licence.pdf", PDF, "application/pdf")}
        bare = await submit(http, page, "counter", statement="We hold a licence.", true="true")
        assert bare.status_code == 422
        assert "We hold a licence." in bare.text, "what was typed stays"
        made = await submit(http, page, "counter", files=counter, statement="We hold a licence.", true="true")
        assert made.status_code == 303
    await run_jobs()
    letters = [x for x in await ctx.mailer.letters() if x.to == "anna@example.org"]
    assert any("fifteen days" in x.text for x in letters)
    async with client() as http:
        await submit(http, "/rights", "access", code=code)
        assert "We hold a licence." in (await http.get(page)).text
        assert (await http.get(f"{page}/papers/C1")).content == PDF
    clock.advance(days=17)
    await jobs.end_measures(ctx)
    await run_jobs()
    async with client() as http:
        assert (await http.get(f"/products/{product}")).status_code == 200
        register = (await http.get("/transparency/notices")).text
        assert "Published again" in register
        told = await http.get("/transparency/notices", headers={"accept": "application/json"})
        [entry] = told.json()
        assert (entry["stopped"], entry["parts"][0]["how"]) == (1, "lapse")


async def test_the_supplier_never_learns_how_to_reach_the_sender(ctx, client, partners, judge, product, run_jobs):
    by = await without_account(ctx, "zheng.private@example.org")
    notice_id = await make_notice(ctx, by, [product], contact="Zheng, +86 139 0000 4711")
    await decide(ctx, notice_id, judge)
    await answer(ctx, notice_id, partners.supplier)
    await run_jobs()
    page, seen = f"/rights/notices/{notice_id}", []
    async with client(as_=partners.supplier) as http:
        for address in (page, "/rights?show=received", f"/products/{product}", f"{page}/papers/A1"):
            seen.append((await http.get(address)).text)
            seen.append((await http.get(address, headers={"accept": "application/json"})).text)
        seen.append((await http.get("/transparency/notices")).text)
    mails = await ctx.mailer.letters()
    seen += [x.text for x in mails if x.to == partners.supplier.member.email]
    assert all("4711" not in text_ and "zheng.private" not in text_ for text_ in seen)
    async with ctx.db.transaction(read_only=True) as tx:
        tables = ("ip_notice", "ip_notifier", "evidence_link", "evidence_private", "event", "audit_entry", "review")
        rows = [(await tx.execute(text(f"SELECT * FROM {table}"))).all() for table in tables]  # noqa: S608  our own names
    assert "4711" not in repr(rows)
    assert "zheng.private" not in repr(rows)
    async with client(as_=judge) as http:
        assert "4711" not in (await http.get(page)).text
        assert (await submit(http, page, "contact")).status_code == 303
        told = (await http.get(page)).text
        assert "4711" in told
        assert "zheng.private" in told
    async with ctx.db.transaction(read_only=True) as tx:
        chain = [link.kind for link in await evidence.chain(tx, Subject("ip_notice", notice_id))]
        kept = list(await tx.scalars(text("SELECT route FROM idempotency_key")))
    assert chain[-1] == "notice.contact_read"
    assert not [route for route in kept if route.endswith("/contact")], "who sent it is not kept to be told again"


async def test_codes_run_out_cannot_be_tried_without_end_and_tell_nothing(ctx, client, db):
    async with client() as http:
        await without_account(ctx, "known@example.org")
        answers = [
            await submit(http, "/rights", "code_request", email=who) for who in ("known@example.org", "x@example.org")
        ]
        assert [a.status_code for a in answers] == [303, 303]
        assert answers[0].headers["location"] == answers[1].headers["location"]
        clock.advance(days=1, seconds=1)
        assert (await submit(http, "/rights", "access", code=CODE)).status_code == 404
        tried = [
            (await submit(http, "/rights", "access", code=f"0000-0000-0000-{n:04}")).status_code for n in range(12)
        ]
    assert set(tried[10:]) == {429}
    await jobs.forget_notices(ctx)
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM ip_notifier")) == 2
        marks = list(await tx.scalars(text("SELECT expires_at FROM ip_notifier_access")))
        assert all(at > clock.now() for at in marks)
        with pytest.raises(NotEntered):
            await notifiers.let_in(tx, CODE)


async def test_strangers_find_nothing(ctx, db, client, partners, judge, product, notifier):
    notice_id = await make_notice(ctx, notifier, [product])
    right_id = await make_right(ctx, notifier)
    await decide(ctx, notice_id, judge)
    async with db.transaction() as tx:
        stranger, finance = await make_company(tx, "Stranger"), await make_staff(tx, Role.FINANCE_STAFF)
    pages = (
        f"/rights/notices/{notice_id}",
        f"/rights/notices/{notice_id}/papers/A1",
        f"/rights/registry/{right_id}",
        f"/rights/registry/{right_id}/papers/A1",
    )
    for who in (stranger, finance, None):
        async with client(as_=who) as http:
            assert [(await http.get(page)).status_code for page in pages] == [404] * 4
    async with client() as http:
        await enter(http, ctx)
        assert [(await http.get(page)).status_code for page in pages] == [404] * 4
    other = await as_company(ctx, stranger)
    async with db.transaction() as tx:
        with pytest.raises(NoticeNotFound):
            await notices.withdraw(tx, notice_id, by=other)
    with pytest.raises(NoticeNotFound):
        await prove(ctx, notice_id, partners.supplier, other)
    with pytest.raises(NoticeNotFound):
        await answer(ctx, notice_id, stranger)
    async with db.transaction() as tx:
        with pytest.raises(RightNotFound):
            await registry.withdraw(tx, right_id, by=other)
    with pytest.raises(BadNotice):
        await make_notice(ctx, other, [product], right_id=right_id)
    assert await states_of(ctx, notice_id) == [S.STOPPED]


async def test_suppliers_of_one_notice_see_their_own_part_alone(ctx, db, client, partners, judge, product, notifier):
    async with db.transaction() as tx:
        other = await make_company(tx, "Other Supplier")
        theirs = await make_product(tx, other, title_en="Tin lantern")
    notice_id = await make_notice(ctx, notifier, [product, theirs])
    await decide(ctx, notice_id, judge)
    await answer(ctx, notice_id, partners.supplier)
    await prove(ctx, notice_id, partners.supplier, notifier)
    async with client(as_=other) as http:
        page = (await http.get(f"/rights/notices/{notice_id}")).text
        assert "Tin lantern" in page
        for secret in (
            "Ceramic mug",
            "Shenzhen Lantern",
            "We hold a licence",
            "licence.pdf",
            "People&#39;s Court",
            "(2026) 1",
        ):
            assert secret not in page
        assert (await http.get(f"/rights/notices/{notice_id}/papers/C1")).status_code == 404
        assert (await http.get(f"/rights/notices/{notice_id}/papers/D1")).status_code == 404
        assert (await http.get(f"/rights/notices/{notice_id}/papers/A1")).status_code == 200


async def test_every_wrong_line_is_named_and_nothing_typed_is_lost(ctx, db, client, partners, product, notifier):
    async with db.transaction() as tx:
        draft = (await make_draft(tx, partners.supplier)).id
        gone = await make_product(tx, partners.supplier)
        await listing.withdraw(tx, gone, by=partners.supplier.member)
        seller = await make_company(tx, "Both")
        own = await make_product(tx, seller)
    lines = (
        f"/products/{product}\n/nowhere\n\n/products/{draft}\n/products/{gone}\n/products/{product}\n/products/{own}"
    )
    async with client(as_=seller) as http:
        shape = await submit(http, "/rights/notices/new", "notice", files=FILES, **SAID, addresses=lines)
        assert shape.status_code == 422
        for sentence in ("Line 2 is not the address", "Line 6 repeats line 1"):
            assert sentence in shape.text
        for typed in (STORY, "1234567", f"/products/{draft}", "Anna, +49 30 4711"):
            assert typed in shape.text
        rest = lines.replace("/nowhere\n", "\n").rsplit("\n", 2)[0] + f"\n\n/products/{own}"
        facts = await submit(http, "/rights/notices/new", "notice", files=FILES, **SAID, addresses=rest)
        for sentence in ("Line 4: nothing", "Line 5: nothing", "Line 7 is your own"):
            assert sentence in facts.text
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM ip_notice")) == 0


async def test_what_is_not_complete_is_refused_with_its_fields(ctx, client, product, partners):
    async with client(as_=partners.buyer) as http:
        bare = await submit(
            http, "/rights/notices/new", "notice", statement=STORY, measure="block", addresses=f"/products/{product}"
        )
        assert bare.status_code == 422
        assert forms_of(bare.text)["notice"]["fields"]["addresses"].strip() == f"/products/{product}"
        half = {k: v for k, v in SAID.items() if k not in {"true", "number"}}
        assert (
            await submit(http, "/rights/notices/new", "notice", files=FILES, **half, addresses=f"/products/{product}")
        ).status_code == 422
        lying = {k: v for k, v in SAID.items() if k != "true"}
        untrue = await submit(
            http, "/rights/notices/new", "notice", files=FILES, **lying, addresses=f"/products/{product}"
        )
        assert "answers for the damage" in untrue.text
        for missing in FILES:
            files = {k: v for k, v in FILES.items() if k != missing}
            refused = await submit(
                http, "/rights/notices/new", "notice", files=files, **SAID, addresses=f"/products/{product}"
            )
            assert refused.status_code == 422, missing
    async with client() as http:
        await enter(http, ctx)
        anonymous = {k: v for k, v in SAID.items() if k != "contact"}
        unnamed = await submit(
            http, "/rights/notices/new", "notice", files=FILES, **anonymous, addresses=f"/products/{product}"
        )
        assert "how you can be reached" in unnamed.text


async def test_three_hundred_at_once_and_not_one_more(ctx, db, client, partners, judge, notifier, product):
    async with db.transaction() as tx:
        await tx.execute(
            text("""
                WITH made AS (
                    INSERT INTO product (id, organisation_id, category, state, card, created_at, changed_at,
                                         published_at)
                    SELECT gen_random_uuid(), organisation_id, category, state, card, created_at, changed_at,
                           published_at
                      FROM product, generate_series(1, 300) RETURNING id)
                INSERT INTO product_revision (id, product_id, number, content, state, reason, saved_by, saved_at)
                SELECT gen_random_uuid(), made.id, 1, r.content, 'live', '', r.saved_by, r.saved_at
                  FROM made, product_revision r WHERE r.product_id = :product
            """),
            {"product": product},
        )
        ids = list(await tx.scalars(text("SELECT id FROM product WHERE state = 'published' ORDER BY id")))
    assert len(ids) == 301
    async with client(as_=partners.buyer) as http:
        too_many = "\n".join(f"/products/{id_}" for id_ in ids)
        refused = await submit(http, "/rights/notices/new", "notice", files=FILES, **SAID, addresses=too_many)
        assert refused.status_code == 422
        assert "At most 300 listings at once; these are 301." in refused.text
        assert f"/products/{ids[-1]}" in refused.text
        enough = too_many.rsplit("\n", 1)[0]
        sent = await submit(http, "/rights/notices/new", "notice", files=FILES, **SAID, addresses=enough)
        assert sent.status_code == 303, sent.text[:2000]
    notice_id = sent.headers["location"].rsplit("/", 1)[1]
    await decide(ctx, notice_id, judge, refused=ids[:1])
    found = await states_of(ctx, notice_id)
    assert (found.count(S.STOPPED), found.count(S.REFUSED)) == (299, 1)


async def test_one_open_notice_about_one_listing_and_right(ctx, client, partners, product, notifier, judge):
    first = await make_notice(ctx, notifier, [product])
    with pytest.raises(AlreadyNotified):
        await make_notice(ctx, notifier, [product])
    other = await make_notice(ctx, notifier, [product], claim=claim(number="7654321"))
    assert other != first, "another right is another notice"
    async with client(as_=partners.buyer) as http:
        again = await submit(
            http, "/rights/notices/new", "notice", files=FILES, **SAID, addresses=f"/products/{product}"
        )
        assert "Line 1: you have an open notice" in again.text
    async with ctx.db.transaction() as tx:
        await notices.withdraw(tx, first, by=notifier)
    await make_notice(ctx, notifier, [product])


async def test_two_same_notices_at_once_make_one(ctx, product, notifier):
    made = await asyncio.gather(*(make_notice(ctx, notifier, [product]) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(one, AlreadyNotified) for one in made) == 2


async def test_nobody_gives_notice_to_itself(ctx, partners, product):
    by = await as_company(ctx, partners.supplier)
    with pytest.raises(BadNotice):
        await make_notice(ctx, by, [product])


async def test_a_right_is_checked_before_notices_rest_on_it(ctx, client, partners, judge, product, notifier):
    async with client(as_=partners.buyer) as http:
        files = {"ownership": ("certificate.pdf", PDF, "application/pdf")}
        agent = await submit(http, "/rights/registry/new", "right", files=files, **RIGHT, agent="Li & Partners")
        assert agent.status_code == 422
        for wrong in (
            {"valid_until": "2020-01-01"},
            {"number": ""},
            {"classes": "46"},
            {"classes": "x"},
            {"office": "C"},
        ):
            refused = await submit(http, "/rights/registry/new", "right", files=files, **RIGHT | wrong)
            assert refused.status_code == 422, wrong
            assert "Anna Holder" in refused.text
        made = await submit(http, "/rights/registry/new", "right", files=files, **RIGHT, classes="9，11")
        assert made.status_code == 303, made.text
        page = made.headers["location"]
        right_id = page.rsplit("/", 1)[1]
        again = await submit(http, "/rights/registry/new", "right", files=files, **RIGHT)
        assert again.status_code == 409
        assert 'id="acceptance"' not in (await http.get(page)).text
    with pytest.raises(BadNotice):
        await make_notice(ctx, notifier, [product], right_id=right_id)
    async with client(as_=judge) as http:
        assert "LANTERNA" in (await http.get("/rights/desk?show=rights")).text
        assert (await submit(http, page, "acceptance")).status_code == 303
    assert (await right_of(ctx, right_id)).classes == [9, 11]
    notice_id = await make_notice(ctx, notifier, [product], right_id=right_id, claim=None)
    assert (await notice_of(ctx, notice_id)).holder == "Anna Holder"


async def test_a_right_that_ran_out_carries_no_notice(ctx, notifier, product, judge):
    right_id = await make_right(ctx, notifier, judge, valid_until=date(2030, 5, 31))
    last = datetime(2030, 5, 31, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    with clock.at(last):
        fine = await make_notice(ctx, notifier, [product], right_id=right_id, claim=None)
        async with ctx.db.transaction() as tx:
            await notices.withdraw(tx, fine, by=notifier)
    with clock.at(last + timedelta(minutes=1)):
        with pytest.raises(BadNotice):
            await make_notice(ctx, notifier, [product], right_id=right_id, claim=None)
        with pytest.raises(BadRight):
            await make_notice(ctx, notifier, [product], claim=claim(valid_until=date(2030, 5, 31)))
        waiting = await make_right(ctx, notifier, number="2", valid_until=date(2030, 6, 1))
    with clock.at(last + timedelta(days=1, minutes=1)), pytest.raises(TooLate):
        async with ctx.db.transaction() as tx:
            await registry.accept(tx, waiting, zone="Asia/Shanghai", by=judge.member)


async def test_a_right_refused_or_withdrawn_stays_so(ctx, client, partners, notifier, judge):
    right_id = await make_right(ctx, notifier)
    async with client(as_=judge) as http:
        refused = await submit(http, f"/rights/registry/{right_id}", "refusal", reason="The number is another's.")
        assert refused.status_code == 303
    async with client(as_=partners.buyer) as http:
        assert "The number is another&#39;s." in (await http.get(f"/rights/registry/{right_id}")).text
    async with ctx.db.transaction() as tx:
        with pytest.raises(IllegalMove):
            await registry.accept(tx, right_id, zone="UTC", by=judge.member)
    second = await make_right(ctx, notifier, judge)
    async with client(as_=partners.buyer) as http:
        assert (await submit(http, f"/rights/registry/{second}", "withdrawal")).status_code == 303
    assert (await right_of(ctx, second)).state == RightState.WITHDRAWN


async def test_the_notice_is_refused_with_a_reason_and_nothing_comes_down(
    ctx, client, judge, product, notifier, partners, run_jobs
):
    notice_id = await make_notice(ctx, notifier, [product])
    page = f"/rights/notices/{notice_id}"
    async with client(as_=judge) as http:
        await submit(http, page, "handling", no_conflict="true")
        shown = forms_of((await http.get(page)).text)["decision"]
        assert len(shown["fields"]["items"]) == 1
        silent = await submit(http, page, "decision", items=[])
        assert silent.status_code == 422
        assert (await submit(http, page, "decision", items=[], reason="The mark is not shown.")).status_code == 303
        strange = await submit(http, f"{page}", "fault", fault="malicious", reason="Third time the same.")
        assert strange.status_code == 303
    await run_jobs()
    assert await states_of(ctx, notice_id) == [S.REFUSED]
    async with client() as http:
        assert (await http.get(f"/products/{product}")).status_code == 200
        register = (await http.get("/transparency/notices")).text
        assert "Malicious notice" in register
        assert "Shenzhen Lantern" not in register, "nobody is named against whom nothing was shown"
    async with client(as_=partners.supplier) as http:
        assert (await http.get(page)).status_code == 404
    async with client(as_=partners.buyer) as http:
        assert "The mark is not shown." in (await http.get(page)).text
    async with ctx.db.transaction(read_only=True) as tx:
        known = await queries.standing(tx, await notice_of(ctx, notice_id))
    assert (known["sent"], known["malicious"], known["wrong"]) == (1, 1, 0)


async def test_who_is_tied_decides_nothing(ctx, db, partners, judge, product, notifier):
    """A side's own people, who reviewed the listing, who judged it before: the service and the database refuse."""
    notice_id = await make_notice(ctx, notifier, [product])
    async with db.transaction() as tx:
        reviewer, ruled, earlier, handless = [await make_staff(tx) for _ in range(4)]
        revision = (await listings.live(tx, [product]))[0].revision_id
        await tx.execute(
            text("""
                INSERT INTO review (id, kind, subject_type, subject_id, organisation_id, title, state, priority,
                                    opened_at, due_at, decided_by, decided_at, verdict, reason, facts)
                VALUES (:id, 'product', 'product_revision', :revision, :company, 'x', 'decided', 2, now(), now(), :by,
                        now(), 'accept', '', '{}')
            """),
            {"id": new_id(), "revision": revision, "company": partners.supplier.organisation_id, "by": reviewer.id},
        )
    case_id = await cases.make_complaint(ctx, partners.buyer, partners.supplier, subject=Subject("product", product))
    await cases.take_up(ctx, case_id, ruled)
    clock.advance(days=30)
    async with db.transaction() as tx:
        await cases.service.lapse(tx, case_id)
    await cases.rule(ctx, case_id, ruled, cases.decision(Remedy.DISMISS))
    async with db.transaction() as tx:
        other = await make_company(tx, "Other Holder")
    first = await make_notice(ctx, await as_company(ctx, other), [product])
    await decide(ctx, first, earlier, refused=[product])
    for tied in (reviewer, ruled, earlier):
        with pytest.raises(ConflictOfInterest):
            await take(ctx, notice_id, tied)
    with pytest.raises(NotClaimed):
        async with db.transaction() as tx:
            await desk.decide(tx, notice_id, [], "No.", by=handless.member)
    async with db.transaction() as tx:
        for side in (partners.buyer, partners.supplier):
            tx.add(NoticeHandling(notice_id=notice_id, member_id=side.id, stated_at=clock.now()))
    for who in (partners.buyer, partners.supplier, handless):
        with pytest.raises(IntegrityError):
            await _decide_in_the_database(db, notice_id, who)
    await decide(ctx, notice_id, judge)


async def _decide_in_the_database(db, notice_id, who):
    async with db.transaction() as tx:
        tx.add(NoticeDecision(notice_id=notice_id, stopped=0, refused=1, reason="x", decided_by=who.id))


async def test_only_the_desk_decides_and_only_once(ctx, client, partners, judge, product, notifier):
    notice_id = await make_notice(ctx, notifier, [product])
    await decide(ctx, notice_id, judge)
    with pytest.raises(IllegalMove):
        await decide(ctx, notice_id, judge)
    item = (await items_of(ctx, notice_id))[0]
    for who in (partners.buyer, partners.supplier):
        async with client(as_=who) as http:
            page = await http.get(f"/rights/notices/{notice_id}")
            token = forms_of(page.text)
            assert not {"handling", "decision", "outcome", "fault", "points", "contact"} & token.keys()
    async with ctx.db.transaction(read_only=True) as tx:
        assert await reviews.pending(tx, Subject("ip_notice", notice_id)) is None
    other = await make_notice(ctx, notifier, [product], claim=claim(number="3"))
    async with ctx.db.transaction() as tx:
        colleague = await make_staff(tx)
    await take(ctx, other, colleague)
    async with ctx.db.transaction() as tx:
        with pytest.raises(BadNotice):
            await desk.decide(tx, other, [item.id], "", by=colleague.member)


async def test_a_listing_that_is_down_is_not_sent_to_review_nor_published(
    ctx, db, partners, judge, product, notifier, run_jobs
):
    notice_id = await make_notice(ctx, notifier, [product])
    member = partners.supplier.member
    async with db.transaction() as tx:
        newest = await listings.newest(tx, product, reader=member)
        changed = newest.content.model_copy(update={"lead_time_days": 99})
        await listing.revise(tx, product, changed, by=member)
        await listing.submit(tx, product, by=member)
    await decide(ctx, notice_id, judge)
    await run_jobs()
    async with db.transaction() as tx:
        found = await listings.newest(tx, product, reader=member)
        assert (found.state, found.revision_state) == (ProductState.STOPPED, RevisionState.RECALLED)
        with pytest.raises(NoticeStands):
            await listing.submit(tx, product, by=member)
    async with db.transaction() as tx:
        await listing.withdraw(tx, product, by=member)
    with pytest.raises(NoticeStands):
        async with db.transaction() as tx:
            await listing.submit(tx, product, by=member)
    async with db.transaction() as tx:
        await notices.withdraw(tx, notice_id, by=notifier)
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        assert (await listings.newest(tx, product, reader=member)).state == ProductState.WITHDRAWN, (
            "as its supplier did"
        )


async def test_a_listing_withdrawn_and_sent_again_before_the_decision_does_not_slip_through(
    ctx, db, partners, judge, product, notifier, run_jobs
):
    notice_id = await make_notice(ctx, notifier, [product])
    member = partners.supplier.member
    async with db.transaction() as tx:
        await listing.withdraw(tx, product, by=member)
        await listing.submit(tx, product, by=member)
        waiting = (await listings.newest(tx, product, reader=member)).revision_id
    await decide(ctx, notice_id, judge)
    await run_jobs()
    async with db.transaction() as tx:
        await listing.publish(tx, waiting, by=new_id())
        assert (await listings.newest(tx, product, reader=member)).state == ProductState.STOPPED
    async with db.transaction() as tx:
        await notices.withdraw(tx, notice_id, by=notifier)
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        assert [one.id for one in await listings.live(tx, [product])] == [product]


async def test_each_listing_is_answered_for_by_itself(ctx, db, partners, judge, product, notifier, run_jobs):
    async with db.transaction() as tx:
        second = await make_product(tx, partners.supplier, title_en="Tin lantern")
    notice_id = await make_notice(ctx, notifier, [product, second])
    await decide(ctx, notice_id, judge)
    first, other = await items_of(ctx, notice_id)
    await answer(ctx, notice_id, partners.supplier, first.id)
    with pytest.raises(TooLate):
        await answer(ctx, notice_id, partners.supplier, first.id)
    with pytest.raises(BadNotice):
        await answer(ctx, notice_id, partners.supplier, new_id())
    assert await states_of(ctx, notice_id) == [S.COUNTERED, S.STOPPED]
    await run_jobs()
    clock.advance(days=20)
    await answer(ctx, notice_id, partners.supplier)
    await jobs.end_measures(ctx)
    assert await states_of(ctx, notice_id) == [S.RESTORED, S.COUNTERED]
    await run_jobs()
    clock.advance(days=20)
    await jobs.end_measures(ctx)
    assert await states_of(ctx, notice_id) == [S.RESTORED, S.RESTORED]
    assert other.listing_id == second


async def test_points_once_a_notice_more_for_a_repeated_one_and_none_before_an_answer(
    ctx, db, client, partners, judge, product, notifier
):
    supplier = partners.supplier.organisation_id
    async with db.transaction() as tx:
        second = await make_product(tx, partners.supplier)
        later = await make_staff(tx)
    for products, by, total in (([product], judge, 6), ([second], later, 18)):
        notice_id = await make_notice(ctx, notifier, products)
        await decide(ctx, notice_id, by)
        with pytest.raises(TooLate):
            async with db.transaction() as tx:
                await desk.give_points(tx, notice_id, supplier, by=by.member)
        clock.advance(days=17)
        async with client(as_=by) as http:
            page = f"/rights/notices/{notice_id}"
            assert (await submit(http, page, "points", supplier=str(supplier))).status_code == 303
        with pytest.raises(TooLate):
            async with db.transaction() as tx:
                await desk.give_points(tx, notice_id, supplier, by=by.member)
        async with db.transaction(read_only=True) as tx:
            assert await restrictions.points_now(tx, supplier) == total


async def test_a_fault_is_counted_once_and_after_a_decision_alone(ctx, db, judge, product, notifier):
    notice_id = await make_notice(ctx, notifier, [product])
    await take(ctx, notice_id, judge)
    with pytest.raises(TooLate):
        async with db.transaction() as tx:
            await desk.note_fault(tx, notice_id, Fault.WRONG, "No.", by=judge.member)
    await decide(ctx, notice_id, judge)
    async with db.transaction() as tx:
        await desk.note_fault(tx, notice_id, Fault.WRONG, "It was licensed.", by=judge.member)
    with pytest.raises(TooLate):
        async with db.transaction() as tx:
            await desk.note_fault(tx, notice_id, Fault.MALICIOUS, "And worse.", by=judge.member)
    async with db.transaction(read_only=True) as tx:
        assert (await queries.standing(tx, await notice_of(ctx, notice_id)))["wrong"] == 1


async def test_lists_cost_the_same_however_long_they_are(ctx, db, client, partners, judge, notifier, run_jobs):
    async def one(number):
        async with db.transaction() as tx:
            product = await make_product(tx, partners.supplier)
        notice_id = await make_notice(ctx, notifier, [product])
        await decide(ctx, notice_id, judge)
        await answer(ctx, notice_id, partners.supplier)
        await make_right(ctx, notifier, number=str(number))

    await one(0)
    pages = ("/rights", "/rights?show=rights", "/transparency/notices")
    desks = ("/rights/desk", "/rights/desk?show=decided", "/rights/desk?show=rights")
    async with (
        client(as_=partners.buyer) as buyer,
        client(as_=partners.supplier) as supplier,
        client(as_=judge) as staff,
    ):

        async def costs():
            return [
                *await cost(buyer, db, *pages),
                *await cost(supplier, db, "/rights?show=received"),
                *await cost(staff, db, *desks),
            ]

        before = await costs()
        for number in range(1, 4):
            async with db.transaction() as tx:
                judge = await make_staff(tx)
            await one(number)
        assert await costs() == before


async def test_a_notice_s_page_costs_the_same_for_one_listing_as_for_many(ctx, db, client, partners, judge, notifier):
    async with db.transaction() as tx:
        products = [await make_product(tx, partners.supplier) for _ in range(6)]
    few = await make_notice(ctx, notifier, products[:1])
    many = await make_notice(ctx, notifier, products[1:])
    async with client(as_=judge) as staff, client(as_=partners.buyer) as buyer:
        for http in (staff, buyer):
            small, large = await cost(http, db, f"/rights/notices/{few}", f"/rights/notices/{many}")
            assert small == large
