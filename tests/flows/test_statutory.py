"""Statutory reports: prepared from the books, checked, encrypted, filed by a second person, corrected, put off."""

import asyncio
import io
import json
import subprocess
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.errors import Conflict, Invalid
from app.core.states import IllegalMove
from app.statutory import calendar, filing, preparing, queries
from app.statutory.errors import (
    BooksDiffer,
    NobodyToEncryptFor,
    NothingProposed,
    NothingToFile,
    PeriodRuns,
    SecondPersonNeeded,
)
from app.statutory.filing import Receipt
from app.statutory.models import StatutoryVersion
from app.statutory.rules import Kind
from app.statutory.states import OUTSTANDING, FilingMove, FilingState
from payments.ledger import chart
from payments.ledger.service import Entry, credit, debit, post
from tests.factories.files import PDF
from tests.factories.money import usd
from tests.factories.people import make_company, make_staff
from tests.factories.statutory import (
    AFTER,
    QUARTER_END,
    TRADED,
    ZONE,
    desk_of,
    filing_of,
    kept,
    make_quarter,
    versions_of,
)
from tests.factories.verification import recipient
from tests.forms import submit
from tests.queries import cost
from trust.access import COMPANY_ROLES, GRANTS, STAFF_ROLES, NotPermitted, Permission, Role
from trust.verification import reports
from trust.verification.errors import NoRecipient

S = FilingState
JSON = {"accept": "application/json"}
FIRST = date(2026, 7, 1)
DAY = AFTER.date()
RECEIPT = Receipt("2026-Q3-1", DAY)
WHY = "A name was misspelt."


@pytest.fixture
async def quarter(ctx):
    """The job has prepared the third quarter."""
    made = await make_quarter(ctx)
    await kept(ctx)
    return made


@pytest.fixture
def now():
    """As in the month after the quarter."""
    with clock.at(AFTER + timedelta(hours=1)):
        yield


async def tax(db):
    async with db.transaction(read_only=True) as tx:
        return await filing_of(tx, Kind.TAX, FIRST)


async def versions(db):
    async with db.transaction(read_only=True) as tx:
        return await versions_of(tx, (await filing_of(tx, Kind.TAX, FIRST)).id)


async def file(db, row, by, receipt=RECEIPT, *, seen=True):
    async with db.transaction() as tx:
        await filing.file(tx, row.id, receipt, findings_seen=seen, zone=ZONE, by=by.member)


async def prepare(ctx, row, by=None, reason=""):
    async with ctx.db.transaction() as tx:
        member = by.member if by else None
        return await preparing.prepare(tx, desk_of(ctx), row.id, reason, by=member)


async def test_a_quarter_is_prepared_from_the_books_and_the_day_s_rate(ctx, db, quarter):
    row, [version] = await tax(db), await versions(db)
    assert (row.state, row.due_on, version.prepared_by, version.number) == (S.PREPARED, date(2026, 11, 2), None, 1), (
        "31 October is a Saturday"
    )
    said = await desk_of(ctx).read(version)
    [line] = said.income
    assert (line.currency, line.gross, line.refunds, line.net) == ("USD", 30000, 0, 30000)
    assert (line.commission, line.membership, line.other, line.orders) == (450, 0, 0, 1)
    assert (line.day, line.source, line.rate[:6]) == (QUARTER_END.isoformat(), "ECB", "6.6528")
    assert line.yuan[0] == 199586
    assert {one.status for one in said.sellers} == {"new"}
    assert (said.platform.name, said.platform.domain) == ("Portolan Network Co., Ltd.", "test")
    assert version.findings == {"not_verified": 1}
    assert version.counts == {"sellers": 1, "income": 1, "orders": 1}
    async with db.transaction(read_only=True) as tx:
        chain = await evidence.chain(tx, row.itself)
        assert [(link.kind, link.data["digest"]) for link in chain] == [("statutory.prepared", version.digest)]


async def test_what_is_not_the_quarter_s_is_not_in_it(ctx, db):
    made = await make_quarter(ctx)
    edge = datetime(2026, 9, 30, 16, tzinfo=UTC)  # midnight in Shanghai: the first moment of October
    for number, moment in enumerate((edge - timedelta(seconds=1), edge)):
        with clock.at(moment):
            async with db.transaction() as tx:
                await _book(tx, made, "release", "1.00", f"edge:{number}")
    await kept(ctx)
    [version] = await versions(db)
    [line] = (await desk_of(ctx).read(version)).income
    assert line.gross == 30100


