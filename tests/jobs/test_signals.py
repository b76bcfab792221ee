"""Signals: read, raised once with a letter to the administrators, and over when the value is fine again."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.signals import queries, reading, watching
from app.signals.catalogue import SIGNALS
from payments import proof
from tests.factories.people import make_company, make_staff
from tests.queries import cost
from trust.access import Role

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 10, 20, 4, tzinfo=UTC)
JSON = {"accept": "application/json"}


async def look(ctx, moment=NOW):
    with clock.at(moment):
        await ctx.tx(watching.look, ZONE)


async def values(ctx, moment=NOW):
    async with ctx.db.transaction(read_only=True) as tx:
        return await reading.read(tx, moment, ZONE)


async def waiting_job(ctx, minutes):
    async with ctx.db.transaction() as tx:
        await tx.execute(
            text("""INSERT INTO job (id, name, arguments, run_at, attempts, failures, last_error, request_id)
                    VALUES (gen_random_uuid(), 'of.tests', '{}', :at, 0, 0, '', '')"""),
            {"at": NOW - timedelta(minutes=minutes)},
        )


async def test_every_signal_can_be_read(ctx):
    async with ctx.db.transaction() as tx:
        with clock.at(NOW - timedelta(days=60)):
            await make_company(tx)
    await waiting_job(ctx, 3)
    async with ctx.db.transaction() as tx:
        with clock.at(NOW - timedelta(hours=5)):
            await proof.prove(tx, by=None)
    found = await values(ctx)
    assert set(found) <= set(SIGNALS)
    assert set(SIGNALS) - set(found) <= {"evidence.age", "queue.oldest", "traffic.age", "rates.age", "lists.age"}, (
        "what never happened has no age"
    )
    assert int(found["jobs.late"].value) == 3
    assert (found["money.proof"].value, round(found["money.proof_age"].value)) == (0, 5)


async def test_a_young_platform_knows_nothing_usual(ctx):
    async with ctx.db.transaction() as tx:
        with clock.at(NOW - timedelta(days=20)):
            await make_company(tx)
    assert not [code for code in await values(ctx) if code.startswith("change.")]


async def test_many_companies_in_a_day_are_told(ctx):
    async with ctx.db.transaction() as tx:
        with clock.at(NOW - timedelta(days=60)):
            await make_company(tx)
        with clock.at(NOW - timedelta(days=1)):
            for _number in range(12):
                await make_company(tx)
    found = (await values(ctx))["change.companies"]
    assert (found.counted, found.usual, found.value) == (12, 0, Decimal("12.00"))


@pytest.fixture
async def admin(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.ADMIN)


async def test_an_alarm_is_raised_once_grows_worse_and_ends(ctx, admin, run_jobs):
    await waiting_job(ctx, 20)
    await asyncio.gather(look(ctx), look(ctx))
    async with ctx.db.transaction() as tx:
        alarm = (await queries.standing(tx))["jobs.late"]
        assert (alarm.most, int(alarm.worst)) == (15, 20)
        assert await tx.scalar(text("SELECT count(*) FROM event WHERE name LIKE '%SignalRaised'")) == 1
    await look(ctx, NOW + timedelta(minutes=10))
    async with ctx.db.transaction() as tx:
        assert int((await queries.standing(tx))["jobs.late"].worst) == 30
        await tx.execute(text("UPDATE job SET done_at = now() WHERE name = 'of.tests'"))
    await run_jobs()
    later = NOW + timedelta(minutes=20)
    await look(ctx, later)
    async with ctx.db.transaction(read_only=True) as tx:
        assert "jobs.late" not in await queries.standing(tx)
        [over], total = await queries.alarms(tx, offset=0, limit=10)
        assert (over.ended_at >= later, total) == (True, 1)
    letters = [one for one in await ctx.mailer.letters() if one.to == admin.member.email]
    assert len(letters) == 1
    assert "Oldest job" in letters[0].subject


async def test_the_hour_keeps_its_worst_value_for_ninety_days(ctx):
    await waiting_job(ctx, 30)
    await look(ctx)
    async with ctx.db.transaction() as tx:
        await tx.execute(text("UPDATE job SET run_at = run_at + interval '12 minutes'"))
    await look(ctx, NOW + timedelta(minutes=1))
    async with ctx.db.transaction(read_only=True) as tx:
        [row] = (await queries.courses(tx, NOW - timedelta(days=1)))["jobs.late"]
    assert (row.at, int(row.value)) == (NOW, 30)
    await look(ctx, NOW + timedelta(days=91))
    async with ctx.db.transaction(read_only=True) as tx:
        assert len((await queries.courses(tx, NOW - timedelta(days=1)))["jobs.late"]) == 1


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM signal_alarm",
        "UPDATE signal_alarm SET worst = worst - 1",
        "UPDATE signal_alarm SET began_at = began_at - interval '1 day'",
        "TRUNCATE signal_alarm",
    ],
)
async def test_alarms_stay(ctx, attack):
    await waiting_job(ctx, 20)
    await look(ctx)
    with pytest.raises(DBAPIError, match=r"stays as it is|permission denied"):
        async with ctx.db.transaction() as tx:
            await tx.execute(text(attack))


async def post(http, **data):
    page = await http.get("/signals")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    return await http.post("/signals/limits", data={**data, "csrf_token": token})


async def test_an_administrator_sees_how_things_stand_and_sets_a_limit(ctx, admin, client):
    await waiting_job(ctx, 20)
    async with client(as_=admin) as http:
        assert "Nothing was read yet" in (await http.get("/signals")).text
        await look(ctx)
        out = {one["code"]: one for one in (await http.get("/signals", headers=JSON)).json()}
        assert [out[code]["raised"] for code in ("jobs.late", "jobs.dead")] == [True, False]
        assert out["jobs.late"]["value"].startswith("20.")
        page = (await http.get("/signals")).text
        assert "The worker is away or overloaded" in page
        refused = await post(http, code="jobs.late", most="-1", reason="no")
        assert refused.status_code == 422
        assert (await post(http, code="jobs.soon", most="5", reason="There is none.")).status_code == 422
        assert (await post(http, code="jobs.late", most="60", reason="Imports at night take long.")).status_code == 303
        await look(ctx, NOW + timedelta(minutes=10))
        page = (await http.get("/signals")).text
        assert "No value is above its limit" in page
        assert "Imports at night take long." in page
        assert "20 minutes" in (await http.get("/signals/alarms")).text


async def test_the_page_costs_the_same_however_much_there_is(ctx, db, admin, client):
    await look(ctx)
    async with client(as_=admin) as http:
        [before] = await cost(http, db, "/signals")
        await waiting_job(ctx, 20)
        await look(ctx, NOW + timedelta(hours=1))
        assert await cost(http, db, "/signals") == [before]
