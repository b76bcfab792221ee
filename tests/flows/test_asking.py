"""Statements that sessions send by the driver: the same answers and errors as any other way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    LargeBinary,
    Numeric,
    String,
    Text,
    Uuid,
    bindparam,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.functions import coalesce
from sqlalchemy.types import TypeEngine

from app.core.db import Database, sqlstate
from tests.factories.people import make_company
from tests.queries import count_queries
from trust.identity.models import Organisation
from trust.identity.states import OrganisationState

TIMES = 4  # the first is by SQLAlchemy, the second learns, the others go to the driver


@pytest.fixture
def sent(db: Database) -> Iterator[list[str]]:
    """What goes to the driver."""
    told: list[str] = []
    db.sent = told.append
    yield told
    db.sent = None


VALUES: list[tuple[TypeEngine[Any], object]] = [
    (Uuid(), UUID(int=7)),
    (Numeric(12, 4), Decimal("10.5000")),
    (Numeric(12, 4, asdecimal=False), 10.5),
    (DateTime(timezone=True), datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
    (Date(), date(2026, 11, 23)),
    (JSONB(), {"tiers": [{"from": 1, "price": "2.50"}], "none": None}),
    (ARRAY(String), ["a", "ü", ""]),
    (ARRAY(Uuid), [UUID(int=1), UUID(int=2)]),
    (LargeBinary(), b"\x00\xff"),
    (Text(), "价格"),
    (Text(), None),
]


@pytest.fixture(params=["reading", "transaction"])
def opened(db: Database, request: pytest.FixtureRequest) -> Callable[[], AbstractAsyncContextManager[AsyncSession]]:
    """A session of either kind."""
    opens: Callable[[], AbstractAsyncContextManager[AsyncSession]] = getattr(db, request.param)
    return opens


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=lambda one: type(one).__name__)
async def test_values_come_as_by_any_other_way(
    opened: Any, sent: list[str], kind: TypeEngine[Any], value: object
) -> None:
    statement = select(coalesce(bindparam("value", type_=kind), None, type_=kind).label("value"))
    async with opened() as tx:
        found = [(await tx.execute(statement, {"value": value})).one() for _time in range(TIMES)]
    expected = found[0]  # by SQLAlchemy
    assert found == [expected] * TIMES
    assert [type(row.value) for row in found] == [type(expected.value)] * TIMES
    assert found[-1].value == value
    assert len(sent) == TIMES - 2


@pytest.fixture
async def company(db: Database) -> str:
    """Its name in addresses."""
    async with db.transaction() as tx:
        member = await make_company(tx, "Lantern Works")
        return str(await tx.scalar(select(Organisation.slug).where(Organisation.id == member.organisation_id)))


async def test_rows_have_their_names(opened: Any, sent: list[str], company: str) -> None:
    query = select(Organisation.slug, Organisation.state, Organisation.id.label("which"))
    statement = query.where(Organisation.slug == bindparam("slug"), Organisation.is_platform.is_(False))
    by_hand = text("SELECT slug, state, id AS which FROM organisation WHERE slug = :slug AND NOT is_platform")
    sent.clear()
    async with opened() as tx:
        for asked in (statement, by_hand):
            for _time in range(TIMES):
                row = (await tx.execute(asked, {"slug": company})).one()
                assert (row.slug, OrganisationState(row.state), type(row.which)) == (*row[:2], type(row[2]))
                assert row._asdict() == {"slug": company, "state": row.state, "which": row.which}
                assert await tx.scalar(asked, {"slug": company}) == company
                assert (await tx.scalars(asked, {"slug": company})).all() == [company]
                assert (await tx.execute(asked, {"slug": "gone"})).first() is None
    assert set(sent) == {sent[0], sent[-1]}


@pytest.mark.usefixtures("company")
async def test_objects_are_left_to_the_mapper(opened: Any, sent: list[str]) -> None:
    statement = select(Organisation).limit(1)
    async with opened() as tx:
        found = [await tx.scalar(statement) for _time in range(TIMES)]
    assert [type(one) for one in found] == [Organisation] * TIMES
    assert sent == []


async def test_what_was_put_together_for_one_request_is_not_learnt(opened: Any, sent: list[str]) -> None:
    async with opened() as tx:
        for number in range(TIMES):
            assert await tx.scalar(select(bindparam("n", number))) == number
    assert sent == []


async def test_errors_are_the_same(db: Database, sent: list[str]) -> None:
    divided = text("SELECT 1 / CAST(:by AS integer) AS result")
    async with db.reading() as tx:
        for _time in range(TIMES):
            assert await tx.scalar(divided, {"by": 1}) == 1
        with pytest.raises(DBAPIError) as refused:
            await tx.execute(divided, {"by": 0})
        assert sqlstate(refused.value) == "22012"
        with pytest.raises(StatementError):
            await tx.execute(divided, {})
        with pytest.raises(DBAPIError):
            await tx.execute(divided, {"by": "one"})
        assert await tx.scalar(divided, {"by": 1}) == 1
    assert len(sent) == TIMES - 2 + 4


async def end(db: Database, tx: AsyncSession, pid: int) -> None:
    """The server ends a session's connection, and the driver has noticed."""
    driver = (await (await tx.connection()).get_raw_connection()).driver_connection
    await terminate(db, pid, driver)