async def _book(tx, quarter, kind, amount, key="gift:1"):
    """Something is added to the supplier's balance, or for a minus taken away."""
    payable, moved = chart.payable(quarter.deal.supplier.organisation_id), usd(amount)
    legs = [debit(chart.psp("stripe"), moved), credit(payable, moved)]
    entry = Entry(key=key, kind=kind, legs=legs, reason="of tests", actor=None, subject=quarter.deal.subject)
    await post(tx, entry)


async def test_what_the_books_say_beside_the_table_is_refused_and_named(ctx, db, client):
    quarter = await make_quarter(ctx)
    with clock.at(TRADED):
        async with db.transaction() as tx:
            await _book(tx, quarter, "gift", "12.34")
    await kept(ctx)
    row = await tax(db)
    assert (row.state, row.held_up["code"]) == (S.OPEN, "statutory_books_differ")
    assert row.held_up["facts"] == {"differences": {"USD": {"sellers": 1234}}}
    with clock.at(AFTER):
        with pytest.raises(BooksDiffer, match=r"USD sellers 12\.34"):
            await prepare(ctx, row, quarter.finance)
        async with client(as_=quarter.finance) as http:
            page = (await http.get(f"/statutory/{row.id}")).text
            assert "could not be prepared by itself" in page
            assert "USD sellers 1234" in page
            refused = await submit(http, f"/statutory/{row.id}", "version")
            assert refused.status_code == 409
    assert await versions(db) == []


async def test_income_by_kind_of_entry(ctx, db):
    quarter = await make_quarter(ctx)
    with clock.at(TRADED):
        async with db.transaction() as tx:
            await _book(tx, quarter, "chargeback", "-50.00", "cb:1")
            await _book(tx, quarter, "chargeback_undone", "20.00", "cb:2")
            await _book(tx, quarter, "pay_out", "-10.00", "po:1")
            await _book(tx, quarter, "write_off", "3.00", "wo:1")
            party = chart.payable(quarter.deal.supplier.organisation_id)
            back = [debit(chart.FEE_INCOME, usd("1.00")), credit(party, usd("1.00"))]
            paid = [debit(party, usd("7.00")), credit(chart.MEMBERSHIP_INCOME, usd("7.00"))]
            said = {"reason": "of tests", "actor": None, "subject": quarter.deal.subject}
            await post(tx, Entry(key="fb", kind="fee_back", legs=back, **said))
            await post(tx, Entry(key="ms", kind="membership", legs=paid, **said))
    await kept(ctx)
    [version] = await versions(db)
    [line] = (await desk_of(ctx).read(version)).income
    assert (line.gross, line.refunds, line.net, line.other) == (30000, 3000, 27000, 300)
    assert (line.commission, line.membership) == (350, 700)


async def test_without_a_rate_it_waits_and_says_for_which(ctx, db, client):
    quarter = await make_quarter(ctx)
    later = AFTER + timedelta(days=92)  # the fourth quarter has no rates, and a release
    with clock.at(datetime(2026, 12, 1, tzinfo=UTC)):
        async with db.transaction() as tx:
            await _book(tx, quarter, "release", "1.00", "december")
    await kept(ctx, later)
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.TAX, date(2026, 10, 1))
    assert (row.state, row.held_up["code"], row.held_up["facts"]["base"]) == (S.OPEN, "rate_missing", "USD")
    with clock.at(later):
        async with client(as_=quarter.finance) as http:
            assert "No exchange rate from USD to yuan" in (await http.get(f"/statutory/{row.id}")).text


# Filing


