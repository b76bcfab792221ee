"""What figures of standing are counted from, gathered from the tables of the domains."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.periods import Period, day_of
from app.core.runner import drain
from app.indicators.figures.base import spans
from app.indicators.figures.standing_rows import (
    Capital,
    Check,
    Counter,
    Demand,
    Finding,
    Incident,
    Institution,
    Item,
    Licence,
    Notice,
    Paid,
    Penalty,
    Proof,
    Report,
    Sanction,
    Scan,
    Stock,
    Strike,
)
from app.indicators.gathering import Gathering
from app.indicators.marks import Marks
from payments.membership.models import MembershipMark
from tests.factories.authorities import make_authority_request
from tests.factories.incidents import make_incident
from tests.factories.indicators import MARCH
from tests.factories.membership import buy, noon
from tests.factories.operator import punish, state
from tests.factories.people import Actor, make_company, make_staff
from tests.factories.products import make_product
from tests.factories.restrictions import suspend
from tests.factories.rights import answer, as_company, decide, make_notice
from tests.factories.verification import recipient
from trust.access import Role
from trust.restrictions.models import AuthorityFinding
from trust.rules import disclosure
from trust.verification import reports
from trust.verification.facts import ENTITY, GOOD_FOR
from trust.verification.models import RegisterEntry, VerificationRequest, VerifiedFact

ZONE = "Asia/Shanghai"


def at(day: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=UTC)


@pytest.fixture
async def company(db) -> Actor:
    with clock.at(at(2)):
        async with db.transaction() as tx:
            return await make_company(tx, "Shenzhen Lantern")


def began(row: Any) -> Any:
    """The row with its moments as they began: a clock that is set goes on."""
    return row._replace(
        **{n: v.replace(minute=0, second=0, microsecond=0) for n, v in row._asdict().items() if isinstance(v, datetime)}
    )


def month_of(moment: datetime) -> date:
    return Period.month(day_of(moment, ZONE), ZONE).last


async def gathered(ctx: JobContext, kind: type[Any], last: date = MARCH) -> list[Any]:
    async with ctx.db.transaction(read_only=True) as tx:
        reading = Gathering(tx, Marks("secret"), spans(last, ZONE)["r12m"])
        return [row async for row in reading.rows(kind)]


def fact(company: Actor, name: str, when: datetime, **more: Any) -> VerifiedFact:
    said = {"value": "", "method": "document", "confirmed_at": when, "valid_until": when + GOOD_FOR}
    return VerifiedFact(organisation_id=company.organisation_id, fact=name, **said | more)


async def test_an_entity_is_confirmed_once_all_of_its_facts_are(ctx, db, company):
    async with db.transaction() as tx:
        tx.add_all([fact(company, name, at(3)) for name in ENTITY[:3]])
        tx.add_all([fact(company, ENTITY[3], at(5)), fact(company, "bank", at(6), method="bank")])
        tx.add_all([fact(company, "site", at(7)), fact(company, "trade", at(7))])
        tx.add_all([fact(company, name, at(1, month=4)) for name in ENTITY])
    mark = Marks("secret").of("party", company.organisation_id)
    assert await gathered(ctx, Proof) == [
        Proof(mark, "bank", at(6), at(6)),
        Proof(mark, "entity", at(5), at(3) + GOOD_FOR),
        Proof(mark, "site", at(7), at(7) + GOOD_FOR),
    ]


async def test_what_ended_before_the_year_is_not_in_its_rows(ctx, db, company):
    async with db.transaction() as tx:
        tx.add_all([fact(company, name, at(3) - timedelta(days=700)) for name in ENTITY])
    assert await gathered(ctx, Proof) == []


async def test_requests_with_their_faults_and_what_the_register_said(ctx, db, company):
    async with db.transaction() as tx:
        staff = await make_staff(tx, Role.MODERATOR)

        def request(state: str, **more: Any) -> VerificationRequest:
            said: dict[str, Any] = {"claims": {}, "documents": [], "verdicts": {}, "accepted": {}, "id": new_id()}
            said |= {"representative_sealed": b"", "submitted_by": company.member.id, "created_at": at(3)}
            return VerificationRequest(organisation_id=company.organisation_id, state=state, **said | more)

        refused = request("rejected", decided_at=at(4), verdicts={"address": "blurred", "legal_name": ""})
        tx.add_all([refused, request("more", decided_at=at(5)), request("accepted", decided_at=at(2, month=3))])
        tx.add(request("withdrawn", created_at=at(3, month=1), decided_at=at(1, month=1) - timedelta(days=900)))
        await tx.flush()
        for day, agrees in ((3, {"legal_name": "", "registration": ""}), (4, {"registration": ""})):
            entry = RegisterEntry(request_id=refused.id, mark=b"m" * 32, sealed=b"s", agrees=agrees, source="SAMR")
            entry.looked_by, entry.looked_at = staff.member.id, at(day)
            tx.add(entry)
    found = await gathered(ctx, Check)
    assert [(row.end, row.decided, row.faults, row.mismatched) for row in found] == [
        ("rejected", at(4), "address", at(4)),
        ("", None, "", None),
        ("accepted", at(2), "", None),
    ]


async def test_a_notice_with_what_became_of_each_listing(ctx, db, partners):
    with clock.at(at(10)):
        async with db.transaction() as tx:
            judge = await make_staff(tx)
            down, spared = [await make_product(tx, partners.supplier) for _ in range(2)]
        notice_id = await make_notice(ctx, await as_company(ctx, partners.buyer), [down, spared])
        await drain(ctx)
    with clock.at(at(11)):
        await decide(ctx, notice_id, judge, refused=[spared])
    [item] = map(began, await gathered(ctx, Item))
    assert (item.stopped, item.down) == (at(11), None), "the job that takes it down has not come by"
    with clock.at(at(12)):
        await drain(ctx)
        await answer(ctx, notice_id, partners.supplier)
    with clock.at(at(13)):
        await drain(ctx)
    notice, item, counter = [began((await gathered(ctx, kind))[0]) for kind in (Notice, Item, Counter)]
    assert (notice.filed, notice.decided, notice.stopped, notice.refused) == (at(10), at(11), 1, 1)
    assert (notice.right, notice.office, notice.public, notice.withdrawn) == ("trade_mark", "CN", True, None)
    assert (item.notice, item.down, item.ended, item.proved) == (notice.notice, at(12), None, None)
    assert (counter.filed, counter.forward_due) == (at(12), datetime(2026, 3, 13, 16, tzinfo=UTC))
    assert counter.forwarded == at(13)
    assert await gathered(ctx, Stock) == [Stock(MARCH, 1)]
    assert await gathered(ctx, Stock, date(2026, 2, 28)) == [Stock(date(2026, 2, 28), 0)]
    assert [await gathered(ctx, kind) for kind in (Strike, Scan)] == [[], []]


async def test_what_protects_rights_with_its_document_and_day(ctx, db):
    last = date(2026, 12, 31)
    there = {row.what: row for row in await gathered(ctx, Institution, last)}
    assert there["channel"].since == date(2026, 11, 22)
    assert "staff" not in there
    with clock.at(datetime(2026, 12, 24, 17, tzinfo=UTC)):
        async with db.transaction() as tx:
            await make_staff(tx, Role.MODERATOR)
    there = {row.what: row for row in await gathered(ctx, Institution, last)}
    assert there["staff"] == Institution("staff", "/rights/desk", date(2026, 12, 25))
    assert [row.what for row in await gathered(ctx, Institution, date(2026, 10, 31))] == ["scan"]


async def test_paid_terms_that_cover_the_last_day(ctx, db, partners):
    first, last = date(2026, 12, 10), date(2026, 12, 31)
    with clock.at(noon(first)):
        async with db.transaction() as tx:
            bought = await buy(tx, partners.supplier)
    with clock.at(noon(date(2026, 12, 20))):
        async with db.transaction() as tx:
            await buy(tx, partners.supplier, "premium")
    mark = Marks("secret").of("party", partners.supplier.organisation_id)
    found = await gathered(ctx, Paid, last)
    assert [(row.party, row.plan, row.first) for row in found] == [
        (mark, "premium", date(2026, 12, 20)),
        (mark, "standard", first),
    ]
    assert await gathered(ctx, Paid, date(2026, 11, 30)) == []
    async with db.transaction() as tx:
        tx.add(MembershipMark(term_id=bought.id, kind="sanction", at=noon(last)))
    assert [row.plan for row in await gathered(ctx, Paid, last)] == ["premium"]


async def test_the_operators_licences_capital_and_penalties(ctx, db):
    async with db.transaction() as tx:
        admin = await make_staff(tx, Role.ADMIN)
    with clock.at(at(9)):
        async with db.transaction() as tx:
            licence = disclosure.Licence("EDI", "B2-1", "MIIT", date(2025, 1, 1), date(2026, 12, 31), "")
            ended = await disclosure.add(tx, licence, by=admin.member)
            await disclosure.add(tx, licence, by=admin.member)
        await state(ctx, admin)
    with clock.at(at(20, month=4)):
        async with db.transaction() as tx:
            await disclosure.end(tx, ended, by=admin.member)
        await state(ctx, admin, changed_on=date(2026, 4, 1), subscribed=Money(600_000_000, "CNY"))
        await punish(ctx, admin)
        await punish(ctx, admin, document_number="2026-18", decided_on=date(2026, 4, 2), amount=None)
    found = [began(row) for row in await gathered(ctx, Licence)]
    assert {(row.first, row.last, row.shown, row.off) for row in found} == {
        (date(2025, 1, 1), date(2026, 12, 31), at(9), at(20, month=4)),
        (date(2025, 1, 1), date(2026, 12, 31), at(9), None),
    }
    [capital] = await gathered(ctx, Capital)
    assert (capital.changed, capital.subscribed, capital.paid_in) == (date(2020, 5, 1), 5_000_000, 2_000_000)
    assert len(capital.document) == 64
    assert len(await gathered(ctx, Capital, date(2026, 4, 30))) == 2
    [penalty] = await gathered(ctx, Penalty)
    assert (penalty.decided, penalty.amount, penalty.places) == (date(2026, 3, 9), 10_000, 2)
    assert [row.amount for row in await gathered(ctx, Penalty, date(2026, 4, 30))] == [10_000, None]


async def test_reports_are_due_once_there_is_somebody_to_report_on(ctx, db, company):
    assert await gathered(ctx, Report) == [], "the first company came on the second of March"
    [report] = await gathered(ctx, Report, date(2026, 8, 31))
    assert (report.kind, report.made) == ("identity", None)
    assert report.due == datetime(2026, 7, 31, 16, tzinfo=UTC)
    with clock.at(at(7, month=7)):
        async with db.transaction() as tx:
            keeper = await make_staff(tx, Role.COMPLIANCE)
            await reports.add_recipient(tx, "Market authority", recipient().certificate, by=keeper.member)
            await reports.prepare(tx, ctx.files, "https://example.com", by=keeper.member)
    [report] = await gathered(ctx, Report, date(2026, 8, 31))
    assert began(report).made == at(7, month=7)


async def test_incidents_without_drills_with_what_the_law_asked(ctx, db):
    async with db.transaction() as tx:
        staff = await make_staff(tx, Role.COMPLIANCE)
        for drill in (False, True):
            await make_incident(tx, staff, drill=drill)
    [incident] = await gathered(ctx, Incident, month_of(clock.now()))
    assert (incident.nature, incident.grade) == ("disclosure", "larger")
    found = await gathered(ctx, Report, month_of(clock.now() + timedelta(days=62)))
    assert found
    assert {(row.kind, row.made) for row in found} == {("incident", None)}


async def test_authorities_requests_and_findings(ctx, db, app):
    async with db.transaction() as tx:
        staff, supplier = await make_staff(tx, Role.COMPLIANCE), await make_company(tx, "Lantern Works")
    await make_authority_request(app, staff)
    this = month_of(clock.now())
    [demand] = await gathered(ctx, Demand, this)
    assert (demand.foreign, demand.answered) == (False, None)
    async with db.transaction() as tx:
        said = AuthorityFinding(
            organisation_id=supplier.organisation_id, organ="SAMR", document_number="1", kind="fraud"
        )
        said.decided_on, said.files, said.recorded_by = clock.now().date(), [], staff.member.id
        tx.add(said)
    [finding] = await gathered(ctx, Finding, this)
    assert (finding.kind, finding.stopped) == ("fraud", None)
    async with db.transaction() as tx:
        await suspend(tx, supplier.organisation_id)
    [finding] = await gathered(ctx, Finding, this)
    assert finding.stopped is not None
    assert finding.stopped >= finding.recorded
    [measure] = await gathered(ctx, Sanction, this)
    assert (measure.level, measure.appeal) == ("full", "")
