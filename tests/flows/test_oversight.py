"""The weekly report on holds that people let go before their time: who, why, what came of it; kept, never rewritten."""

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.ids import new_id
from app.core.periods import Period
from app.core.subject import Subject
from tests.factories.people import make_company, make_member, make_staff
from tests.flows.test_desk import program
from tests.queries import cost
from trust.access import Role
from trust.identity.models import Organisation
from trust.reviews import queries as reviews
from trust.reviews import service as reviewing
from trust.reviews.events import Verdict
from trust.risk import holds, jobs, overrides
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts import MessageFacts
from trust.risk.models import RiskHold, RiskOverrideReport

ZONE = "Asia/Shanghai"
MONDAY = date(2026, 12, 7)
"""Its first moment in Shanghai is 16:00 on Sunday in UTC."""
BEGIN, END = datetime(2026, 12, 6, 16, tzinfo=UTC), datetime(2026, 12, 13, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "=Lantern Works")


@pytest.fixture
async def desk(db):
    """Two of compliance, and a moderator; an administrator."""
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        home = await tx.get_one(Organisation, first.organisation_id)
        return (
            first,
            await make_member(tx, home, roles=(Role.MODERATOR,)),
            await make_member(tx, home, roles=(Role.ADMIN,)),
        )


async def hold_and_let_go(db, company, desk, at, reason="They called the old number."):
    """The item of the queue about what was held."""
    thing = Subject("inquiry", new_id())
    with clock.at(at):
        async with db.transaction() as tx:
            facts = MessageFacts("Urgent: our new bank account, pay today only.", before_contract=False)
            told = {"organisation_id": company.organisation_id, "title": "Mugs", "by": company.member}
            await risk.assess(tx, Point.MESSAGE, thing, facts, holds=holds.payouts_of(company.organisation_id), **told)
            [held] = await tx.scalars(
                select(RiskHold.id).where(RiskHold.placed_at >= at - SECOND, RiskHold.asked_by.is_(None))
            )
            await holds.ask_release(tx, held, reason, by=desk[0].member)
            await holds.ask_release(tx, held, "", by=desk[1].member)
            return await reviews.pending(tx, Subject("risk_inquiry", thing.id))


async def run(db, ctx, at):
    with clock.at(at):
        await jobs.report_overrides(ctx)
    async with db.transaction(read_only=True) as tx:
        return [first for first, _made, _number in await overrides.reports(tx, offset=0, limit=99)]


def test_a_week_begins_on_monday_in_the_platforms_zone():
    assert overrides.week_of(MONDAY, ZONE) == Period(MONDAY, date(2026, 12, 13), ZONE)
    assert overrides.week_of(date(2026, 12, 13), ZONE).first == MONDAY
    assert (overrides.week_of(MONDAY, ZONE).begin, overrides.week_of(MONDAY, ZONE).end) == (BEGIN, END)


async def test_a_week_is_written_down_when_it_is_over(db, ctx):
    before = MONDAY - timedelta(days=7)
    assert await run(db, ctx, END - SECOND) == [before], "the week before; this one is not over"
    assert await run(db, ctx, END) == [MONDAY, before]
    assert await run(db, ctx, END + timedelta(days=2)) == [MONDAY, before], "once"
    three = [MONDAY + timedelta(days=7 * number) for number in (3, 2, 1)]
    assert await run(db, ctx, END + timedelta(days=22)) == [*three, MONDAY, before], "what was missed is made up for"


async def test_what_was_let_go_stands_in_its_own_week(db, ctx, company, desk):
    await hold_and_let_go(db, company, desk, BEGIN - SECOND)
    await hold_and_let_go(db, company, desk, BEGIN)
    await hold_and_let_go(db, company, desk, END - SECOND, reason="=1+1")
    await run(db, ctx, BEGIN)
    await run(db, ctx, END)
    async with db.transaction(read_only=True) as tx:
        former = await overrides.report(tx, MONDAY - timedelta(days=7))
        week = await overrides.report(tx, MONDAY)
    assert [len(former.lines), len(week.lines)] == [1, 2]
    line = week.lines[0]
    assert (line.rule, line.asked_by, line.released_by) == ("BEC-05", desk[0].member.name, desk[1].member.name)
    assert (line.reason, line.harm) == ("They called the old number.", None)


async def test_what_is_found_later_stands_beside_what_was_written(client, db, ctx, run_jobs, company, desk):
    one, two, admin = desk
    item = await hold_and_let_go(db, company, desk, BEGIN, reason="=1+1")
    await run(db, ctx, END)
    async with db.transaction() as tx:
        await reviewing.claim(tx, item.id, by=one.member)
        await reviewing.decide(tx, item.id, verdict=Verdict.REJECT, reason="It was a fraud.", by=one.member)
    await run_jobs()
    address = f"/oversight/overrides/{MONDAY}"
    for reader in (one, admin):
        async with program(client, reader) as http:
            found = (await http.get(address)).json()
            assert [(line["harm"], line["harm_now"]) for line in found["lines"]] == [(None, True)]
            assert (await http.get("/oversight")).json()["total"] == 1
            file = await http.get(f"{address}/report.csv")
            rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
            assert rows[1][8] == "'=1+1", "a spreadsheet runs nothing of it"
            assert rows[1][11:13] == ["not judged", "harm"]
            assert (await http.get("/oversight/overrides/2026-12-08")).status_code == 404
    async with program(client, two) as http:
        assert (await http.get(address)).status_code == 403
        assert (await http.get(f"{address}/report.csv")).status_code == 403
    async with client(as_=admin) as http:
        page = await http.get(address)
        assert "not judged" in page.text
        assert "&#39;=1+1" not in page.text
        assert "Weekly reports" in (await http.get("/oversight")).text


async def test_a_report_is_never_rewritten_and_its_chain_knows_it(db, ctx, company, desk):
    await hold_and_let_go(db, company, desk, BEGIN)
    await run(db, ctx, END)
    for spoiled in ("UPDATE risk_override_report SET lines = '[]'", "DELETE FROM risk_override_report"):
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(spoiled))
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(RiskOverrideReport))).one()
        [link] = await evidence.chain(tx, Subject("risk_overrides", row.id))
    digest = hashlib.sha256(json.dumps(row.lines, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    assert link.data["sha256"] == digest


async def test_oversight_takes_as_many_queries_for_many(client, db, ctx, company, desk):
    taken = []
    for number in (1, 5):
        for step in range(number):
            await hold_and_let_go(db, company, desk, clock.now() + timedelta(days=40 * number, minutes=step))
        with clock.at(clock.now() + timedelta(days=40 * number, hours=1)):
            async with client(as_=desk[2]) as http:
                taken.append(await cost(http, db, "/oversight"))
    async with db.transaction(read_only=True) as tx:
        assert (await tx.execute(select(func.count()).select_from(RiskHold))).scalar_one() >= 2
    assert taken[0] == taken[1]