async def test_a_second_person_files_it_with_the_receipt(ctx, db, client, quarter, now):
    row = await tax(db)
    async with client(as_=quarter.compliance) as http:
        page = f"/statutory/{row.id}"
        sent = {"receipt_number": "2026-Q3-1", "filed_on": DAY.isoformat()}
        refused = await submit(http, page, "filing", **sent)
        assert refused.status_code == 422, "there are findings"
        assert "2026-Q3-1" in refused.text, "nothing typed is lost"
        files = {"receipt": ("receipt.pdf", PDF, "application/pdf")}
        done = await submit(http, page, "filing", files=files, findings_seen="true", **sent)
        assert done.status_code == 303, done.text
        [version] = await versions(db)
        assert (version.filed_on, version.filed_by, version.receipt_number) == (
            DAY, quarter.compliance.member.id, "2026-Q3-1",
        )  # fmt: skip
        fetched = await submit(http, page, f"receipt-{version.id}")
        assert fetched.content == PDF
        said = (await http.get(page, headers=JSON)).json()
        assert (said["state"], said["overdue"], said["versions"][0]["has_receipt"]) == ("filed", False, True)
        assert "Filed in time" in (await http.get(page)).text
        assert "Filed in time" in (await http.get("/statutory?year=2026")).text
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, row.itself)).whole


async def test_what_cannot_be_on_a_receipt_is_refused_by_name(ctx, db, quarter, now):
    row = await tax(db)
    for day, field in ((DAY + timedelta(days=1), "filed_on"), (DAY - timedelta(days=1), "filed_on")):
        with pytest.raises(Invalid) as refused:
            await file(db, row, quarter.finance, Receipt("1", day))
        assert field in refused.value.errors
    with pytest.raises(Invalid) as refused:
        await file(db, row, quarter.finance, seen=False)
    assert "findings_seen" in refused.value.errors
    assert (await tax(db)).state == S.PREPARED


async def test_nobody_files_what_they_prepared(ctx, db, quarter, now):
    row = await tax(db)
    await prepare(ctx, row, quarter.finance, WHY)
    with pytest.raises(SecondPersonNeeded):
        await file(db, row, quarter.finance)
    await file(db, row, quarter.compliance)
    assert [one.filed_on for one in await versions(db)] == [None, DAY]


async def test_filed_twice_at_once_it_is_filed_once(ctx, db, quarter, now):
    row = await tax(db)
    both = [file(db, row, by, Receipt(by.member.email, DAY)) for by in (quarter.compliance, quarter.admin)]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "NothingToFile"]
    async with db.transaction(read_only=True) as tx:
        kinds = [link.kind for link in await evidence.chain(tx, row.itself)]
    assert kinds == ["statutory.prepared", "statutory.filed"]


async def test_after_the_last_day_it_is_late(ctx, db, quarter):
    row = await tax(db)
    for days, state in ((0, S.FILED), (1, S.FILED_LATE)):
        day = row.due_on + timedelta(days=days)
        with clock.at(datetime(day.year, day.month, day.day, 15, 59, tzinfo=UTC)):  # a minute before midnight
            async with db.transaction() as tx:
                await filing.file(tx, row.id, Receipt("1", day), findings_seen=True, zone=ZONE, by=quarter.admin.member)
                assert (await queries.for_update(tx, row.id)).state == state
                await tx.rollback()


async def test_a_correction_is_the_next_version_and_the_first_stays(ctx, db, client, quarter, now):
    row = await tax(db)
    await file(db, row, quarter.compliance)
    with pytest.raises(Invalid) as refused:
        await prepare(ctx, row, quarter.finance)
    assert "reason" in refused.value.errors
    [first] = await versions(db)
    async with client(as_=quarter.finance) as http:
        done = await submit(http, f"/statutory/{row.id}", "version", reason=WHY)
        assert done.status_code == 303, done.text
        assert WHY in (await http.get(f"/statutory/{row.id}")).text
    one, two = await versions(db)
    assert (one.digest, one.filed_on) == (first.digest, DAY)
    assert (two.number, two.reason, two.filed_on) == (2, WHY, None)
    said = await desk_of(ctx).read(two)
    assert {seller.status for seller in said.sellers} == {"new"}, "marked as what it corrects was"
    await file(db, row, quarter.compliance, Receipt("2", DAY))
    assert (await tax(db)).state == S.FILED
    with pytest.raises(NothingToFile):
        await file(db, row, quarter.compliance, Receipt("3", DAY))


