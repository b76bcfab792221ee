"""Reports without an account: followed by a code, and the reported company never learns who wrote them."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock, evidence
from app.core.subject import Subject
from tests.factories.cases import case_of, decision, make_report, rule, take, take_up
from tests.factories.files import PDF
from tests.factories.people import make_staff
from tests.forms import submit
from trust.access import Role
from trust.cases import filing, queries, service
from trust.cases.service import Speaker
from trust.cases.states import CaseState, Remedy, Side

WHO = "Zheng Informant, +86 139 0000 4711"
WORDS = "I, their bookkeeper Zheng, saw the certificates being forged."


@pytest.fixture
async def judges(db):
    async with db.transaction() as tx:
        return await make_staff(tx), await make_staff(tx, Role.COMPLIANCE)


async def _page_of(ctx, partners):
    async with ctx.db.transaction(read_only=True) as tx:
        query = text("SELECT slug FROM organisation WHERE id = :id")
        return f"/suppliers/{await tx.scalar(query, {'id': partners.supplier.organisation_id})}"


async def test_a_report_needs_no_account_and_is_followed_by_its_code(ctx, client, partners, judges):
    about = await _page_of(ctx, partners)
    async with client() as http:
        assert 'href="/reports/new"' in (await http.get("/complaint")).text
        file = {"files": ("photo.pdf", PDF, "application/pdf")}
        said = {"topic": "fraud", "statement": WORDS, "contact": WHO}
        sent = await submit(http, f"/reports/new?about={about}", "report", files=file, **said)
        assert (sent.status_code, sent.headers["location"]) == (303, "/reports/mine")
        shown = (await http.get("/reports/mine")).text
        assert WORDS in shown
        code = shown.split("Your access code: ")[1][:19]
        assert (await http.get("/reports/mine/exhibits/C1")).content == PDF
    async with client() as http:
        assert (await http.get("/reports/mine")).status_code == 404
        wrong = await submit(http, "/complaint", "access", code="0000-0000-0000-0000")
        assert wrong.status_code == 404
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert (await submit(http, "/complaint", "access", code=typed)).status_code == 303
        assert WORDS in (await http.get("/reports/mine")).text
        more = await submit(http, "/reports/mine", "statement", text="It goes on.")
        assert more.status_code == 303
        assert "It goes on." in (await http.get("/reports/mine")).text


async def test_codes_cannot_be_tried_without_end(client):
    async with client() as http:
        answers = [
            (await submit(http, "/complaint", "access", code=f"0000-0000-0000-{n:04}")).status_code for n in range(12)
        ]
    assert answers[:10] == [404] * 10
    assert set(answers[10:]) == {429}


async def test_the_code_and_the_address_are_not_in_the_database(app, ctx, urls, partners):
    _case, code = await make_report(app, partners.supplier, contact=WHO, statement="They sell forged certificates.")
    async with ctx.db.transaction(read_only=True) as tx:
        rows = [
            (await tx.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608  our own names
            for table in ("case_file", "event", "job", "evidence_link", "evidence_private", "audit_entry", "review")
        ]
    assert code not in repr(rows)
    assert "4711" not in repr(rows)
    assert filing.plain_code(filing.grouped(code)) == code


async def test_the_reported_side_never_learns_who_it_was(app, ctx, client, partners, judges, run_jobs):
    """Every page, file, letter and answer that the respondent gets, at every stage."""
    case_id, _code = await make_report(app, partners.supplier, contact=WHO, statement=WORDS)
    page, seen = f"/cases/{case_id}", []

    async def look():
        async with client(as_=partners.supplier) as http:
            for address in (page, "/cases", "/cases?show=ended", "/", "/company", f"{page}/exhibits/C1"):
                seen.append((await http.get(address)).text)
                seen.append((await http.get(address, headers={"accept": "application/json"})).text)

    await look()
    assert "case_not_found" in seen[1]
    await take_up(ctx, case_id, judges[0])
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        await service.say(tx, case, "Zheng again: ask the bookkeeper.", [], by=Speaker(Side.COMPLAINANT))
    await look()
    await take(ctx, case_id, judges[0])
    async with ctx.db.transaction() as tx:
        await service.ask(tx, case_id, Side.COMPLAINANT, "Dear Zheng, when?", by=judges[0].member)
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        await service.say(tx, case, "In May, says Zheng.", [], by=Speaker(Side.COMPLAINANT))
    await take(ctx, case_id, judges[0])
    async with ctx.db.transaction() as tx:
        await service.ask(tx, case_id, Side.RESPONDENT, "Show the certificates.", by=judges[0].member)
    await look()
    assert "Show the certificates." in "".join(seen)
    async with client(as_=partners.supplier) as http:
        await submit(http, page, "statement", text="Here they are.")
    await rule(ctx, case_id, judges[0], decision(Remedy.WARN, exhibits=["C1"]))
    await look()
    async with client(as_=partners.supplier) as http:
        assert (await submit(http, page, "appeal", reason="They are real.")).status_code == 303
    await rule(ctx, case_id, judges[1])
    await look()
    await run_jobs()
    kept = [path.read_bytes() for path in (ctx.settings.data_dir / "mail").glob("*.eml")]
    mails = [message_from_bytes(data, policy=default) for data in kept]
    letters = [
        str(part.get_content()) for mail in mails for part in mail.walk() if part.get_content_maintype() == "text"
    ]
    seen += letters
    everything = "".join(seen)
    assert letters
    assert "They are real." in everything
    for secret in ("Zheng", "4711", "bookkeeper", "secret.pdf", "In May"):
        assert secret not in everything, secret


async def test_the_reporter_sees_the_ruling_but_not_the_other_s_papers(app, ctx, partners, judges):
    case_id, _code = await make_report(app, partners.supplier)
    await take_up(ctx, case_id, judges[0])
    assert (await case_of(ctx, case_id)).state == CaseState.DECIDING
    async with ctx.db.transaction() as tx:
        await service.ask(tx, case_id, Side.RESPONDENT, "Show them.", by=judges[0].member)
    async with ctx.db.transaction() as tx:
        case = await queries.for_update(tx, case_id)
        await service.say(tx, case, "Our trade secret.", [], by=Speaker(Side.RESPONDENT, partners.supplier.member))
    await rule(ctx, case_id, judges[0])
    async with ctx.db.transaction(read_only=True) as tx:
        case = await queries.for_reading(tx, case_id)
        shown = await queries.file(tx, case, Side.COMPLAINANT)
    assert [m.text for m in shown.messages] == []
    assert [r.remedy for r in shown.rulings] == ["warn"]


async def test_looking_at_the_reporter_s_address_is_for_who_has_the_case_and_on_record(
    app, ctx, client, partners, judges
):
    case_id, _code = await make_report(app, partners.supplier, contact=WHO)
    async with client(as_=judges[1]) as http:
        assert 'id="contact"' not in (await http.get(f"/cases/{case_id}")).text
    await take(ctx, case_id, judges[0])
    async with client(as_=judges[0]) as http:
        assert WHO not in (await http.get(f"/cases/{case_id}")).text
        told = await submit(http, f"/cases/{case_id}", "contact")
        assert told.status_code == 303
        assert WHO in (await http.get(f"/cases/{case_id}")).text
    async with ctx.db.transaction(read_only=True) as tx:
        kinds = [link.kind for link in await evidence.chain(tx, Subject("case", case_id))]
    assert kinds[-1] == "case.contact_read"


async def test_the_reported_side_does_not_learn_when_it_was_written(app, ctx, client, partners, judges):
    case_id, _code = await make_report(app, partners.supplier)
    clock.advance(days=3)
    await take_up(ctx, case_id, judges[0])
    async with ctx.db.transaction() as tx:
        await service.ask(tx, case_id, Side.RESPONDENT, "Show them.", by=judges[0].member)
    asked = clock.now() - timedelta(minutes=1)
    async with client(as_=partners.supplier) as http:
        said = (await http.get(f"/cases/{case_id}", headers={"accept": "application/json"})).json()
        [line] = (await http.get("/cases", headers={"accept": "application/json"})).json()["items"]
    assert [c["name"] for c in said["clocks"]] == ["answer"]
    assert line["due_at"] == said["clocks"][0]["due_at"]
    moments = [said["since"], line["since"], *(c["began_at"] for c in said["clocks"])]
    assert all(datetime.fromisoformat(moment) > asked for moment in moments)
    async with client() as http:
        form = f"/reports/new?about={await _page_of(ctx, partners)}"
        sent = await submit(http, form, "report", topic="fraud", statement=WORDS)
        assert sent.status_code == 303
        made = (await http.get("/reports/mine", headers={"accept": "application/json"})).json()
    assert UUID(made["id"]).version == 4, "no time is in it"


async def test_nothing_ties_a_report_to_who_is_signed_in(ctx, client, partners):
    """A reporter who is a member of some company, with their session in the same browser."""
    about = await _page_of(ctx, partners)
    async with client(as_=partners.buyer) as http:
        await submit(http, f"/reports/new?about={about}", "report", topic="fraud", statement=WORDS)
        await submit(http, "/reports/mine", "statement", text="It goes on, says Zheng.")
        await submit(http, "/reports/mine", "withdrawal")
        assert (await submit(http, "/reports/mine", "satisfaction", stars="5")).status_code == 303
    async with ctx.db.transaction(read_only=True) as tx:
        kept = repr((await tx.execute(text("SELECT * FROM idempotency_key"))).all())
    assert "Zheng" not in kept
    assert "/reports" not in kept


async def test_a_reporter_is_not_looked_up_once_the_case_is_over(app, ctx, client, partners, judges):
    case_id, _code = await make_report(app, partners.supplier, contact=WHO)
    await take(ctx, case_id, judges[0])
    async with client(as_=judges[0]) as http:
        page = f"/cases/{case_id}"
        shown = (await http.get(page)).text
        async with ctx.db.transaction() as tx:
            case = await queries.for_update(tx, case_id)
            await service.withdraw(tx, case, by=Speaker(Side.COMPLAINANT))
        assert 'id="contact"' in shown
        token = shown.split('name="csrf_token" value="')[1].split('"')[0]
        asked = await http.post(f"{page}/contact", data={"csrf_token": token}, headers={"accept": "application/json"})
    assert asked.status_code == 409
    async with ctx.db.transaction(read_only=True) as tx:
        query = text("SELECT count(*) FROM idempotency_key WHERE route LIKE '%contact%'")
        kept = (await tx.execute(query)).scalar_one()
    assert kept == 0
