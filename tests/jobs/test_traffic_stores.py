"""What every store of events must do, whichever stands behind the protocol, and that they count alike to the unit."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from clickhouse_connect.driver.exceptions import OperationalError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import checks
from app.commands import migrate, traffic
from app.core import clock
from app.core.ids import new_id
from app.core.outbox import waiting
from app.core.runner import drain
from app.traffic import clickhouse as adapter
from app.traffic import jobs, moving, recording
from app.traffic.clickhouse import ClickHouseEvents
from app.traffic.models import CHANGED, DAILY, SIGNED_IN, WRITER
from app.traffic.postgres import PostgresEvents
from app.traffic.store import Batch, EventsAway, EventsRefused
from tests.factories import slow_traffic
from tests.factories.columnar import clickhouse
from tests.factories.traffic import CHINESE, Walk, crowd, record, recorder
from tests.jobs.test_traffic import random_events

DAY = date(2026, 10, 14)
MIDNIGHT = datetime(2026, 10, 14, 16, 0, tzinfo=UTC)
ANNA, BEI = Walk(), Walk(CHINESE)
FACTS = ("views", "visits", "visitors", "bounces", "seconds", "median_seconds")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A real one where its address is said, else the engine from a wheel."""
    if url := os.environ.get("PORTOLAN_TEST_CLICKHOUSE_URL"):
        yield url
    else:
        with clickhouse() as own:
            yield own


@pytest.fixture
async def columnar(server, db) -> AsyncIterator[ClickHouseEvents]:
    whole, name = ClickHouseEvents(db, server), f"test_{uuid4().hex}"
    whole._writer.command(f"CREATE DATABASE {name}")
    store = ClickHouseEvents(db, f"{server.rstrip('/')}/{name}")
    await store.create()
    yield store
    whole._writer.command(f"DROP DATABASE {name}")


@pytest.fixture(params=["postgres", "clickhouse"])
def store(request, db):
    return PostgresEvents(db) if request.param == "postgres" else request.getfixturevalue("columnar")


async def figures(db, store, *days):
    """(day, facet, key) → views, visits, visitors, bounces, seconds, median, as computed anew; and members' marks."""
    for day in days:
        await store.roll_up(day)
    async with db.transaction(read_only=True) as tx:
        found = {(r.day, r.facet, r.key): tuple(getattr(r, f) for f in FACTS) for r in await tx.execute(select(DAILY))}
        members = {tuple(row) for row in await tx.execute(select(SIGNED_IN))}
    return found, members


def days_of(events):
    return sorted({slow_traffic.day_of(seen.at) for seen in events})


async def count(db, store, day=DAY):
    return (await figures(db, store, day))[0][day, "all", ""][0]


async def one(db, table):
    async with db.transaction(read_only=True) as tx:
        return (await tx.execute(select(table))).one()


@pytest.mark.parametrize("seed", range(3))
async def test_the_figures_are_those_of_another_implementation(db, store, seed):
    chance = random.Random(seed)  # noqa: S311  of a test
    events = random_events(chance, [new_id(), new_id()])
    shuffled = chance.sample(events, len(events))
    half = len(events) // 2
    await record(db, *shuffled[:half], store=store)
    await figures(db, store, DAY)
    await record(db, *shuffled[half:], store=store)
    days = days_of(events)
    found, _members = await figures(db, store, *days)
    for day in days:
        told = {(facet, key): facts for (of, facet, key), facts in found.items() if of == day and facet != "browser"}
        assert told == slow_traffic.facts(events, day)


@pytest.mark.parametrize("seed", range(8))
async def test_both_count_alike_to_the_unit(db, columnar, tmp_path, seed):
    (tmp_path / "data-centres.txt").write_text("203.0.113.0/24\n")
    chance = random.Random(seed)  # noqa: S311  of a test
    events = crowd(chance, [new_id(), new_id()], MIDNIGHT)
    told = []
    for store in (PostgresEvents(db), columnar):
        own = recorder(db, store, folder=tmp_path)
        for seen in chance.sample(events, len(events)):
            own.note(seen)
        await own.flush()
        told.append(await figures(db, store, *days_of(events)))
    assert told[0] == told[1]
    assert sum(facts[0] for (_day, facet, _key), facts in told[0][0].items() if facet in {"all", "out"}) == sum(
        seen.kind == "view" for seen in events
    )


async def test_an_empty_day_is_a_row_of_noughts(db, store):
    assert await figures(db, store, DAY) == ({(DAY, "all", ""): (0, 0, 0, 0, 0, None)}, set())


@pytest.mark.parametrize(("views", "told"), [(2000, 2000), (2001, 0)])
async def test_more_than_two_thousand_views_a_day(db, store, views, told):
    await record(db, *(ANNA.view(n * 5, f"/{n}") for n in range(views)), store=store)
    assert await count(db, store) == told