async def test_the_next_quarter_names_what_changed_since_what_was_filed(ctx, db, quarter, now):
    await file(db, await tax(db), quarter.compliance)
    async with db.transaction() as tx:
        await make_company(tx, "Newcomer")
        await tx.execute(
            text("UPDATE organisation SET phone = '+86571' WHERE id = :id"),
            {"id": quarter.deal.supplier.organisation_id},
        )
    await kept(ctx, AFTER + timedelta(days=92))
    async with db.transaction(read_only=True) as tx:
        [version] = await versions_of(tx, (await filing_of(tx, Kind.TAX, date(2026, 10, 1))).id)
    said = await desk_of(ctx).read(version)
    assert {one.latin: one.status for one in said.reported} == {"Newcomer": "new", "Shenzhen Lantern": "changed"}
    assert said.income == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE statutory_version SET digest = repeat('0', 64)",
        "UPDATE statutory_version SET file = '{}'",
        "DELETE FROM statutory_version",
        "UPDATE statutory_filing SET due_on = due_on + 1",
        "UPDATE statutory_filing SET first_day = first_day - 1",
        "UPDATE statutory_filing SET state = 'upcoming' WHERE state = 'prepared'",
        "UPDATE statutory_filing SET state = 'not_due', waived_by = waiver_by",
        "DELETE FROM statutory_filing",
    ],
)
async def test_the_database_holds_to_what_was_prepared(db, quarter, change):
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(change))


async def test_what_was_filed_is_filed_for_good(ctx, db, quarter, now):
    await file(db, await tax(db), quarter.compliance)
    for change in ("filed_on = filed_on - 1", "receipt_number = '9'", "filed_on = NULL, filed_by = NULL"):
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(f"UPDATE statutory_version SET {change}"))  # noqa: S608  of these alone
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE statutory_filing SET state = 'open' WHERE state = 'filed'"))


async def test_what_is_overdue_stands_out(db, client, quarter):
    row = await tax(db)
    with clock.at(datetime(2026, 11, 3, 3, tzinfo=UTC)):
        async with client(as_=quarter.finance) as http:
            page = (await http.get("/statutory")).text
            assert "1 report is overdue." in page
            assert "Overdue since" in (await http.get(f"/statutory/{row.id}")).text
            said = (await http.get("/statutory", headers=JSON)).json()
            assert [(one["id"], one["overdue"]) for one in said["waiting"]] == [(str(row.id), True)]
            assert said["next"]["kind"] == "identity"


async def test_particulars_without_tables_are_counted_in_words(ctx, db, client, now):
    quarter = await make_quarter(ctx)
    async with client(as_=quarter.admin) as http:
        await submit(http, "/operator", "facts", phone="+86 579 2")
        await kept(ctx)
        async with db.transaction(read_only=True) as tx:
            row = await filing_of(tx, Kind.BASIC, DAY)
        page = await http.get(f"/statutory/{row.id}")
        assert page.status_code == 200
        assert "To be filed" in page.text


async def test_what_failed_to_be_sent_is_on_record_and_waits(ctx, db, client, quarter, now):
    row = await tax(db)
    async with client(as_=quarter.finance) as http:
        done = await submit(http, f"/statutory/{row.id}", "failure", reason="The portal was down.")
        assert done.status_code == 303
        assert "The portal was down." in (await http.get(f"/statutory/{row.id}")).text
    assert (await tax(db)).state == S.PREPARED
    await file(db, row, quarter.finance)


# Put off, and not due


async def test_put_off_it_is_due_later(ctx, db, client, quarter, now):
    row = await tax(db)
    said = (row.due_on, "Typhoon.", "Notice 5")
    with pytest.raises(Invalid) as refused:
        async with db.transaction() as tx:
            await filing.defer(tx, row.id, *said, zone=ZONE, by=quarter.finance.member)
    assert "deferred_to" in refused.value.errors
    async with client(as_=quarter.finance) as http:
        said = {"deferred_to": "2026-11-20", "reason": "Typhoon.", "reference": "Notice 5"}
        assert (await submit(http, f"/statutory/{row.id}", "deferral", **said)).status_code == 303
        page = (await http.get(f"/statutory/{row.id}")).text
        assert "Notice 5" in page
        assert "Typhoon." in page
    row = await tax(db)
    assert (row.state, row.until, row.due_on) == (S.DEFERRED, date(2026, 11, 20), date(2026, 11, 2))
    with clock.at(datetime(2026, 11, 20, 3, tzinfo=UTC)):
        await file(db, row, quarter.compliance, Receipt("1", date(2026, 11, 20)))
    assert (await tax(db)).state == S.FILED


