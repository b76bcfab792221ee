"""The operator's page, and the alarms before its licences end."""

from datetime import timedelta

import asyncpg
import pytest

from app.core import clock, outbox
from tests.factories.people import make_staff
from tests.forms import submit
from tests.sql import connect
from trust.access import Role
from trust.rules import disclosure, jobs
from trust.rules.disclosure import Licence
from trust.rules.errors import BadLicence, LicenceNotFound
from trust.rules.events import LicenceEnds

FACTS = {
    "name": "Harbour <Operations> Ltd",
    "registration": "123",
    "address": "1 Quay",
    "postcode": "518000",
    "phone": "+86 755 1",
    "email": "desk@example.com",
    "service_address": "1 Quay",
    "complaints": "complaints@example.com",
}


@pytest.fixture
async def admin(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.ADMIN)


def licence(days: int | None) -> Licence:
    today = clock.now().date()
    return Licence("EDI licence", "B2-1", "Authority", today, None if days is None else today + timedelta(days), "")


async def test_administrators_write_the_page_and_everybody_reads_it(client, db, admin):
    async with client() as http:
        assert "Nothing published yet" in (await http.get("/about/disclosure")).text
        assert '"/about/disclosure"' in (await http.get("/")).text, "linked from the front page"
    async with client(as_=admin) as http:
        assert (await submit(http, "/operator", "facts", **FACTS | {"email": "nobody"})).status_code == 422
        assert (await submit(http, "/operator", "facts", **FACTS)).status_code == 303
        said = {"name": "EDI", "number": "1", "issuer": "Authority", "valid_from": "2026-05-01"}
        assert (await submit(http, "/operator", "licence", **said, valid_to="2026-04-30")).status_code == 422
        assert (await submit(http, "/operator", "licence", **said, verified_url="javascript:1")).status_code == 422
        assert (await submit(http, "/operator", "licence", **said)).status_code == 303
    async with client() as http:
        page = (await http.get("/about/disclosure")).text
        assert "Harbour &lt;Operations&gt; Ltd" in page
        assert "EDI" in page
        shown = (await http.get("/about/disclosure", headers={"accept": "application/json"})).json()
    assert shown["licences"][0]["valid_to"] is None
    async with client(as_=admin) as http:
        await http.get("/operator")
        gone = await submit(http, "/operator", f"end-{shown['licences'][0]['id']}")
        assert gone.status_code == 303
        assert "EDI" not in (await http.get("/about/disclosure")).text


async def alarms(db, run_jobs, ctx) -> list[int]:
    await jobs.look_at_licences(ctx)
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        return [event.days for event in await outbox.published(tx, LicenceEnds)]


async def test_an_alarm_rings_once_at_sixty_thirty_and_seven_days(db, ctx, run_jobs, admin):
    async with db.transaction() as tx:
        await disclosure.add(tx, licence(61), by=admin.member)
        await disclosure.add(tx, licence(None), by=admin.member)
    assert await alarms(db, run_jobs, ctx) == []
    heard: list[int] = []
    for days, rings in ((1, [60]), (29, []), (1, [30]), (22, []), (1, [7]), (7, []), (1, [])):
        clock.advance(days=days)
        heard += rings
        assert await alarms(db, run_jobs, ctx) == heard
        assert await alarms(db, run_jobs, ctx) == heard, "however often it is looked"
    told = [letter for letter in await ctx.mailer.letters() if "EDI licence" in letter.subject]
    assert [letter.to for letter in told] == [admin.member.email] * 3


async def test_a_licence_taken_off_rings_no_more_and_is_taken_off_once(db, ctx, run_jobs, admin):
    async with db.transaction() as tx:
        made = await disclosure.add(tx, licence(5), by=admin.member)
        await disclosure.end(tx, made, by=admin.member)
        with pytest.raises(LicenceNotFound):
            await disclosure.end(tx, made, by=admin.member)
    assert await alarms(db, run_jobs, ctx) == []


async def test_what_was_published_stays_known(db, urls, admin):
    async with db.transaction() as tx:
        await disclosure.add(tx, licence(5), by=admin.member)
        await disclosure.say(tx, disclosure.Facts(**FACTS), by=admin.member)
        with pytest.raises(BadLicence):
            await disclosure.add(tx, licence(-1), by=admin.member)
    for change in (
        "UPDATE operator_licence SET number = '2'",
        "DELETE FROM operator_licence",
        "UPDATE operator_facts SET said = '{}'",
        "DELETE FROM operator_facts",
    ):
        for url in (urls.app, urls.owner):
            connection = await connect(url)
            with pytest.raises(asyncpg.PostgresError, match=r"stays as it was|append-only|permission"):
                await connection.execute(change)
            await connection.close()
