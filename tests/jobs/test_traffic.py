"""Traffic from what web processes note to a day's figures: nothing twice, nothing lost, nobody to be found again."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.ids import new_id
from app.core.runner import drain
from app.demo.traffic import year_of_views
from app.traffic import jobs, queries, recording, rolling
from app.traffic.models import CHANGED, DAILY, EVENT, SALT, SIGNED_IN, WRITER
from tests import sql
from tests.factories import slow_traffic
from tests.factories.traffic import CHINESE, GERMAN, HONG_KONG, MIDDAY, NOBODYS, ZONE, Walk, record, recorder

DAY = date(2026, 10, 14)
MIDNIGHT = datetime(2026, 10, 14, 16, 0, tzinfo=UTC)
"""Between 14 and 15 October in Shanghai."""
ANNA, BEI = Walk(), Walk(CHINESE)


async def rows(db, table, *where):
    async with db.transaction(read_only=True) as tx:
        return (await tx.execute(select(table).where(*where))).all()


async def facts(db, day=DAY, *facets):
    """What was computed: (facet, key) → views, visits, visitors, bounces, seconds, median."""
    async with db.transaction() as tx:
        await rolling.roll_up(tx, day)
    found = await rows(db, DAILY, DAILY.c.day == day, DAILY.c.facet.not_in(["browser"]))
    told = {(r.facet, r.key): (r.views, r.visits, r.visitors, r.bounces, r.seconds, r.median_seconds) for r in found}
    return {key: value for key, value in told.items() if not facets or key[0] in facets}


async def out(db, day=DAY):
    return {key: value[0] for (facet, key), value in (await facts(db, day)).items() if facet == "out"}


async def visits(db, day=DAY):
    return (await facts(db, day))["all", ""][1]


async def test_views_become_figures(db):
    member = new_id()
    seen = [
        ANNA.view(0, referer="https://www.baidu.com/"),
        ANNA.view(95, "/products/{product_id}", subject=("product", "p1")),
        BEI.view(3),
        replace_member(BEI, member).view(10, query="utm_source=fair&utm_medium=qr"),
        Walk(HONG_KONG).view(20),
        Walk(NOBODYS).view(30),
    ]
    await record(db, *seen)
    found = await facts(db)
    assert found["all", ""] == (6, 5, 5, 4, 95, 0)
    assert found["country", "DE"] == (2, 1, 1, 0, 95, None)
    assert found["channel", "search"] == (2, 1, None, 0, 95, None)
    assert found["product", "p1"] == (1, None, 1, None, None, None)
    assert found["source", "fair"] == (1, 1, None, 1, 0, None)
    async with db.transaction(read_only=True) as tx:
        total = await queries.total(tx, DAY, DAY)
    assert (total.overseas, total.near, total.unknown, total.members) == (2, 1, 1, 1)
    assert (total.overseas_percent, total.unknown_percent) == (Decimal("50.00"), Decimal("20.00"))


def replace_member(walk: Walk, member: UUID) -> Walk:
    return replace(walk, member=member)


@pytest.mark.parametrize(("seconds", "count"), [(29 * 60 + 59, 1), (30 * 60, 2), (30 * 60 + 1, 2)])
async def test_a_visit_ends_with_thirty_minutes_of_nothing(db, seconds, count):
    await record(db, ANNA.view(0), ANNA.view(seconds, "/rfqs"))
    assert await visits(db) == count


async def test_a_visit_goes_on_as_long_as_pages_follow(db):
    await record(db, *(ANNA.view(n * 1700, f"/{n}") for n in range(8)))
    found = await facts(db)
    assert found["all", ""][:2] == (8, 1)


@pytest.mark.parametrize(
    ("links", "count"),
    [
        (("", "utm_source=fair"), 2),
        (("utm_source=fair", "utm_source=fair"), 1),
        (("utm_source=fair", "", "utm_source=fair"), 1),
        (("utm_source=fair", "", "utm_source=news"), 2),
        (("utm_source=fair", "utm_source=news", "utm_source=fair"), 3),
        (("utm_source=fair", "utm_medium=mail"), 1),
    ],
)
async def test_another_campaign_begins_another_visit(db, links, count):
    await record(db, *(ANNA.view(60 * n, f"/{n}", query=query) for n, query in enumerate(links)))
    assert await visits(db) == count


async def test_after_a_pause_the_same_campaign_is_another_visit_but_one(db):
    seen = [
        ANNA.view(0, "/a", query="utm_source=fair"),
        ANNA.view(4000, "/b"),
        ANNA.view(4001.5, "/c", query="utm_source=fair"),
    ]
    await record(db, *seen)
    assert await visits(db) == 3, "the pause begins one, and the link in it another"


@pytest.mark.parametrize("walk", [ANNA, Walk(member=new_id())], ids=["unknown", "member"])
async def test_a_visit_past_midnight_belongs_whole_to_the_day_before(db, walk):
    seen = [walk.at(MIDNIGHT + timedelta(minutes=n), f"/{n}") for n in (-20, -1, 10, 35)]
    for one in seen:  # as they come: the second day's marks are made after midnight
        await record(db, one)
    before, after = await facts(db), await facts(db, DAY + timedelta(days=1))
    assert before["all", ""] == (2, 1, 1, 0, 55 * 60, 55 * 60)
    assert after["all", ""] == (2, 0, 1, 0, 0, None)
    assert after["country", "DE"] == (2, 0, 1, 0, 0, None)


async def test_who_comes_anew_after_midnight_is_another_visit(db):
    await record(db, ANNA.at(MIDNIGHT - timedelta(minutes=20)), ANNA.at(MIDNIGHT + timedelta(minutes=10)))
    await record(db, BEI.at(MIDNIGHT - timedelta(minutes=40)), BEI.at(MIDNIGHT + timedelta(minutes=15)))
    assert await visits(db) == 2
    assert await visits(db, DAY + timedelta(days=1)) == 2


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, 999999, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
async def test_days_and_months_are_those_of_shanghai(db, moment, day):
    await record(db, ANNA.at(moment))
    found = await facts(db, day)
    assert found["all", ""][0] == 1
    async with db.transaction(read_only=True) as tx:
        (month,) = await queries.by_month(tx, day - timedelta(days=40), day + timedelta(days=40))
    assert month.day == day.replace(day=1)


async def test_staff_are_left_out_and_counted(db):
    await record(db, Walk(member=new_id(), staff=True).view(0), ANNA.view(1))
    found = await facts(db)
    assert found["all", ""][0] == 1
    assert found["out", "staff"][0] == 1


@pytest.mark.parametrize("seconds", [0.4, 1.0])
async def test_a_reload_within_a_second_is_none(db, seconds):
    await record(db, ANNA.view(0), ANNA.view(seconds), ANNA.view(0.2, "/other"), ANNA.view(0.3, query="page=2"))
    found = await facts(db)
    assert (found["all", ""][0], found["out", "reload"][0]) == (3, 1)


async def test_a_reload_after_more_than_a_second_counts(db):
    await record(db, ANNA.view(0), ANNA.view(1.001), BEI.view(0.5))
    assert (await facts(db))["all", ""][0] == 3


async def test_declared_crawlers(db):
    await record(db, Walk(agent="Googlebot/2.1").view(0), Walk(agent="").view(1), ANNA.view(2))
    assert await out(db) == {"crawler": 2}


async def test_a_data_centre_counts_as_a_person_s_only_with_a_beacon(db, tmp_path):
    (tmp_path / "data-centres.txt").write_text("203.0.113.0/24\n")
    without, with_script = Walk("203.0.113.7"), Walk("203.0.113.8")
    own = recorder(db, folder=tmp_path)
    for one in (without.view(0), with_script.view(1), with_script.view(2, "/beacon", kind="beacon"), ANNA.view(3)):
        own.note(one)
    await own.flush()
    assert await out(db) == {"hosted": 1}


@pytest.mark.parametrize(("views", "seconds", "told"), [(61, 59.9, "rate"), (61, 60.1, ""), (60, 10, "")])
async def test_more_than_sixty_views_in_a_minute(db, views, seconds, told):
    await record(db, *(ANNA.view(n * seconds / (views - 1), f"/{n}") for n in range(views)), BEI.view(0))
    assert await out(db) == ({told: views} if told else {})


@pytest.mark.parametrize(("views", "told"), [(2000, {}), (2001, {"rate": 2001})])
async def test_more_than_two_thousand_views_a_day(db, views, told):
    await record(db, *(ANNA.view(n * 5, f"/{n}") for n in range(views)))
    assert await out(db) == told


async def test_browsers_without_a_person(db):
    headless = Walk(agent="Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0 Safari/537.36")
    driven = Walk("88.198.1.9")
    await record(db, headless.view(0), driven.view(1), driven.view(2, "/beacon", kind="beacon", query="driven=1"))
    assert await out(db) == {"headless": 2}


async def test_the_trap(db):
    curious = Walk("88.198.1.9")
    await record(db, curious.view(0), curious.view(2, "/trap", kind="trap"), ANNA.view(3))
    assert await out(db) == {"trap": 1}


async def test_the_first_reason_is_told(db, tmp_path):
    (tmp_path / "data-centres.txt").write_text("203.0.113.0/24\n")
    both, fast = Walk("203.0.113.7", agent="Googlebot/2.1"), Walk("203.0.113.8", agent="X HeadlessChrome/1")
    staff = Walk("203.0.113.9", agent="Googlebot/2.1", staff=True, member=new_id())
    own = recorder(db, folder=tmp_path)
    for one in (both.view(0), staff.view(0), *(fast.view(n / 2, f"/{n}") for n in range(61))):
        own.note(one)
    await own.flush()
    assert await out(db) == {"crawler": 1, "staff": 1, "hosted": 61}


def random_events(chance: random.Random, members: list[UUID]) -> list[recording.Seen]:
    """Some people and programs around two midnights, with campaigns, reloads, beacons and traps."""
    agents = ["Firefox/130.0", "Googlebot/2.1", "Mozilla HeadlessChrome/1.0", "Safari Mobile"]
    walks = [
        Walk(
            chance.choice([GERMAN, CHINESE, HONG_KONG, NOBODYS]),
            chance.choices(agents, (8, 1, 1, 4))[0],
            chance.choice([None, None, *members]),
            chance.random() < 0.05,
        )
        for _walker in range(chance.randint(1, 9))
    ]
    found = []
    for walk in walks:
        at = MIDNIGHT + timedelta(minutes=chance.randint(-600, 600), seconds=chance.random() * 60)
        for _step in range(chance.randint(1, 14)):
            at += timedelta(seconds=chance.choice([0.3, 1, 5, 90, 600, 1750, 1800, 1900, 20_000]))
            link = chance.choice(["", "", "", "utm_source=fair", "utm_source=news&utm_medium=email"])
            refers = chance.choice(["", "https://www.google.com/", "https://a.example/"])
            kind = chance.choices(["view", "beacon", "trap"], (30, 2, 1))[0]
            found.append(walk.at(at, f"/{chance.randint(1, 3)}", query=link, referer=refers, kind=kind))
    return found


@pytest.mark.parametrize("seed", range(12))
async def test_the_figures_are_those_of_another_implementation(db, seed):
    """In any order, in any number of batches, computed once or twice; and visits add up over the days."""
    chance = random.Random(seed)  # noqa: S311  of a test
    members = [new_id(), new_id()]
    events = random_events(chance, members)
    shuffled = chance.sample(events, len(events))
    half = len(events) // 2
    await record(db, *shuffled[:half])
    await facts(db)
    await record(db, *shuffled[half:])
    added = 0
    for n in range(-1, 4):
        day = DAY + timedelta(days=n)
        first, second = await facts(db, day), await facts(db, day)
        assert first == second == slow_traffic.facts(events, day)
        added += first["all", ""][1]
        assert sum(v[0] for (f, _k), v in first.items() if f == "country") == first["all", ""][0]
        assert sum(v[1] for (f, _k), v in first.items() if f == "channel") == first["all", ""][1]
    people = [one for one, why in slow_traffic.whys(events) if not why]
    assert added == len(slow_traffic.visits(people))


async def test_late_events_change_the_days_they_touch(db, ctx):
    await record(db, ANNA.at(MIDNIGHT - timedelta(minutes=5)))
    with clock.at(MIDNIGHT + timedelta(days=3)):
        await jobs.compute_changed_days(ctx)
        await drain(ctx)
        assert {row.day for row in await rows(db, DAILY)} == {DAY + timedelta(days=n) for n in (-1, 0, 1)}
        assert await rows(db, CHANGED) == []
        await record(db, ANNA.at(MIDNIGHT + timedelta(minutes=5)))
        await jobs.compute_changed_days(ctx)
        await drain(ctx)
    async with db.transaction(read_only=True) as tx:
        both = await queries.by_day(tx, DAY, DAY + timedelta(days=1))
    assert [(day.views, day.visits, day.seconds) for day in both] == [(1, 1, 600), (1, 0, 0)]


async def test_days_that_are_not_yet_are_not_computed(db, ctx):
    await record(db, ANNA.view(0))
    with clock.at(MIDDAY):
        await jobs.compute_changed_days(ctx)
        await drain(ctx)
    assert {row.day for row in await rows(db, DAILY)} == {DAY - timedelta(days=1), DAY}


async def test_no_address_and_no_name_is_written(db):
    member = new_id()
    await record(db, Walk(GERMAN, member=member).view(0, query="email=li@example.com"))
    boss = str((await rows(db, EVENT))[0])
    for secret in (GERMAN, str(member), member.hex, "li@example.com", "Gecko"):
        assert secret not in boss


async def test_marks_differ_from_day_to_day_and_the_salt_is_destroyed(db, ctx):
    await record(db, ANNA.view(0), ANNA.view(86_400))
    devices = {row.device for row in await rows(db, EVENT)}
    assert len(devices) == 2
    assert len(await rows(db, SALT)) == 2
    with clock.at(MIDNIGHT + timedelta(minutes=59)):
        await jobs.destroy_salts(ctx)
    assert len(await rows(db, SALT)) == 2
    with clock.at(MIDNIGHT + timedelta(minutes=61)):
        await jobs.destroy_salts(ctx)
    assert [row.day for row in await rows(db, SALT)] == [DAY + timedelta(days=1)]


async def test_two_processes_mark_alike(db):
    await asyncio.gather(*(record(db, ANNA.view(n, f"/{n}")) for n in range(6)))
    assert len({row.device for row in await rows(db, EVENT)}) == 1
    assert (await facts(db))["all", ""][:3] == (6, 1, 1)


async def test_members_keep_their_mark(db):
    walk = Walk(member=new_id())
    await record(db, walk.view(0), walk.view(86_400))
    for n in range(2):
        await facts(db, DAY + timedelta(days=n))
    async with db.transaction(read_only=True) as tx:
        total = await queries.total(tx, DAY, DAY + timedelta(days=1))
    assert (total.members, total.visitors, total.days) == (1, 2, 2)


async def test_a_clean_end_writes_everything(db):
    own = recorder(db)
    async with own.running():
        for n in range(2500):
            own.note(ANNA.view(n / 100, f"/{n}"))
    assert len(await rows(db, EVENT)) == 2500
    (writer,) = await rows(db, WRITER)
    assert (writer.written, writer.dropped) == (2500, 0)
    assert writer.closed_at is not None


async def test_a_clean_end_writes_what_came_in_while_it_wrote(db):
    own = recorder(db)
    whole, late = own._write, [ANNA.view(60, "/late"), ANNA.view(90, "/later")]

    async def busy(batch):
        if late:
            own.note(late.pop())
        await whole(batch)

    own._write = busy
    async with own.running():
        own.note(ANNA.view(0))
    assert len(await rows(db, EVENT)) == 3
    assert [row.closed_at is not None for row in await rows(db, WRITER)] == [True]


async def test_a_killed_process_is_counted(db):
    own = recorder(db)
    with clock.at(MIDDAY):
        own.note(ANNA.view(0))
        await own.flush()
        own.note(ANNA.view(1, "/lost"))  # and here it is killed
    async with db.transaction(read_only=True) as tx:
        with clock.at(MIDDAY + timedelta(minutes=4)):
            assert (await queries.writing(tx, MIDDAY, MIDDAY + timedelta(days=1))).killed == 0
        with clock.at(MIDDAY + timedelta(minutes=6)):
            told = await queries.writing(tx, MIDDAY, MIDDAY + timedelta(days=1))
    assert (told.killed, told.dropped) == (1, 0)
    assert len(await rows(db, EVENT)) == 1


async def test_what_finds_no_room_is_counted(db):
    own = recorder(db, room=10)
    before = recording.dropped._value.get()
    for n in range(15):
        own.note(ANNA.view(n, f"/{n}"))
    await own.flush()
    assert len(await rows(db, EVENT)) == 10
    assert [row.dropped for row in await rows(db, WRITER)] == [5]
    assert recording.dropped._value.get() - before == 5


async def test_a_batch_whose_answer_was_lost_is_written_once(db):
    """The commit reached the database; the process never learnt it."""
    own = recorder(db)
    own.note(ANNA.view(0))
    whole = own._write

    async def deaf(batch):
        await whole(batch)
        raise ConnectionResetError

    own._write = deaf
    with pytest.raises(ConnectionResetError):
        await own.flush()
    own.note(ANNA.view(9, "/more"))
    own._write = whole
    assert await own.flush() == 2
    assert len(await rows(db, EVENT)) == 2


async def test_what_comes_in_meanwhile_is_the_next_batch_s(db):
    """Or a busy process would write every view as a batch of its own, without end."""
    own = recorder(db)
    own.note(ANNA.view(0))
    whole, batches = own._write, 0

    async def busy(batch):
        nonlocal batches
        batches += 1
        own.note(ANNA.view(9 * batches, f"/{batches}"))
        assert batches < 5, "it never ends"
        await whole(batch)

    own._write = busy
    assert await own.flush() == 1
    own._write = whole
    assert await own.flush() == 1
    assert len(await rows(db, EVENT)) == 2


async def test_without_the_database_events_wait(db, urls):
    own = recorder(db)
    boss = await sql.connect(urls.super)
    await boss.execute("ALTER TABLE web_event RENAME TO web_event_away")
    own.note(ANNA.view(0))
    with pytest.raises(SQLAlchemyError):
        await own.flush()
    await boss.execute("ALTER TABLE web_event_away RENAME TO web_event")
    await boss.close()
    assert await own.flush() == 1
    assert len(await rows(db, EVENT)) == 1


async def test_what_the_database_never_takes_does_not_hold_up_the_rest(db):
    own = recorder(db)
    own.note(ANNA.view(0, subject=("product", "a\0b")))
    await own.flush()
    own.note(ANNA.view(1))
    await own.flush()
    assert len(await rows(db, EVENT)) == 1
    async with db.transaction(read_only=True) as tx:
        assert (await queries.writing(tx, MIDDAY - timedelta(days=999), MIDDAY + timedelta(days=999))).dropped == 1


async def test_old_days_are_dropped_and_young_ones_cannot_be(db, ctx):
    now = clock.now()
    for age in (402, 399, 1):
        await record(db, Walk(member=new_id()).at(now - timedelta(days=age)))
        await facts(db, jobs.day_of(now - timedelta(days=age), "Asia/Shanghai"))
    await jobs.drop_old_days(ctx)
    assert len(await rows(db, EVENT)) == 2
    assert len(await rows(db, SIGNED_IN)) == 2
    assert len(await rows(db, DAILY, DAILY.c.facet == "all")) == 3
    for statement in (
        "SELECT traffic_drop_days(current_date - 300)",
        "DELETE FROM web_event",
        "UPDATE web_event SET staff = true",
        "DROP TABLE traffic.day_20261014",
        "SELECT traffic_make_days(current_date, current_date + 900)",
    ):
        with pytest.raises(Exception, match=r"permission denied|must be owner|400 days|does not exist|too many"):
            async with db.transaction() as tx:
                await tx.execute(text(statement))


async def test_days_are_made_ahead(db, ctx, urls):
    await jobs.make_days_ahead(ctx)
    await jobs.make_days_ahead(ctx)
    owner = await sql.connect(urls.owner)
    made = await owner.fetchval("SELECT count(*) FROM pg_inherits WHERE inhparent = 'web_event'::regclass")
    await owner.close()
    assert made == 15


async def test_very_many_referrers_stand_together(db):
    walks = [Walk(f"88.198.{n // 250}.{n % 250 + 1}") for n in range(230)]
    await record(db, *(walk.view(n, referer=f"https://r{n:03}.example/") for n, walk in enumerate(walks)))
    found = await facts(db, DAY, "referrer")
    assert len(found) == 201
    assert found["referrer", "*"][:2] == (30, 30)
    async with db.transaction(read_only=True) as tx:
        count = (await tx.execute(select(func.sum(DAILY.c.visits)).where(DAILY.c.facet == "referrer"))).scalar_one()
    assert count == 230


async def test_the_demo_s_views_lie_on_their_days(db, ctx):
    await year_of_views(ctx, DAY, 3)
    found = await rows(db, EVENT)
    assert {row.day for row in found} == {DAY - timedelta(days=n) for n in (1, 2, 3)}
    assert [row for row in found if jobs.day_of(row.at, ZONE) != row.day] == []
    with clock.at(MIDDAY):
        await jobs.compute_changed_days(ctx)
        await drain(ctx)
    async with db.transaction(read_only=True) as tx:
        total = await queries.total(tx, DAY - timedelta(days=3), DAY)
    assert total.views + total.bots + total.staff + total.reloads == len(found)
    assert total.days == 4
    assert total.visits > total.days