async def test_two_people_find_it_not_due(ctx, db, client, quarter, now):
    row = await tax(db)
    async with client(as_=quarter.finance) as http:
        assert (await submit(http, f"/statutory/{row.id}", "waiver", reason="No sales.")).status_code == 303
        refused = await submit(http, f"/statutory/{row.id}", "waiver-agreement")
        assert refused.status_code == 409
        assert (await submit(http, f"/statutory/{row.id}", "waiver-refusal")).status_code == 303
    with pytest.raises(NothingProposed):
        async with db.transaction() as tx:
            await filing.agree_waiver(tx, row.id, by=quarter.compliance.member)
    async with db.transaction() as tx:
        await filing.propose_waiver(tx, row.id, "No sales.", by=quarter.finance.member)
    with pytest.raises(NothingProposed):
        async with db.transaction() as tx:
            await filing.propose_waiver(tx, row.id, "None.", by=quarter.admin.member)
    async with client(as_=quarter.compliance) as http:
        assert "No sales." in (await http.get(f"/statutory/{row.id}")).text
        assert (await submit(http, f"/statutory/{row.id}", "waiver-agreement")).status_code == 303
    assert (await tax(db)).state == S.NOT_DUE


DO = {
    FilingMove.PREPARE: lambda tx, desk, row, by: preparing.prepare(tx, desk, row.id, WHY, by=by),
    FilingMove.FILE: lambda tx, desk, row, by: filing.file(
        tx, row.id, RECEIPT, findings_seen=True, zone=desk.zone, by=by
    ),
    FilingMove.DEFER: lambda tx, desk, row, by: filing.defer(
        tx, row.id, date(2026, 12, 1), WHY, "5", zone=desk.zone, by=by
    ),
    FilingMove.LET_GO: lambda tx, _desk, row, by: filing.propose_waiver(tx, row.id, WHY, by=by),
}
MAY = {
    S.UPCOMING: {FilingMove.LET_GO},
    S.OPEN: {FilingMove.PREPARE, FilingMove.DEFER, FilingMove.LET_GO},
    S.PREPARED: set(DO),
    S.DEFERRED: set(DO),
    S.FILED: {FilingMove.PREPARE},
    S.FILED_LATE: {FilingMove.PREPARE},
    S.NOT_DUE: set(),
}


