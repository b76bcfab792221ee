"""The desk of controlled goods: lists of two people, licences, statements of end users, and secret reports."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core import clock
from app.core.periods import latest_today
from tests.factories.contracts import fund, make_offer, make_order
from tests.factories.files import PDF
from tests.factories.goods import control, license_goods, limited, state_end_use, stated, terms
from tests.factories.people import make_company, make_key, make_member, make_staff
from tests.factories.shipments import ship
from tests.forms import submit
from tests.queries import cost
from trust.access import Role
from trust.goods import jobs, licences, reports, statements
from trust.goods.models import (
    ControlEntry,
    EndUserStatement,
    ExportReport,
    GoodsLicence,
    LicenceReminder,
    LicenceUse,
)
from trust.goods.reports import due
from trust.goods.states import Kind, LicenceMove, LicenceState, Point, StatementState
from trust.identity.models import Organisation
from trust.risk.errors import OnHold

JSON = {"accept": "application/json"}
ENTRY = {
    "kind": "licence", "code": "1C999", "hs": "681599; 3801", "keywords": "graphite felt; 石墨毡",
    "destinations": "ir; kp", "binds_from": "contract", "source": "A notice, item 7", "text_en": "A licence is needed.",
    "text_zh": "须有许可。", "reason": "The notice of this week.",
}  # fmt: skip
LICENCE = {
    "kind": "general", "number": "26-77", "authority": "MOFCOM", "holder": "Shenzhen Lantern", "hs": "6912",
    "destinations": "DE", "quantity_limit": "1000", "unit": "H87", "value_limit": "2,345.00", "value_currency": "USD",
}  # fmt: skip
FILE = {"document": ("licence.pdf", PDF, "application/pdf")}


@pytest.fixture
async def desk(db):
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        company = await tx.get_one(Organisation, first.organisation_id)
        return first, await make_member(tx, company, roles=(Role.COMPLIANCE,))


@pytest.fixture
async def order(db, ctx, partners):
    made = await make_order(ctx, partners, make_offer(partial=True))
    await fund(ctx, made)
    return made


@pytest.fixture
async def dual_use(db, desk):
    """Mugs need a licence and a statement before they are shipped."""
    async with db.transaction() as tx:
        return await control(tx, *desk, kind=Kind.DUAL_USE, code="1C210", binds_from=Point.SHIPMENT)


def days(**changes):
    today = clock.now().date()
    return {"valid_from": today.isoformat(), "valid_until": (today + timedelta(days=300)).isoformat()} | changes


# Lists


async def test_an_entry_is_proposed_by_one_and_agreed_by_another(client, db, desk):
    page, day = "/goods/entries", clock.now().date().isoformat()
    async with client(as_=desk[0]) as http:
        over = await submit(http, page, "entry", **ENTRY, since="2020-01-01")
        assert over.status_code == 422
        assert "graphite felt; 石墨毡" in over.text
        wrong = await submit(http, page, "entry", **ENTRY | {"cas": "108-24-8"}, since=day)
        assert "“108-24-8” is not a CAS number." in wrong.text
        nothing = await submit(http, page, "entry", **ENTRY | {"hs": "", "keywords": ""}, since=day)
        assert nothing.status_code == 422
        assert (await submit(http, page, "entry", **ENTRY, since=day)).status_code == 303
        shown = (await http.get(f"{page}?show=waiting")).text
        assert "1C999" in shown
        assert "agree-" not in shown
        [entry] = (await http.get(f"{page}?show=waiting", headers=JSON)).json()["entries"]
        assert (entry["standing"], entry["destinations"], entry["hs"]) == ("waiting", ["IR", "KP"], ["681599", "3801"])
    async with client(as_=desk[1]) as http:
        assert (await submit(http, f"{page}?show=waiting", f"agree-{entry['id']}")).status_code == 303
        listed = (await http.get(f"{page}?show=licence", headers=JSON)).json()["entries"]
        assert next(one["standing"] for one in listed if one["code"] == "1C999") == "in_force"
        ending = {"last_day": day, "reason": "Withdrawn."}
        assert (await submit(http, f"{page}?show=licence", f"ending-{entry['id']}", **ending)).status_code == 303
    async with client(as_=desk[0]) as http:
        shown = (await http.get(f"{page}?show=waiting")).text
        assert "Withdrawn." in shown


async def test_a_whole_list_is_read_through_first(client, db, desk):
    day = clock.now().date().isoformat()
    head = "kind,code,hs,keywords,cas,since,source,text_en,text_zh\r\n"
    good = f"licence,A1,290100,solvent blend,108-24-7,{day},Law 1,Needed.,须有许可。\r\n"
    bad = f"forbidden,B,29x,ab,1-2-3,{day},Law 1,Needed.,\r\n"

    def sheet(body):
        return {"sheet": ("list.csv", (head + body).encode(), "text/csv")}

    async with client(as_=desk[0]) as http:
        wrong = await submit(http, "/goods/entries", "import", files=sheet(good + bad))
        assert wrong.status_code == 422
        for field in ("kind", "code", "hs", "keywords", "cas", "text_zh"):
            assert f"<bdi>{field}</bdi>" in wrong.text
        dry = await submit(http, "/goods/entries", "import", files=sheet(good), dry_run="true")
        assert "All 1 rows fit" in dry.text
        garbage = await submit(
            http, "/goods/entries", "import", files={"sheet": ("x.csv", b"\xff\xfe\x00", "text/csv")}
        )
        assert garbage.status_code == 422
        async with db.transaction(read_only=True) as tx:
            assert await tx.scalar(select(ControlEntry.id).where(ControlEntry.code == "A1")) is None
        form = {"dry_run": "false"}
        assert (await submit(http, "/goods/entries", "import", files=sheet(good), **form)).status_code == 303
        assert "A1" in (await http.get("/goods/entries?show=waiting")).text
        template = await http.get("/goods/template.csv")
        again = {"sheet": ("list.csv", template.content, "text/csv")}
        assert "All 1 rows fit" in (await submit(http, "/goods/entries", "import", files=again, dry_run="true")).text


# Licences


async def test_a_licence_is_handed_in_read_and_counted_down(client, db, partners, desk, order):
    async with db.transaction() as tx:
        await control(tx, *desk, kind=Kind.LICENCE)
    async with client(as_=partners.supplier) as http:
        long = {"kind": "single", "valid_until": (clock.now().date() + timedelta(days=800)).isoformat()}
        for wrong in ({"valid_until": "2020-01-01"}, {"hs": "x"}, {"unit": ""}, {"value_limit": "-1"}, long):
            refused = await submit(http, "/licences", "licence", files=FILE, **LICENCE | days(**wrong))
            assert refused.status_code == 422, wrong
            assert "MOFCOM" in refused.text
        text_file = {"document": ("licence.txt", b"no document", "text/plain")}
        assert (await submit(http, "/licences", "licence", files=text_file, **LICENCE | days())).status_code == 422
        made = await submit(http, "/licences", "licence", files=FILE, **LICENCE | days())
        assert made.status_code == 303
        again = await submit(http, "/licences", "licence", files=FILE, **LICENCE | days())
        assert again.status_code == 409
        page = made.headers["location"]
        assert "Being read" in (await http.get(page)).text
        assert (await submit(http, page, "document")).content == PDF
    async with client(as_=desk[0]) as http:
        assert "26-77" in (await http.get("/goods/licences")).text
        shown = await http.get(page)
        assert "Shenzhen Lantern" in shown.text
        copy = await submit(http, page, "document")
        assert (copy.status_code, copy.headers["content-type"]) == (200, "application/pdf")
        assert copy.content != PDF, "who looks stands across each page"
        assert (await submit(http, page, "refuse", reason="")).status_code == 422
        assert (await submit(http, page, "accept")).status_code == 303
        assert (await submit(http, page, "suspend", reason="Revoked.")).status_code == 303
    with pytest.raises(Exception, match="Mugs are controlled"):
        await ship(db, order, partners, "400")
    async with client(as_=desk[1]) as http:
        assert (await submit(http, page, "restore", reason="In force again.")).status_code == 303
    await ship(db, order, partners, "400")
    async with client(as_=partners.supplier) as http:
        assert (await http.get("/licences", headers=JSON)).json()["licences"][0]["used_quantity"] == "400.000000"
    async with db.transaction(read_only=True) as tx:
        looked = await tx.scalar(text("SELECT count(*) FROM evidence_link WHERE kind = 'licence.looked_at'"))
        assert looked == 1


async def test_a_licence_is_its_company_s_and_compliance_s_alone(client, db, partners, desk):
    async with db.transaction() as tx:
        licence = await license_goods(tx, partners.supplier, desk[0])
        other = await make_company(tx, "Stranger")
        moderator = await make_staff(tx, Role.MODERATOR)
    for actor in (other, partners.buyer, moderator):
        async with client(as_=actor) as http:
            assert (await http.get(f"/licences/{licence}")).status_code == 404
        async with client(key=await make_key(db, actor)) as api:
            assert (await api.post(f"/licences/{licence}/document")).status_code == 404
            said = {"move": "suspend", "reason": "x"}
            assert (await api.post(f"/goods/licences/{licence}/decision", json=said)).status_code == 403


@pytest.mark.parametrize("state", list(LicenceState))
@pytest.mark.parametrize("move", list(LicenceMove))
async def test_every_move_of_a_licence(db, partners, desk, state, move):
    ways = {
        LicenceState.SUBMITTED: [],
        LicenceState.ACCEPTED: [LicenceMove.ACCEPT],
        LicenceState.REFUSED: [LicenceMove.REFUSE],
        LicenceState.SUSPENDED: [LicenceMove.ACCEPT, LicenceMove.SUSPEND],
    }
    allowed = (state, move) in GoodsLicence.MOVES
    async with db.transaction() as tx:
        paper = {"key": "ab/" + "ab" * 32, "name": "a.pdf", "content_type": "application/pdf", "size": 9}
        made = await licences.hand_in(tx, terms(), paper, by=partners.supplier.member)
        for step in ways[state]:
            await licences.decide(tx, made, step, reason="x", by=desk[0].member)
        if allowed:
            await licences.decide(tx, made, move, reason="x", by=desk[0].member)
            assert (await tx.get_one(GoodsLicence, made)).state == GoodsLicence.MOVES[state, move]
        else:
            with pytest.raises(Exception, match="the state has changed"):
                await licences.decide(tx, made, move, reason="x", by=desk[0].member)


@pytest.mark.parametrize(("left", "sent"), [(31, None), (30, 30), (16, 30), (15, 15), (5, 5), (1, 5), (0, 5), (-1, 0)])
async def test_reminders_come_once_at_their_edge(db, ctx, partners, desk, left, sent):
    until = clock.now().date() + timedelta(days=60)
    async with db.transaction() as tx:
        licence = await license_goods(tx, partners.supplier, desk[0], valid_until=until)
    with clock.at(clock.now() + timedelta(days=60 - left)):
        await jobs.watch_licences(ctx)
        async with db.transaction(read_only=True) as tx:
            taken = set(await tx.scalars(select(LicenceReminder.days)))
        assert min(taken, default=None) == sent
        async with db.transaction() as tx:
            assert await jobs.remind(tx, licence) is None
    async with db.transaction(read_only=True) as tx:
        letters = await tx.scalar(text("SELECT count(*) FROM job WHERE arguments::text LIKE '%control_news%'"))
    assert letters == (sent is not None)


# Statements of end users


async def test_the_buyer_states_and_compliance_accepts(client, db, partners, desk, order, dual_use):
    page = f"/orders/{order}/end-use"
    async with client(as_=partners.supplier) as http:
        assert "not stated the end use yet" in (await http.get(page)).text
    async with client(as_=partners.buyer) as http:
        assert page in (await http.get(f"/orders/{order}")).text
        refused = await submit(http, page, "end-use-0", **stated(end_use="trade"))
        assert refused.status_code == 422
        assert "Kaistrasse 1, Hamburg" in refused.text
        without = {k: v for k, v in stated().items() if k != "no_reexport"}
        assert (await submit(http, page, "end-use-0", **without)).status_code == 422
        late = stated(signed_on=(latest_today(clock.now()) + timedelta(days=1)).isoformat())
        assert (await submit(http, page, "end-use-0", **late)).status_code == 422
        sheet = {"sheet": ("signed.pdf", PDF, "application/pdf")}
        first = stated(end_user="Rhein Freight Forwarding GmbH")
        assert (await submit(http, page, "end-use-0", files=sheet, **first)).status_code == 303
        [found] = (await http.get(page, headers=JSON)).json()
        pdf = await http.get(f"{page}/{found['id']}/statement.pdf")
        assert pdf.content.startswith(b"%PDF-")
        assert "flags" not in found
    at_desk = f"/goods/statements/{found['id']}"
    async with client(as_=desk[0]) as http:
        assert "freight forwarder" in (await http.get(at_desk)).text
        assert (await submit(http, at_desk, "accept", reason="")).status_code == 422
        assert (await submit(http, at_desk, "sheet")).content == PDF
        assert (await submit(http, at_desk, "more", reason="Who uses the mugs?")).status_code == 303
    async with client(as_=partners.buyer) as http:
        assert "Who uses the mugs?" in (await http.get(page)).text
        assert (await submit(http, page, "end-use-0", **stated())).status_code == 303
    async with db.transaction(read_only=True) as tx:
        rows = list(await tx.execute(select(EndUserStatement.version, EndUserStatement.state).order_by("version")))
    assert [tuple(row) for row in rows] == [(1, StatementState.REPLACED), (2, StatementState.SUBMITTED)]
    async with db.transaction(read_only=True) as tx:
        [found], _total = await statements.statements(tx, state=StatementState.SUBMITTED)
    async with client(as_=desk[0]) as http:
        assert (await submit(http, f"/goods/statements/{found.id}", "accept")).status_code == 303
    async with db.transaction() as tx:
        await license_goods(tx, partners.supplier, desk[0], **limited("1000"))
    await ship(db, order, partners)


async def test_a_statement_is_the_buyer_s_to_make_and_the_parties_to_read(client, db, partners, desk, order, dual_use):
    async with db.transaction() as tx:
        made = await state_end_use(tx, order, partners.buyer, partners.supplier, None)
        other = await make_company(tx, "Stranger")
    page = f"/orders/{order}/end-use"
    async with client(key=await make_key(db, partners.supplier)) as api:
        assert (await api.post(f"{page}/0", json=stated())).status_code == 404
        assert (await api.get(f"{page}/{made}/statement.pdf")).status_code == 200
    async with client(key=await make_key(db, other)) as api:
        assert (await api.get(page)).status_code == 404
        assert (await api.post(f"{page}/0", json=stated())).status_code == 404
        assert (await api.get(f"{page}/{made}/statement.pdf")).status_code == 404
        assert (await api.get(f"/goods/statements/{made}")).status_code == 403
    async with client(key=await make_key(db, partners.buyer)) as api:
        for position, status in (("1", 409), ("x", 404), ("-1", 404), ("9999", 404), ("²", 404)):
            assert (await api.post(f"{page}/{position}", json=stated())).status_code == status
        for wrong in ({"country": "XX"}, {"quantity": "0"}, {"hs_code": "6"}, {"email": "x"}, {"end_user": "\u0000"}):
            assert (await api.post(f"{page}/0", json=stated(**wrong))).status_code == 422


# Suspicions and reports


async def raise_suspicion(client, db, desk, order) -> str:
    async with db.transaction(read_only=True) as tx:
        number = await tx.scalar(text("SELECT number FROM orders WHERE id = :id"), {"id": order})
    said = {"number": number, "suspicion": "The forwarder of record delivers to an embargoed plant."}
    async with client(as_=desk[0]) as http:
        assert (await submit(http, "/goods/reports", "suspicion", **said | {"number": "PO-0000"})).status_code == 404
        made = await submit(http, "/goods/reports", "suspicion", **said)
        assert made.status_code == 303
        assert (await submit(http, "/goods/reports", "suspicion", **said)).status_code == 409
    return made.headers["location"]


async def test_a_suspicion_is_confirmed_by_another_reported_and_closed(client, db, partners, desk, order):
    page = await raise_suspicion(client, db, desk, order)
    async with client(as_=desk[0]) as http:
        assert "another person decides" in (await http.get(page)).text
    async with client(key=await make_key(db, desk[0])) as api:
        assert (await api.post(f"{page}/confirmation", json={})).status_code == 403
    async with client(as_=desk[1]) as http:
        assert (await submit(http, page, "confirmation", decision="Well founded.")).status_code == 303
        pdf = await http.get(f"{page}/report.pdf")
        assert pdf.content.startswith(b"%PDF-")
        future = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
        sent = {"sent_to": "MOFCOM", "receipt": "2026-4711"}
        assert (await submit(http, page, "sending", **sent, sent_at=future)).status_code == 422
        at = clock.now().strftime("%Y-%m-%dT%H:%M")
        assert (await submit(http, page, "sending", **sent, sent_at=at)).status_code == 303
        shown = (await http.get(page)).text
        assert "2026-4711" in shown
        assert (await submit(http, page, "closing", outcome="No action by the authority.")).status_code == 303
        assert (await http.get("/goods/reports", headers=JSON)).json()["total"] == 0
    async with db.transaction(read_only=True) as tx:
        dossier = await tx.scalar(select(ExportReport.dossier))
    assert dossier["goods"][0]["hs_code"] == "691200"
    assert dossier["buyer"]["latin_name"] == "Hansa Import"


async def test_everything_stands_still_and_nobody_is_told_why(client, db, ctx, run_jobs, partners, desk, order):
    await raise_suspicion(client, db, desk, order)
    with pytest.raises(OnHold) as held:
        await ship(db, order, partners, "400")
    seen = [f"{held.value.message} {held.value.facts}"]
    await run_jobs()
    for actor in (partners.supplier, partners.buyer):
        async with client(as_=actor) as http:
            theirs = "/licences" if actor is partners.supplier else "/contracts"
            about = [f"/orders/{order}{part}" for part in ("", "/end-use", "/evidence", "/documents")]
            for page in (*about, "/orders", theirs, "/", "/cases", "/restrictions"):
                seen += [(await http.get(page, headers=as_)).text for as_ in ({"accept": "text/html"}, JSON)]
            for page in ("/goods", "/goods/reports"):
                assert (await http.get(page)).status_code == 403
    async with client() as http:
        seen += [(await http.get(page)).text for page in ("/transparency", "/transparency/restrictions")]
    whole = "\n".join(seen).lower()
    for secret in ("suspicion", "suspect", "embargo", "ops-05", "export_report", "report.suspected"):
        assert secret not in whole
    async with db.transaction(read_only=True) as tx:
        told = await tx.scalar(text("SELECT count(*) FROM job WHERE arguments::text ILIKE '%suspic%'"))
        chains = await tx.execute(text("SELECT DISTINCT subject_type FROM evidence_link WHERE kind LIKE 'report.%'"))
        assert told == 0
        assert [row.subject_type for row in chains] == ["export_report"]


async def test_what_stands_still_goes_on_standing_until_the_report_is_closed(client, db, partners, desk, order):
    await raise_suspicion(client, db, desk, order)
    with clock.at(clock.now() + timedelta(days=29, hours=12)):
        async with db.transaction() as tx:
            assert await reports.hold_on(tx) == 1
            assert await reports.hold_on(tx) == 0
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(OnHold):
        await ship(db, order, partners, "400")


async def test_a_dismissed_suspicion_asks_for_what_is_held_to_be_let_go(client, db, partners, desk, order):
    page = await raise_suspicion(client, db, desk, order)
    async with client(as_=desk[1]) as http:
        assert (await submit(http, page, "dismissal", decision="")).status_code == 422
        assert (await submit(http, page, "dismissal", decision="Another company of that name.")).status_code == 303
    async with db.transaction(read_only=True) as tx:
        asked = await tx.scalar(text("SELECT count(*) FROM risk_hold WHERE asked_by IS NOT NULL"))
    assert asked == 2


def test_the_clock_of_a_report_counts_working_days():
    friday = clock.now().replace(year=2026, month=11, day=20, hour=3, minute=0)
    assert due(friday, "Asia/Shanghai").isoformat() == "2026-11-24T00:00:00+08:00"


# Costs and keeping


async def test_lists_take_as_many_queries_for_many(client, db, partners, desk, order):
    pages = ("/goods/entries", "/goods/licences?state=accepted", "/goods/statements?state=accepted", "/goods/reports")
    async with db.transaction() as tx:
        await license_goods(tx, partners.supplier, desk[0])
        await control(tx, *desk, hs=("99",))
        await state_end_use(tx, order, partners.buyer, partners.supplier, desk[0])
    await raise_suspicion(client, db, desk, order)
    async with client(as_=desk[0]) as http, client(as_=partners.supplier) as own:
        await cost(http, db, *pages)
        few = await cost(http, db, *pages) + await cost(own, db, "/licences")
        async with db.transaction() as tx:
            for number in range(8):
                await license_goods(tx, partners.supplier, desk[0], number=f"N{number}")
                await control(tx, *desk, hs=("99",), code=f"E{number}")
        assert await cost(http, db, *pages) + await cost(own, db, "/licences") == few


async def test_records_go_after_five_years_and_not_before(db, ctx, partners, desk, order):
    async with db.transaction() as tx:
        await control(tx, *desk, kind=Kind.LICENCE)
        await license_goods(tx, partners.supplier, desk[0], **limited("1000"))
        await state_end_use(tx, order, partners.buyer, partners.supplier, desk[0])
    await ship(db, order, partners, "400")
    kept = (GoodsLicence, LicenceUse, EndUserStatement)
    with clock.at(clock.now() + timedelta(days=5 * 365)):
        await jobs.forget_records(ctx)
    async with db.transaction(read_only=True) as tx:
        assert all([await tx.scalar(select(one.id)) is not None for one in kept])
    kept_by_itself = pytest.raises(Exception, match=r"kept longer|stays as it was")
    with clock.at(clock.now() + timedelta(days=7 * 365)), kept_by_itself:
        await jobs.forget_records(ctx)  # by the database's own clock it is not over