async def test_very_many_sites_stand_together_the_same_ones(db, columnar):
    """Names that differ in case and script alone are told apart, and kept in the order of their bytes."""
    walks = [Walk(f"88.198.{n // 250}.{n % 250 + 1}") for n in range(230)]
    names = [f"{letter}{n}" for n in range(115) for letter in ("Z", "a")]
    events = [walk.view(n, query=f"utm_source={names[n]}") for n, walk in enumerate(walks)]
    told = []
    for store in (PostgresEvents(db), columnar):
        await record(db, *events, store=store)
        told.append(await figures(db, store, DAY))
    assert told[0] == told[1]
    assert told[0][0][DAY, "source", "*"][:2] == (30, 30)


async def test_a_batch_that_comes_again_counts_once(db, store):
    """The answer to the first was lost, before the signature or after it."""
    own, whole, lost = recorder(db, store), store.write, [True, True]

    async def deaf(batch, sign):
        async def torn(tx):
            await sign(tx)
            raise ConnectionResetError

        await whole(batch, torn if len(lost) == 2 else sign)
        if lost:
            lost.pop()
            raise ConnectionResetError

    store.write = deaf
    own.note(ANNA.view(0))
    with pytest.raises(ConnectionResetError):
        await own.flush()
    lost.pop()
    own.note(BEI.view(9, "/more"))
    with pytest.raises(ConnectionResetError):
        await own.flush()
    assert await own.flush() == 2
    assert await count(db, store) == 2
    writer = await one(db, WRITER)
    assert (writer.batch, writer.written) == (2, 2)


async def test_batches_of_many_writers_at_once(db, store):
    await asyncio.gather(*(record(db, ANNA.view(n * 5, f"/{n}"), BEI.view(n * 5), store=store) for n in range(6)))
    assert await count(db, store) == 12


async def test_computed_by_two_at_once_it_is_there_once(db, store):
    await record(db, ANNA.view(0), BEI.view(3), Walk(member=new_id()).view(8), store=store)
    await asyncio.gather(*(store.roll_up(DAY) for _each in range(4)))
    assert await count(db, store) == 3


@pytest.mark.parametrize("key", ["a\0b", "a\udc80b"])
async def test_what_it_never_takes_does_not_hold_up_the_rest(db, store, key):
    own = recorder(db, store)
    own.note(ANNA.view(0, subject=("product", key)))
    await own.flush()
    own.note(ANNA.view(1))
    await own.flush()
    assert await count(db, store) == 1
    assert (await one(db, WRITER)).dropped == 1


async def test_a_clean_end_writes_everything(db, store):
    async with (own := recorder(db, store)).running():
        for n in range(2500):
            own.note(Walk(f"88.198.1.{n % 250}").view(n / 5, f"/{n}"))
    assert await count(db, store) == 2500
    writer = await one(db, WRITER)
    assert (writer.written, writer.dropped) == (2500, 0)
    assert writer.closed_at is not None


async def test_old_days_are_dropped_and_young_ones_cannot_be(db, store):
    now = clock.now()
    ages = [(now - timedelta(days=age)).date() for age in (402, 300)]
    for day in ages:
        await record(db, ANNA.at(datetime(day.year, day.month, day.day, 4, tzinfo=UTC)), store=store)
    with pytest.raises(DBAPIError, match="400 days"):
        await store.drop_days(now.date() - timedelta(days=200))
    assert [await count(db, store, day) for day in ages] == [1, 1]
    await store.drop_days(now.date() - timedelta(days=400))
    await store.drop_days(now.date() - timedelta(days=400))
    assert [await count(db, store, day) for day in ages] == [0, 1]


async def test_a_batch_whose_insert_ran_out_of_time_counts_once(db, columnar):
    """ClickHouse took it and was too slow to say so; nothing is signed until it says so."""
    own, whole = recorder(db, columnar), columnar._insert

    def slow(batch):
        whole(batch)
        raise OperationalError("timed out")

    columnar._insert = slow
    own.note(ANNA.view(0))
    with pytest.raises(EventsAway):
        await own.flush()
    async with db.transaction(read_only=True) as tx:
        assert (await tx.execute(select(WRITER))).all() == (await tx.execute(select(CHANGED))).all() == []
    columnar._insert = whole
    own.note(BEI.view(3))
    assert await own.flush() == 2
    assert await count(db, columnar) == 2


async def test_while_it_is_away_events_wait_as_far_as_there_is_room(db, columnar):
    own = recorder(db, ClickHouseEvents(db, "http://127.0.0.1:9/nobody"), room=3)
    before = recording.dropped._value.get()
    for n in range(4):
        own.note(ANNA.view(n * 5))
    assert not await own._try()
    assert recording.dropped._value.get() - before == 1
    own._store = columnar
    assert await own._try()
    assert await count(db, columnar) == 3