async def _in(ctx, quarter, state):
    """The quarter's report in a state; the one after it where it is upcoming."""
    if state is S.OPEN:
        async with ctx.db.transaction() as tx:
            await calendar.lay_out(tx, ZONE)
    else:
        await kept(ctx)
    row = await tax(ctx.db)
    async with ctx.db.transaction() as tx:
        if state is S.DEFERRED:
            await filing.defer(tx, row.id, date(2026, 11, 20), WHY, "5", zone=ZONE, by=quarter.admin.member)
        if state is S.NOT_DUE:
            await filing.propose_waiver(tx, row.id, WHY, by=quarter.admin.member)
            await filing.agree_waiver(tx, row.id, by=quarter.finance.member)
        if state is S.UPCOMING:
            return await filing_of(tx, Kind.TAX, date(2026, 10, 1))
    if state in (S.FILED, S.FILED_LATE):
        day = DAY if state is S.FILED else date(2026, 11, 3)
        with clock.at(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
            await file(ctx.db, row, quarter.admin, Receipt("0", day))
    return await tax(ctx.db)


@pytest.mark.parametrize("state", FilingState)
async def test_every_state_with_every_move(ctx, db, state, now):
    quarter = await make_quarter(ctx)
    row = await _in(ctx, quarter, state)
    assert row.state == state
    for move, do in DO.items():
        async with db.transaction() as tx:
            if move in MAY[state]:
                await do(tx, desk_of(ctx), row, quarter.compliance.member)
            else:
                with pytest.raises((IllegalMove, NothingToFile)):
                    await do(tx, desk_of(ctx), row, quarter.compliance.member)
            await tx.rollback()


@pytest.mark.parametrize("role", [*STAFF_ROLES, *COMPANY_ROLES])
async def test_who_may_not_file_neither_sees_nor_moves_anything(ctx, db, client, quarter, now, role):
    async with db.transaction() as tx:
        make = make_staff(tx, role) if role in STAFF_ROLES else make_company(tx, "Other", roles=(role,))
        actor = await make
    row = await tax(db)
    may = Permission.FILE_REPORTS in GRANTS[role]
    assert may is (role in (Role.COMPLIANCE, Role.FINANCE_STAFF, Role.ADMIN))
    async with client(as_=actor) as http:
        for page in ("/statutory", f"/statutory/{row.id}"):
            answer = await http.get(page, headers=JSON)
            assert answer.status_code == (200 if may else 403)
            if not may:
                assert "Lantern" not in answer.text
        home = (await http.get("/")).text
        assert ("Statutory report: " in home) is may
        assert ('href="/statutory"' in home) is may
    if not may:
        for do in DO.values():
            with pytest.raises(NotPermitted):
                async with db.transaction() as tx:
                    await do(tx, desk_of(ctx), row, actor.member)


async def test_pages_show_nobody_s_contact(ctx, db, client, quarter, now):
    row = await tax(db)
    async with db.transaction(read_only=True) as tx:
        [known] = await reports.sellers(tx)
    async with client(as_=quarter.finance) as http:
        for table in ("income", "sellers", "findings"):
            for headers in ({}, JSON):
                shown = (await http.get(f"/statutory/{row.id}?table={table}", headers=headers)).text
                assert known.seller.name in shown
                for secret in (known.seller.phone, known.seller.email):
                    assert secret not in shown


async def test_the_file_is_encrypted_for_the_tax_authority_and_fetching_it_is_a_look(
    ctx, db, client, quarter, now, tmp_path
):
    row, [version] = await tax(db), await versions(db)
    with pytest.raises(NobodyToEncryptFor):
        async with db.transaction() as tx:
            await filing.fetch(tx, desk_of(ctx), row.id, version.id, by=quarter.finance.member)
    authority = recipient()
    async with client(as_=quarter.finance) as http:
        files = {"certificate": ("authority.pem", authority.certificate, "application/x-pem-file")}
        refused = await submit(
            http, "/statutory", "recipient", name="Tax authority", files={"certificate": ("a", b"x")}
        )
        assert refused.status_code == 422
        assert (await submit(http, "/statutory", "recipient", name="Tax authority", files=files)).status_code == 303
        got = await submit(http, f"/statutory/{row.id}", f"fetch-{version.id}")
        assert got.status_code == 200, got.text
        assert f"tax-{FIRST}-1.p7m" in got.headers["content-disposition"]
    for name, data in (("file", got.content), ("key", authority.key), ("certificate", authority.certificate)):
        (tmp_path / name).write_bytes(data)
    opened = await asyncio.to_thread(
        subprocess.run,
        ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", "file", "-recip", "certificate", "-inkey", "key"],
        cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(opened.stdout)) as packed:
        assert "Shenzhen Lantern" in packed.read("3-income.csv").decode("utf-8-sig")
        assert json.loads(packed.read("snapshot.json"))["period"] == "2026-07-01/2026-09-30"
    async with db.transaction(read_only=True) as tx:
        looks = (await tx.execute(text("SELECT viewer_id, what FROM privacy_look"))).all()
        assert looks == [(quarter.finance.member.id, "statutory")]
        taken = await tx.scalar(text("SELECT kinds FROM export_day"))
        assert taken == {"identity": 1}
        last = (await evidence.chain(tx, row.itself))[-1]
        assert (last.kind, last.actor) == ("statutory.downloaded", quarter.finance.member.id)


# Particulars of sellers, and of the platform


async def test_particulars_of_sellers_come_from_the_report_that_was_prepared(ctx, db, now):
    quarter = await make_quarter(ctx)
    january = datetime(2027, 1, 5, 3, tzinfo=UTC)
    first = date(2026, 7, 1)
    await kept(ctx, january)
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.IDENTITY, first)
        assert (row.state, row.until) == (S.OPEN, date(2027, 1, 31))
    with clock.at(january + timedelta(hours=1)):
        with pytest.raises(NoRecipient):
            await prepare(ctx, row, quarter.compliance)
        with pytest.raises(NotPermitted):
            await prepare(ctx, row, quarter.finance)
        async with db.transaction() as tx:
            await reports.add_recipient(tx, "Market authority", recipient().certificate, by=quarter.compliance.member)
            made = await reports.prepare(tx, ctx.files, "https://example.com", by=quarter.compliance.member)
        await kept(ctx, january + timedelta(hours=2))
        async with db.transaction(read_only=True) as tx:
            [version] = await versions_of(tx, row.id)
            assert (version.report_id, version.prepared_by) == (made, quarter.compliance.member.id)
        second = await prepare(ctx, row, quarter.compliance, WHY)
        assert second.number == 2
        await file(db, row, quarter.admin, Receipt("1", date(2027, 1, 5)))
        async with db.transaction() as tx:
            data, name = await filing.fetch(tx, desk_of(ctx), row.id, second.id, by=quarter.compliance.member)
        assert (len(data) > 0, name) == (True, "identity-2026-07-01-2.p7m")


