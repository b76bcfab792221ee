"""Who takes out far more than is usual is stopped for a while, company or staff, and told whom to ask (OPS-02)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.ids import new_id
from app.core.periods import day_of
from tests.factories.people import make_company, make_key, make_member, make_staff
from tests.forms import submit
from tests.queries import count_queries
from trust.access import Permission, Role
from trust.exports import jobs, service
from trust.exports.models import ExportDay, ExportUsual
from trust.exports.service import Kind
from trust.identity.models import Organisation
from trust.reviews.models import Review
from trust.risk.errors import OnHold
from trust.risk.models import RiskHit, RiskHold

ZONE = "Asia/Shanghai"
FLOOR = 500


@pytest.fixture
async def seller(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works")


@pytest.fixture
async def desk(db):
    """Two of compliance: what one asks for, the other agrees with."""
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        company = await tx.get_one(Organisation, first.organisation_id)
        return first, await make_member(tx, company, roles=(Role.COMPLIANCE,))


async def take(db, who, number, kind=Kind.CONTRACTS):
    await service.take(db, kind, number, zone=ZONE, by=who.member)


async def days(db):
    async with db.transaction(read_only=True) as tx:
        return list(await tx.scalars(select(ExportDay).order_by(ExportDay.day)))


async def test_what_goes_out_is_counted_by_member_day_and_kind(db, seller):
    await take(db, seller, 2)
    await take(db, seller, 24, Kind.LINES)
    await take(db, seller, 1)
    [day] = await days(db)
    assert (day.number, day.kinds, day.role, day.member_id) == (27, {"contracts": 3, "lines": 24}, "owner", seller.id)
    with clock.at(clock.now() + timedelta(days=1)):
        await take(db, seller, 1)
    assert [day.number for day in await days(db)] == [27, 1]


async def test_counting_costs_the_same_however_much_was_taken(db, seller):
    with count_queries(db.aside) as first:
        await take(db, seller, 1)
    await take(db, seller, 400)
    with count_queries(db.aside) as later:
        await take(db, seller, 1)
    assert len(later) <= len(first) <= 6


async def test_a_member_who_takes_far_too_much_is_stopped(client, db, run_jobs, ctx, seller, desk):
    await take(db, seller, FLOOR)
    with pytest.raises(OnHold, match="compliance") as stopped:
        await take(db, seller, 1)
    assert "page about the operator" in stopped.value.message
    assert str(FLOOR) not in stopped.value.message, "never the threshold"
    began = clock.now()
    key = await make_key(db, seller, Permission.READ)
    async with client(key=key) as program:
        assert (await program.get("/api/v1/orders")).status_code == 200, "the first page is for news"
        refused = await program.get("/api/v1/orders?page=2")
        assert (refused.status_code, refused.json()["code"]) == (409, "on_hold")
    async with client(as_=seller) as http:
        assert (await http.get("/orders?page=2")).status_code == 200, "pages for people go on"
        page = await http.get(f"/contracts/{new_id()}/document.pdf")
        assert page.status_code == 409
        assert "Far more documents and lists" in page.text
    async with db.transaction(read_only=True) as tx:
        [hold] = await tx.scalars(select(RiskHold))
        assert (hold.rule, hold.subject_type, hold.subject_id) == ("OPS-02", "exports", seller.id)
        assert timedelta(hours=23) < hold.until - began <= timedelta(hours=24)
        [item] = await tx.scalars(select(Review))
        assert (item.kind, item.organisation_id) == ("risk", seller.organisation_id)
        assert seller.member.name in item.title
    await run_jobs()
    assert await told(ctx) == {person.member.email for person in desk}
    with clock.at(began + timedelta(hours=25)):
        await take(db, seller, 1)


async def told(ctx):
    """Who got a letter about somebody who was stopped."""
    return {letter.to for letter in await ctx.mailer.letters() if letter.subject.startswith("Stopped:")}


async def test_a_colleague_of_the_same_company_goes_on(db, seller):
    async with db.transaction() as tx:
        company = await tx.get_one(Organisation, seller.organisation_id)
        colleague = await make_member(tx, company, roles=(Role.SALES,))
    with pytest.raises(OnHold):
        await take(db, seller, FLOOR + 1)
    await take(db, colleague, 1)


async def test_two_at_once_are_stopped_once(db, seller):
    await take(db, seller, FLOOR)
    answers = await asyncio.gather(*(take(db, seller, 1) for _both in range(2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OnHold, OnHold]
    async with db.transaction(read_only=True) as tx:
        assert len(list(await tx.scalars(select(RiskHold)))) == 1
        assert len(list(await tx.scalars(select(RiskHit)))) == 1


async def test_staff_too_and_nobody_lets_their_own_go(client, db, run_jobs, ctx, desk):
    one, other = desk
    with pytest.raises(OnHold):
        await take(db, one, FLOOR + 1, Kind.IDENTITY)
    async with db.transaction(read_only=True) as tx:
        held = (await tx.scalars(select(RiskHold.id))).one()
        assert list(await tx.scalars(select(Review))) == [], "nobody of the platform could decide it"
        company = await tx.get_one(Organisation, one.organisation_id)
    await run_jobs()
    assert await told(ctx) == {other.member.email}, "not who it is about"
    async with db.transaction() as tx:
        third = await make_member(tx, company, roles=(Role.MODERATOR,))
    form = f"release-{held}"
    async with client(as_=one) as http:
        assert (await submit(http, "/risk", form, reason="It was me.")).status_code == 409
    async with client(as_=other) as http:
        assert (await submit(http, "/risk", form, reason="The auditors asked for them.")).status_code == 303
    async with client(as_=one) as http:
        assert (await submit(http, "/risk", form)).status_code == 409
    async with client(as_=third) as http:
        assert (await submit(http, "/risk", form)).status_code == 303
    await take(db, one, 200, Kind.IDENTITY)
    with clock.at(clock.now() + timedelta(days=1)), pytest.raises(OnHold):
        await take(db, one, FLOOR + 1, Kind.IDENTITY)


async def test_what_is_usual_is_the_roles_own(db, ctx, seller):
    """Of 400 days two were of 3,000: 199 of 200 stayed below."""
    today = day_of(clock.now(), ZONE)
    async with db.transaction() as tx:
        rows = [
            {"id": new_id(), "day": today - timedelta(days=1 + number % 80), "member_id": member.id,
             "organisation_id": member.organisation_id, "role": "owner", "number": 3_000 if number < 2 else 700,
             "kinds": {}}
            for group in range(5)
            for member in [await make_company(tx, f"Works {group}")]
            for number in (range(80) if group == 0 else range(10, 90))
        ]  # fmt: skip
        await tx.execute(insert(ExportDay), rows)
    await jobs.learn_what_is_usual(ctx)
    await jobs.learn_what_is_usual(ctx)
    async with db.transaction(read_only=True) as tx:
        [usual] = await tx.scalars(select(ExportUsual))
    assert (usual.role, usual.number, usual.days, usual.per_mille) == ("owner", 700, 400, 995)
    await take(db, seller, 700)
    with pytest.raises(OnHold):
        await take(db, seller, 1)


async def test_days_are_forgotten_when_no_figure_is_made_of_them(db, ctx, seller):
    today = day_of(clock.now(), ZONE)
    async with db.transaction() as tx:
        for back in (0, 90, 92):
            day = {"id": new_id(), "day": today - timedelta(days=back), "member_id": seller.id, "number": 1}
            day |= {"organisation_id": seller.organisation_id, "role": "owner", "kinds": {}}
            await tx.execute(insert(ExportDay).values(day))
    await jobs.learn_what_is_usual(ctx)
    assert len(await days(db)) == 2
    for spoiled in (
        "DELETE FROM export_day",
        "UPDATE export_day SET number = number - 1",
        "UPDATE export_usual SET number = 9",
    ):
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(spoiled))