async def test_while_it_is_away_days_wait_to_be_computed_and_are_not_given_up(db, ctx, columnar):
    away = replace(ctx, traffic=ClickHouseEvents(db, "http://127.0.0.1:9/nobody"))
    with clock.at(MIDNIGHT - timedelta(hours=12)):
        await record(db, ANNA.view(0), store=columnar)
        await jobs.compute_changed_days(away)
        await drain(away)
        async with db.transaction(read_only=True) as tx:
            assert {job["day"] for job in await waiting(tx, jobs.roll_up)} == {"2026-10-13", "2026-10-14"}
            assert not await jobs.rolled_up(tx, DAY)
    with clock.at(MIDNIGHT + timedelta(hours=12)):
        await drain(replace(ctx, traffic=columnar))
    async with db.transaction(read_only=True) as tx:
        assert await jobs.rolled_up(tx, DAY)
        assert await tx.scalar(text("SELECT sum(views) FROM traffic_daily WHERE facet = 'all'")) == 1


async def test_one_that_never_answers_is_waited_for_a_while_and_no_longer(db, columnar, monkeypatch):
    monkeypatch.setattr(adapter, "PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        own = recorder(db, ClickHouseEvents(db, f"http://127.0.0.1:{deaf.getsockname()[1]}/nobody"))
        own.note(ANNA.view(0))
        assert not await own._try()
    own._store = columnar
    assert await own._try()
    assert await count(db, columnar) == 1


async def test_figures_asked_for_earlier_do_not_replace_later_ones(db, columnar):
    await record(db, ANNA.view(0), store=columnar)
    early = await asyncio.to_thread(columnar._compute, DAY)
    asked = clock.now() - timedelta(minutes=1)
    await record(db, BEI.view(1), store=columnar)
    await columnar.roll_up(DAY)
    async with db.transaction() as tx:
        await adapter._put(tx, DAY, *early, asked)
    async with db.transaction(read_only=True) as tx:
        seen = await tx.scalar(text("SELECT views FROM traffic_daily WHERE facet = 'all'"))
    assert seen == 2


@pytest.mark.parametrize("at_once", [4, 50_000])
async def test_events_of_before_are_taken_over_and_count_as_they_did(db, columnar, monkeypatch, at_once):
    monkeypatch.setattr(moving, "AT_ONCE", at_once)
    events = random_events(random.Random(4), [new_id()])  # noqa: S311  of a test
    await record(db, *events)
    days = days_of(events)
    before = await figures(db, PostgresEvents(db), *days)
    for _twice in range(2):
        assert sum([count async for _day, count in moving.move(db, columnar)]) == len(events)
    assert await figures(db, columnar, *days) == before


async def test_a_command_takes_them_over(db, columnar, settings, capsys):
    await record(db, ANNA.view(0), ANNA.view(5, "/beacon", kind="beacon"), BEI.view(86_400))
    await traffic._move(settings.model_copy(update={"clickhouse_url": columnar._url}))
    assert capsys.readouterr().out.splitlines() == [
        "2026-10-14: 2 events",
        "2026-10-15: 1 events",
        "3 events are in ClickHouse.",
    ]
    assert await count(db, columnar) == 1


async def test_check_and_migrate_know_it(db, columnar, settings):
    chosen = settings.model_copy(update={"clickhouse_url": columnar._url})
    columnar._writer.command("DROP TABLE web_event")
    assert [one.fine for one in await checks.run(chosen) if one.name == "events"] == [False]
    await migrate._create(chosen)
    [told] = [one for one in await checks.run(chosen) if one.name == "events"]
    assert told.fine
    assert "127.0.0.1" in told.detail or os.environ.get("PORTOLAN_TEST_CLICKHOUSE_URL")
    assert [one for one in await checks.run(settings) if one.name == "events"] == []
    assert "PostgreSQL" in await PostgresEvents(db).state()


async def test_its_table_is_made_once_and_it_says_how_it_is(columnar):
    await columnar.create()
    assert "0 events" in await columnar.state()


async def test_a_statement_that_fails_leaves_the_figures(db, columnar):
    await record(db, ANNA.view(0), store=columnar)
    assert await count(db, columnar) == 1
    columnar._writer.command("DROP TABLE web_event")
    with pytest.raises(EventsAway, match="web_event"):
        await columnar.roll_up(DAY)
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(text("SELECT views FROM traffic_daily WHERE facet = 'all'")) == 1


async def test_events_refused_are_said_to_be(db, columnar):
    rows = recorder(db, columnar)
    with pytest.raises(EventsRefused):
        await columnar.write(Batch(new_id(), 1, [("\0",)]), rows._sign)