async def test_a_change_of_the_operator_asks_for_its_particulars_within_thirty_days(ctx, db, client, now):
    quarter = await make_quarter(ctx)
    async with client(as_=quarter.admin) as http:
        said = await submit(http, "/operator", "facts", phone="+86 579 2")
        assert said.status_code == 303, said.text
    await kept(ctx)
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.BASIC, DAY)
        [version] = await versions_of(tx, row.id)
    assert (row.state, row.due_on) == (S.PREPARED, date(2026, 11, 9)), "8 November is a Sunday"
    read = await desk_of(ctx).read(version)
    assert (read.platform.phone, read.sellers, version.findings) == ("+86 579 2", (), {})


async def test_nothing_is_prepared_before_its_period_is_over(ctx, db, now):
    quarter = await make_quarter(ctx)
    with clock.at(datetime(2026, 9, 30, 15, 30, tzinfo=UTC)):
        async with db.transaction() as tx:
            await calendar.lay_out(tx, ZONE)
            row = await filing_of(tx, Kind.TAX, FIRST)
            assert row.state == S.UPCOMING
    with clock.at(datetime(2026, 9, 30, 16, 30, tzinfo=UTC)):  # the first of October in Shanghai
        async with db.transaction() as tx:
            await calendar.lay_out(tx, ZONE)
            assert (await queries.for_update(tx, row.id)).state == S.OPEN
    with clock.at(datetime(2026, 9, 30, 15, 30, tzinfo=UTC)), pytest.raises(PeriodRuns):
        await prepare(ctx, row, quarter.finance)


async def test_pages_ask_no_more_of_the_database_with_more_in_them(ctx, db, client, quarter, now):
    row = await tax(db)
    async with client(as_=quarter.finance) as http:
        before = [await cost(http, db, page) for page in ("/statutory", f"/statutory/{row.id}", "/")]
        for _number in range(4):
            await prepare(ctx, row, None, WHY)
        async with db.transaction() as tx:
            for number in range(4):
                await make_company(tx, f"Other {number}")
        after = [await cost(http, db, page) for page in ("/statutory", f"/statutory/{row.id}", "/")]
    assert after == before
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(func.count()).select_from(StatutoryVersion)) == 5


@pytest.mark.parametrize(
    "asked", ["version=0", "version=x", "table=secrets", "page=0", "per_page=101", "version=99999"]
)
async def test_garbage_is_refused(db, client, quarter, now, asked):
    async with client(as_=quarter.finance) as http:
        assert (await http.get(f"/statutory/{(await tax(db)).id}?{asked}")).status_code == 422
        assert (await http.get("/statutory?year=1")).status_code == 422
        assert (await http.get(f"/statutory/{(await tax(db)).id}?version=7")).status_code == 200, "shown as the newest"


def test_outstanding_is_what_may_become_overdue():
    assert set(OUTSTANDING) == {S.OPEN, S.PREPARED, S.DEFERRED}
    assert issubclass(BooksDiffer, Conflict)