async def terminate(db: Database, pid: int, driver: Any) -> None:
    async with db.transaction() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    async with asyncio.timeout(10):
        while not driver.is_closed():  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.01)


async def test_a_connection_that_went_away_is_told_as_such(db: Database) -> None:
    here = text("SELECT pg_backend_pid()")

    async def lose_it() -> None:
        async with db.reading() as tx:
            pids = [await tx.scalar(here) for _time in range(TIMES)]
            await end(db, tx, pids[-1])
            await tx.scalar(here)

    with pytest.raises(DBAPIError) as refused:
        await lose_it()
    assert refused.value.connection_invalidated
    async with db.reading() as tx:
        assert await tx.scalar(here)


async def test_who_stops_waiting_leaves_the_connection_to_others(db: Database) -> None:
    wait = text("SELECT pg_sleep(:seconds), pg_backend_pid() AS pid")
    async with db.reading() as tx:
        pids = {(await tx.execute(wait, {"seconds": 0})).one().pid for _time in range(TIMES)}

    async def ask() -> None:
        async with db.reading() as tx:
            await tx.execute(wait, {"seconds": 60})

    waiting = asyncio.create_task(ask())
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with db.reading() as tx:
        assert {(await tx.execute(wait, {"seconds": 0})).one().pid} == pids
    assert db.readers.in_use == 0


async def test_they_are_counted(db: Database, opened: Any) -> None:
    statement = text("SELECT count(*) FROM job")
    with count_queries(db) as counted:
        async with opened() as tx:
            for _time in range(TIMES):
                await tx.execute(statement)
    assert counted == [statement.text] * TIMES


@pytest.mark.parametrize("bound", [True, False])
async def test_a_list_that_becomes_parameters_stays_sqlalchemys(db, opened, sent, bound):
    async with db.transaction() as tx:
        made = [
            (await make_company(tx, name)).organisation_id for name in ("Lantern Works", "Hansa Import", "Red Mill")
        ]
    wanted = bindparam("ids", expanding=True) if bound else made[:2]
    statement = select(Organisation.id).where(Organisation.id.in_(wanted)).order_by(Organisation.id)
    sent.clear()
    async with opened() as tx:
        for _ in range(TIMES):
            assert list(await tx.scalars(statement, {"ids": made[:2]} if bound else {})) == sorted(made[:2])
        if bound:
            assert list(await tx.scalars(statement, {"ids": made[2:]})) == made[2:]
    assert sent == []


async def test_what_has_no_rows_stays_sqlalchemys(opened: Any, sent: list[str]) -> None:
    statement = text("DO 'BEGIN END'")
    async with opened() as tx:
        for _time in range(TIMES):
            await tx.execute(statement)
    assert sent == []


@pytest.fixture
async def single(db: Database) -> AsyncIterator[Database]:
    """The same database by a single connection of readers."""
    one = Database(db.engine.url.render_as_string(hide_password=False), pool=1)
    yield one
    await one.close()


HERE = text("SELECT pg_backend_pid()")


@pytest.mark.usefixtures("company")
async def test_readers_hand_their_connection_to_each_other(single: Database) -> None:
    pids = set()
    for _time in range(TIMES):
        async with single.reading() as tx:
            pids.add(await tx.scalar(HERE))
            assert single.readers.in_use == 1
        async with single.reading() as tx:  # what the session asks by itself goes by it too
            assert await tx.scalar(select(Organisation).limit(1))
            pids.add(await tx.scalar(text("SELECT pg_backend_pid()")))
        assert single.readers.in_use == 0
    assert len(pids) == 1


async def test_who_waits_for_a_connection_gets_it(single: Database) -> None:
    async def ask() -> int:
        async with single.reading() as tx:
            return int(await tx.scalar(HERE))

    async with single.reading() as tx:
        first = await tx.scalar(HERE)
        waiting = [asyncio.create_task(ask()) for _time in range(3)]
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in waiting)
    assert await asyncio.gather(*waiting) == [first] * 3
    assert single.readers.in_use == 0


async def test_a_connection_that_was_closed_meanwhile_is_not_handed_on(single: Database) -> None:
    async with single.reading() as tx:
        first = await tx.scalar(HERE)
        driver = (await (await tx.connection()).get_raw_connection()).driver_connection
    await terminate(single, first, driver)
    async with single.reading() as tx:
        assert await tx.scalar(HERE) not in {None, first}
    assert single.readers.in_use == 0
