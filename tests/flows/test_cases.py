"""A complaint from its filing to its ruling, through the pages of both sides and of the desk."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core import clock, evidence, outbox
from app.core.payload import Upload
from app.core.states import history
from app.core.subject import Subject
from orders.forgetting import jobs as forgetting
from tests.factories.cases import STORY, case_of, decision, make_complaint, make_report, rule, take, take_up
from tests.factories.files import PDF
from tests.factories.people import make_company, make_staff
from tests.factories.products import make_product
from tests.factories.rules import adopt
from tests.forms import submit
from tests.queries import cost
from trust.access import Role
from trust.cases import exhibits, jobs, queries, service
from trust.cases import forgetting as case_forgetting
from trust.cases.errors import BadRuling, ConflictOfInterest, NotClaimed
from trust.cases.events import CaseEnded, CaseRuled
from trust.cases.models import CaseClock, CaseExhibit, CaseRuling
from trust.cases.service import Speaker
from trust.cases.states import CaseState, Remedy, Side
from trust.retention import service as retention

S = CaseState
UNKNOWN: tuple[dict[str, str], ...] = (
    {},
    {"rules__0__code": "trade"},
    {"rules__0__code": "trading", "rules__0__version": "2"},
    {"rules__0__code": "trading", "rules__0__version": "9" * 20},
    {"rules__0__code": "trading", "rules__0__version": "latest"},
    {"rules__0__code": "trading", "rules__0__clause": "99"},
    {"rules__0__code": "contract", "rules__1__code": "trading", "rules__1__clause": "99"},
)
"""Citations of what is no rule, never was in force, or has no such clause."""


@pytest.fixture
async def judges(db):
    async with db.transaction() as tx:
        return await make_staff(tx), await make_staff(tx, Role.COMPLIANCE)


async def test_a_complaint_runs_to_its_ruling_and_both_sides_see_the_same(ctx, client, partners, judges, run_jobs):
    await adopt(ctx.db)
    async with ctx.db.transaction() as tx:
        product = await make_product(tx, partners.supplier)
    async with client(as_=partners.buyer) as http:
        form = f"/cases/new?about=/products/{product}"
        file = {"files": ("mug.pdf", PDF, "application/pdf")}
        sent = await submit(http, form, "complaint", files=file, topic="quality", statement=STORY)
        assert sent.status_code == 303, sent.text
        page = sent.headers["location"]
        shown = (await http.get(page)).text
        assert STORY in shown
        assert "mug.pdf" in shown
    async with client(as_=partners.supplier) as http:
        assert (await http.get(page)).status_code == 404, "the other side does not know of it before it is taken up"
    async with client(as_=judges[0]) as http:
        assert (await submit(http, page, "handling")).status_code == 422, "without stating that nothing ties one"
        assert (await submit(http, page, "handling", no_conflict="true")).status_code == 303
        assert (await submit(http, page, "acceptance")).status_code == 303
    await run_jobs()
    async with client(as_=partners.supplier) as http:
        assert STORY in (await http.get(page)).text
        assert (await http.get(f"{page}/exhibits/C1")).content == PDF
        file = {"files": ("test.pdf", PDF + b"%test", "application/pdf")}
        assert (await submit(http, page, "statement", files=file, text="They left whole.")).status_code == 303
    async with client(as_=partners.buyer) as http:
        assert "They left whole." in (await http.get(page)).text
        assert (await http.get(f"{page}/exhibits/R1")).content == PDF + b"%test"
    async with client(as_=judges[0]) as http:
        said = {"facts": "They are chipped.", "reason": "Against the contract.", "exhibits": ["C1", "R1"]}
        for cited in UNKNOWN:
            bad = await submit(http, page, "ruling", remedy="remove_listing", **said, **cited)
            assert bad.status_code == 422
            assert "They are chipped." in bad.text, "what was typed stays"
        said |= {"rules__0__code": "trading", "rules__0__clause": "4", "rules__1__code": "contract"}
        assert (await submit(http, page, "ruling", remedy="remove_listing", **said)).status_code == 303
    for side in (partners.buyer, partners.supplier):
        async with client(as_=side) as http:
            ruling = (await http.get(page)).text
            assert '<a href="/rules/trading/1#c4">Trading rules § 4</a> (Version 1), The contract' in ruling
            assert "C1, R1" in ruling
            assert "Against the contract." in ruling
    await run_jobs()
    async with client() as http:
        assert (await http.get(f"/products/{product}")).status_code == 404, "the listing is gone"


async def test_nobody_else_reads_a_case(ctx, db, client, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    async with db.transaction() as tx:
        others = [await make_company(tx, "Stranger"), await make_staff(tx, Role.FINANCE_STAFF)]
    for other in others:
        async with client(as_=other) as http:
            assert (await http.get(f"/cases/{case_id}")).status_code == 404
            assert (await http.get(f"/cases/{case_id}/exhibits/C1")).status_code == 404
    async with client() as http:
        assert (await http.get(f"/cases/{case_id}")).status_code == 303


async def test_one_open_case_about_one_thing(client, ctx, partners):
    await make_complaint(ctx, partners.buyer, partners.supplier)
    async with client(as_=partners.buyer) as http:
        slug = await _slug(ctx, partners.supplier.organisation_id)
        about = f"/suppliers/{slug}"
        again = await submit(http, f"/cases/new?about={about}", "complaint", topic="quality", statement=STORY)
        assert again.status_code == 409
        own = f"/suppliers/{await _slug(ctx, partners.buyer.organisation_id)}"
        itself = await submit(http, "/cases/new", "complaint", about=own, topic="quality", statement=STORY)
        assert itself.status_code == 422
        nothing = await submit(http, "/cases/new", "complaint", about="/about", topic="quality", statement=STORY)
        assert nothing.status_code == 422
        assert STORY in nothing.text
        broken = await submit(http, "/cases/new", "complaint", about="http://[x", topic="quality", statement=STORY)
        assert broken.status_code == 422
        assert (await http.get("/cases/new?about=%00")).status_code == 422


async def _slug(ctx, organisation_id):
    async with ctx.db.transaction(read_only=True) as tx:
        query = text("SELECT slug FROM organisation WHERE id = :id")
        return await tx.scalar(query, {"id": organisation_id})


async def test_garbage_is_no_exhibit(ctx, client, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    async with client(as_=partners.buyer) as http:
        for data in (b"MZ\x90\x00 program", b"<script>alert(1)</script>", b"%PDX-1.4"):
            file = {"files": ("invoice.pdf", data, "application/pdf")}
            refused = await submit(http, f"/cases/{case_id}", "statement", files=file, text="See this.")
            assert refused.status_code == 422
            assert "See this." in refused.text
        empty = await submit(http, f"/cases/{case_id}", "statement")
        assert empty.status_code == 422
    async with ctx.db.transaction(read_only=True) as tx:
        file = await queries.file_for(tx, case_id, partners.buyer.member)
    assert (file.exhibits, file.messages) == ([], [])


async def test_a_translation_stands_beside_its_original(ctx, client, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    async with client(as_=partners.supplier) as http:
        file = {"files": ("test.pdf", PDF, "application/pdf")}
        await submit(http, f"/cases/{case_id}", "statement", files=file, text="")
        file = {"file": ("test-en.pdf", PDF + b"%en", "application/pdf")}
        made = await submit(http, f"/cases/{case_id}", "translation", files=file, of="R1", how="machine", language="en")
        assert made.status_code == 303
    async with client(as_=partners.buyer) as http:
        assert "made by a machine" in (await http.get(f"/cases/{case_id}")).text
        said = (await http.get(f"/cases/{case_id}", headers={"accept": "application/json"})).json()
    assert [(e["label"], e["of"], e["how"]) for e in said["exhibits"]] == [("R1", "", ""), ("R2", "R1", "machine")]


async def test_the_clock_stands_still_for_the_complainant_alone(ctx, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    before = await _due(ctx, case_id, "decision")
    assert before is not None
    await _say(ctx, case_id, Side.RESPONDENT, partners.supplier)
    await _ask(ctx, case_id, judges[0], Side.COMPLAINANT)
    assert await _due(ctx, case_id, "decision") is None
    clock.advance(days=4)
    await _say(ctx, case_id, Side.COMPLAINANT, partners.buyer)
    later = await _due(ctx, case_id, "decision")
    assert timedelta(days=2) <= later - before <= timedelta(days=8), "working days among the four do not count"
    await _ask(ctx, case_id, judges[0], Side.RESPONDENT)
    assert await _due(ctx, case_id, "decision") == later, "a respondent gains nothing by silence"


async def _due(ctx, case_id, name):
    async with ctx.db.transaction(read_only=True) as tx:
        query = select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == name)
        row = (await tx.scalars(query.order_by(CaseClock.id.desc()).limit(1))).one()
        return row.due_at


async def _say(ctx, case_id, side, actor):
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        await service.say(tx, case, "So it was.", [], by=Speaker(side, actor.member))


async def _ask(ctx, case_id, judge, side):
    await take(ctx, case_id, judge)
    async with ctx.db.transaction() as tx:
        await service.ask(tx, case_id, side, "What do you say?", by=judge.member)


async def test_who_says_nothing_in_time_is_not_waited_for(ctx, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    due = await _due(ctx, case_id, "answer")
    with clock.at(due - timedelta(seconds=30)):
        await jobs.keep_times(ctx)
    assert (await case_of(ctx, case_id)).state == S.ANSWERING
    with clock.at(due):
        await jobs.keep_times(ctx)
    assert (await case_of(ctx, case_id)).state == S.DECIDING
    await rule(ctx, case_id, judges[0])
    due = await _due(ctx, case_id, "appeal")
    with clock.at(due):
        async with ctx.db.transaction() as tx:
            case = await queries.for_update(tx, case_id)
            with pytest.raises(Exception, match="time to appeal is over"):
                await service.appeal(tx, case, "But no.", by=Speaker(Side.RESPONDENT, partners.supplier.member))
        await jobs.keep_times(ctx)
        await jobs.keep_times(ctx)
    assert (await case_of(ctx, case_id)).state == S.CLOSED
    async with ctx.db.transaction(read_only=True) as tx:
        told = await outbox.published(tx, CaseRuled)
        assert [event.final for event in told] == [False, True]
        assert [event.how for event in await outbox.published(tx, CaseEnded)] == ["closed"]


async def test_a_second_look_is_another_person_s(ctx, client, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    await _say(ctx, case_id, Side.RESPONDENT, partners.supplier)
    await rule(ctx, case_id, judges[0])
    async with client(as_=partners.supplier) as http:
        assert (await submit(http, f"/cases/{case_id}", "appeal", reason="It rained.")).status_code == 303
        assert 'id="appeal"' not in (await http.get(f"/cases/{case_id}")).text
    with pytest.raises(ConflictOfInterest):
        await take(ctx, case_id, judges[0])
    with pytest.raises(NotClaimed):
        async with ctx.db.transaction() as tx:
            await service.ask(tx, case_id, Side.RESPONDENT, "Did it?", by=judges[1].member)
    await rule(ctx, case_id, judges[1], decision(Remedy.DISMISS))
    case = await case_of(ctx, case_id)
    assert (case.state, case.round) == (S.CLOSED, 2), "the second decision is final"
    async with ctx.db.transaction(read_only=True) as tx:
        assert [e.remedy for e in await outbox.published(tx, CaseRuled)] == ["warn", "dismiss", "dismiss"]
        assert (await evidence.verify(tx, Subject("case", case_id))).whole


async def test_the_database_refuses_the_same_judge_twice_and_a_side_as_judge(ctx, db, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    await _say(ctx, case_id, Side.RESPONDENT, partners.supplier)
    await rule(ctx, case_id, judges[0])

    def row(by, round_):
        return CaseRuling(
            case_id=case_id, stage="merits", round=round_, remedy="warn", facts="", reason="", rules=[], exhibits=[],
            decided_by=by.id,
        )  # fmt: skip

    state = text("INSERT INTO case_handling VALUES (:case, :member, now())")
    async with db.transaction() as tx:
        await tx.execute(state, {"case": case_id, "member": partners.supplier.id})
    why = {judges[0]: "another person", partners.supplier: "one of its sides", judges[1]: "fk_case_ruling_handling"}
    for by, reason in why.items():
        with pytest.raises(DBAPIError, match=reason):
            async with db.transaction() as tx:
                tx.add(row(by, 2))
    for change in ("UPDATE case_ruling SET reason = 'x'", "DELETE FROM case_handling", "DELETE FROM case_file"):
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(change))


async def test_who_has_reviewed_the_thing_does_not_judge_it(ctx, partners, judges):
    async with ctx.db.transaction() as tx:
        await tx.execute(
            text("""INSERT INTO review (id, kind, priority, subject_type, subject_id, organisation_id, title, state,
                    opened_at, due_at, decided_by, decided_at, verdict, reason, facts)
                    VALUES (gen_random_uuid(), 'verification', 2, 'verification_request', :thing, :company, '',
                    'decided', now(), now(), :by, now(), 'accept', '', '{}')"""),
            {
                "thing": partners.supplier.id,
                "company": partners.supplier.organisation_id,
                "by": judges[0].id,
            },
        )
    origins = (Subject("verification_request", partners.supplier.id),)
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier, origins=origins)
    with pytest.raises(ConflictOfInterest):
        await take(ctx, case_id, judges[0])
    await take(ctx, case_id, judges[1])


async def test_what_is_not_taken_up_another_person_looks_at(ctx, client, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    page = f"/cases/{case_id}"
    async with client(as_=judges[0]) as http:
        await submit(http, page, "handling", no_conflict="true")
        await submit(http, page, "rejection", reason="Ask the carrier.")
    async with client(as_=partners.buyer) as http:
        assert "Ask the carrier." in (await http.get(page)).text
        assert (await submit(http, page, "appeal", reason="The carrier sent me here.")).status_code == 303
    async with client(as_=judges[0]) as http:
        assert "You may not judge this case" in (await http.get(page)).text
    await take_up(ctx, case_id, judges[1])
    case = await case_of(ctx, case_id)
    assert (case.state, case.round) == (S.ANSWERING, 1)
    async with ctx.db.transaction(read_only=True) as tx:
        moves = [change.move for change in await history(tx, Subject("case", case_id))]
    assert moves == ["reject", "appeal", "accept"]


async def test_both_live_with_it_and_say_how_it_was(ctx, client, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    await _say(ctx, case_id, Side.RESPONDENT, partners.supplier)
    await rule(ctx, case_id, judges[0])
    page = f"/cases/{case_id}"
    for side, state in ((partners.buyer, S.RULED), (partners.supplier, S.CLOSED)):
        async with client(as_=side) as http:
            assert (await submit(http, page, "agreement")).status_code == 303
        assert (await case_of(ctx, case_id)).state == state
    async with client(as_=partners.buyer) as http:
        assert (await submit(http, page, "satisfaction", stars="6")).status_code == 422
        assert (await submit(http, page, "satisfaction", stars="4", text="Quick.")).status_code == 303
        assert 'id="satisfaction"' not in (await http.get(page)).text
        listed = await http.get("/cases?show=ended")
        assert (await case_of(ctx, case_id)).number in listed.text


async def test_the_queue_leads_to_the_case_and_decides_nothing_there(ctx, client, partners, judges):
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    async with client(as_=judges[0]) as http:
        queue = (await http.get("/moderation?kind=case", headers={"accept": "application/json"})).json()
        [item] = queue
        shown = (await http.get(f"/moderation/{item['id']}")).text
        assert f'href="/cases/{case_id}"' in shown
        assert 'id="claim"' not in shown
        token = shown.split('name="csrf_token" value="')[1].split('"')[0]
        for move in ("claim", "decision"):
            body = {"verdict": "accept"}
            headers = {"accept": "application/json", "x-csrf-token": token}
            refused = await http.post(f"/moderation/{item['id']}/{move}", json=body, headers=headers)
            assert refused.status_code == 409


async def test_figures_are_public_and_few_are_not_told(ctx, db, client, partners, judges):
    async with db.transaction() as tx:
        others = [await make_company(tx, f"Buyer {n}") for n in range(5)]
    for n, buyer in enumerate(others):
        if n == 4:
            async with client() as http:
                said = (await http.get("/complaint", headers={"accept": "application/json"})).json()
                assert [row["received"] for row in said] == [None], "four are too few to tell"
        case_id = await make_complaint(ctx, buyer, partners.supplier)
        await take_up(ctx, case_id, judges[0])
        async with ctx.db.transaction() as tx:
            case = await queries.for_update(tx, case_id)
            await service.withdraw(tx, case, by=Speaker(Side.COMPLAINANT, buyer.member))
    async with client() as http:
        [row] = (await http.get("/complaint", headers={"accept": "application/json"})).json()
        assert (row["kind"], row["received"], row["ended"], row["decided"]) == ("complaint", 5, 5, 0)
        assert row["median_days"] == 1
        assert row["in_time"] is None
        assert "How it went so far" in (await http.get("/complaint")).text


async def test_a_list_costs_the_same_however_long_it_is(ctx, db, client, partners):
    counts = []
    for number in (1, 4):
        async with db.transaction() as tx:
            others = [await make_company(tx, f"Other {number} {n}") for n in range(number)]
        for other in others:
            await make_complaint(ctx, partners.buyer, other)
        async with client(as_=partners.buyer) as http:
            counts.append((await cost(http, db, "/cases", "/cases"))[1])
    assert counts[0] == counts[1]


async def test_words_and_files_are_erased_after_five_years_and_the_ruling_stays(app, ctx, partners, judges):
    clock.advance(days=-5 * 365 - 3)  # the database goes by its own clock
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    shown = await exhibits.keep(ctx.files, app.state.vault, case_id, [Upload("mug.pdf", "application/pdf", PDF)])
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        by = Speaker(Side.RESPONDENT, partners.supplier.member)
        await service.say(tx, case, "They left whole.", shown, by=by)
        [key] = await tx.scalars(select(CaseExhibit.key))
    await rule(ctx, case_id, judges[0], decision(reason="The contract says so."))
    for side, actor in ((Side.COMPLAINANT, partners.buyer), (Side.RESPONDENT, partners.supplier)):
        async with ctx.db.transaction() as tx:
            case = await queries.for_update(tx, case_id)
            await service.agree(tx, case, by=Speaker(side, actor.member))
    await jobs.forget_cases(ctx)
    assert (await case_of(ctx, case_id)).statement == STORY
    clock.reset()
    assert await ctx.files.exists(key)
    async with ctx.db.transaction() as tx:
        keepers = [await make_staff(tx, Role.COMPLIANCE) for _place in range(2)]
        held = Subject("organisation", partners.supplier.organisation_id)
        hold = await retention.place(tx, held, "them", reason="A court asks.", reference="1", by=keepers[0].member)
    await jobs.forget_cases(ctx)
    with pytest.raises(IntegrityError):
        async with ctx.db.transaction() as tx:
            await case_forgetting.forget(tx, case_id)
    assert (await case_of(ctx, case_id)).statement == STORY
    async with ctx.db.transaction() as tx:
        await retention.lift(tx, hold, reason="It is over.", by=keepers[1].member)
    await jobs.forget_cases(ctx)
    await jobs.forget_cases(ctx)
    with clock.at(clock.now() + forgetting.SETTLED + timedelta(hours=1)):
        await forgetting.erase_files(ctx)
    assert not await ctx.files.exists(key)
    async with ctx.db.transaction(read_only=True) as tx:
        file = await queries.file_for(tx, case_id, partners.buyer.member)
        assert (await evidence.verify(tx, Subject("case", case_id))).whole
    assert (file.case.statement, file.case.forgotten, [m.text for m in file.messages]) == ("", True, [""])
    assert file.rulings[0].reason == "The contract says so."


async def test_a_final_decision_is_never_the_first_that_the_respondent_hears(app, ctx, partners, judges):
    """A report that was dismissed without asking, and appealed against by its reporter."""
    case_id, _code = await make_report(app, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    await rule(ctx, case_id, judges[0], decision(Remedy.DISMISS))
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        await service.appeal(tx, case, "Look again.", by=Speaker(Side.COMPLAINANT))
    with pytest.raises(BadRuling) as refused:
        await rule(ctx, case_id, judges[1])
    assert "remedy" in refused.value.errors
    await take(ctx, case_id, judges[1])
    async with ctx.db.transaction() as tx:
        await service.ask(tx, case_id, Side.RESPONDENT, "What do you say?", by=judges[1].member)
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        await service.say(tx, case, "It is not so.", [], by=Speaker(Side.RESPONDENT, partners.supplier.member))
    await rule(ctx, case_id, judges[1])
    assert (await case_of(ctx, case_id)).state == S.CLOSED


async def test_one_case_that_cannot_go_on_keeps_no_other(ctx, partners, judges, monkeypatch):
    """The job that keeps times, when the first of two is refused by the database."""
    async with ctx.db.transaction() as tx:
        other = await make_company(tx, "Another Buyer")
    stuck, free = [await make_complaint(ctx, side, partners.supplier) for side in (partners.buyer, other)]
    for case_id in (stuck, free):
        await take_up(ctx, case_id, judges[0])
    lapse = service.lapse

    async def refused(tx, case_id):
        if case_id == stuck:
            await tx.execute(text("UPDATE case_file SET kind = 'report' WHERE id = :id"), {"id": case_id})
        await lapse(tx, case_id)

    monkeypatch.setattr(service, "lapse", refused)
    with clock.at(clock.now() + timedelta(days=30)):
        await jobs.keep_times(ctx)
    assert (await case_of(ctx, stuck)).state == S.ANSWERING
    assert (await case_of(ctx, free)).state == S.DECIDING
