"""Statements that a transaction sends by the driver: begun, written, undone and refused as by any other way."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from sqlalchemy import Integer, Table, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Database, constraint, sqlstate
from app.core.ids import new_id
from app.core.outbox import JOB, JobRow
from app.core.states import StateChange
from tests.flows.test_asking import HERE, TIMES, end
from tests.queries import count_queries

CHANGE = cast(Table, StateChange.__table__)
WRITE = insert(CHANGE)
COUNT = select(func.count()).select_from(StateChange)
DIVIDE = text("SELECT 1 / CAST(:by AS integer) AS result")


def change(note: str = "") -> dict[str, Any]:
    return {
        "id": new_id(),
        "subject_type": "thing",
        "subject_id": new_id(),
        "move": "go",
        "from_state": "here",
        "to_state": "there",
        "actor": None,
        "note": note,
        "at": clock.now(),
    }


def job(key: str) -> dict[str, Any]:
    times = {"run_at": clock.now(), "attempts": 0, "failures": 0, "last_error": "", "request_id": ""}
    return {"id": new_id(), "name": "nothing", "arguments": {"of": key}, "key": key, **times}


@pytest.fixture
def sent(db: Database) -> Iterator[list[str]]:
    told: list[str] = []
    db.sent = told.append
    yield told
    db.sent = None


async def learn(db: Database, statement: Any, values: Any = None) -> None:
    """Until it goes to the driver; nothing of it stays, and nothing is told."""
    told, db.sent = db.sent, None
    async with db.transaction() as tx:
        for _time in range(2):
            nested = await tx.begin_nested()
            await tx.execute(statement, values() if callable(values) else values)
            await nested.rollback()
    db.sent = told


async def notes(db: Database) -> list[str]:
    async with db.reading() as tx:
        return sorted(await tx.scalars(select(StateChange.note)))


async def test_the_first_statement_begins_the_transaction(db: Database, sent: list[str]) -> None:
    await learn(db, WRITE, change)

    async def think_better_of_it() -> None:
        async with db.transaction() as tx:
            await tx.execute(WRITE, change("undone"))
            raise LookupError

    with pytest.raises(LookupError):
        await think_better_of_it()
    async with db.transaction() as tx:
        await tx.execute(WRITE, change("done"))
        assert await notes(db) == [], "nobody sees it before it is committed"
    assert await notes(db) == ["done"]
    assert len(sent) == 2


async def test_many_rows_are_one_writing(db: Database, sent: list[str]) -> None:
    await learn(db, WRITE, change)
    async with db.transaction() as tx:
        await tx.execute(WRITE, [change("one"), change("two")])
    assert await notes(db) == ["one", "two"]
    assert len(sent) == 1


async def test_other_columns_than_before_have_their_place(db: Database) -> None:
    await learn(db, WRITE, change)
    async with db.transaction() as tx:
        without = change()
        del without["note"]
        await tx.execute(WRITE, without)
    assert await notes(db) == [""]
    by_key = pg_insert(JOB).on_conflict_do_nothing(index_elements=["key"]).returning(JOB.c.id)
    await learn(db, by_key, lambda: job("learnt"))
    async with db.transaction() as tx:
        without = job("once")
        due = without.pop("arguments") | {"more": [1, None]}
        first = (await tx.execute(by_key, without | {"arguments": due})).scalar()
        assert first == without["id"]
        assert (await tx.execute(by_key, job("once"))).first() is None
        many = [job("twice"), job("thrice")]
        assert list((await tx.execute(by_key, many)).scalars()) == [row["id"] for row in many]
    async with db.reading() as tx:
        assert await tx.scalar(select(JobRow.arguments).where(JobRow.key == "once")) == {
            "of": "once",
            "more": [1, None],
        }


async def test_what_gives_values_by_itself_stays_sqlalchemys(db: Database, sent: list[str]) -> None:
    by_mapper, by_table = insert(StateChange), insert(CHANGE)
    async with db.transaction() as tx:
        for statement in (by_mapper, by_table):
            for _time in range(TIMES):
                given = change()
                del given["id"], given["note"]
                await tx.execute(statement, given)
    assert sent == []
    assert len(await notes(db)) == 2 * TIMES


async def test_an_update_tells_what_it_changed(db: Database, sent: list[str]) -> None:
    mark = (
        update(JOB).where(JOB.c.key == bindparam("which")).values(attempts=JOB.c.attempts + bindparam("more", Integer))
    )
    told, counted = mark.returning(JOB.c.attempts), mark
    async with db.transaction() as tx:
        await tx.execute(insert(JOB), job("mine"))
        found = [(await tx.execute(told, {"which": "mine", "more": 2})).scalar() for _time in range(TIMES)]
        assert found == [2, 4, 6, 8]
        assert (await tx.execute(told, {"which": "nobody's", "more": 2})).first() is None
        assert len(sent) == TIMES - 1
        for _time in range(TIMES):
            assert cast(Any, await tx.execute(counted, {"which": "mine", "more": 1})).rowcount == 1
    assert len(sent) == TIMES - 1


async def test_what_waits_to_be_written_is_written_before_it_is_read(db: Database, sent: list[str]) -> None:
    await learn(db, COUNT)
    async with db.transaction() as tx:
        tx.add(StateChange(**change("first")))
        assert await tx.scalar(COUNT) == 1
        row = (await tx.scalars(select(StateChange))).one()
        await tx.delete(row)
        with tx.no_autoflush:
            assert await tx.scalar(COUNT) == 1
        with pytest.raises(DBAPIError):  # moves are never deleted
            await tx.scalar(COUNT)
        await tx.rollback()
    assert len(sent) == 2


async def test_a_savepoint_undoes_what_the_driver_was_sent(db: Database) -> None:
    await learn(db, WRITE, change)
    async with db.transaction() as tx:
        await tx.execute(WRITE, change("kept"))
        nested = await tx.begin_nested()
        await tx.execute(WRITE, change("undone"))
        await nested.rollback()
        await tx.execute(WRITE, change("kept too"))
    assert await notes(db) == ["kept", "kept too"]


async def test_errors_are_told_as_by_any_other_way(db: Database, sent: list[str]) -> None:
    taken = change()
    async with db.transaction() as tx:
        for _time in range(TIMES):
            await tx.execute(DIVIDE, {"by": 1})
            await tx.execute(WRITE, change() if _time else taken)
    sent.clear()

    async def refused(statement: Any, values: dict[str, Any]) -> DBAPIError:
        with pytest.raises(DBAPIError) as told:
            async with db.transaction() as tx:
                await tx.execute(statement, values)
        return told.value

    twice = await refused(WRITE, taken)
    assert (type(twice), constraint(twice)) == (IntegrityError, "pk_state_change")
    assert twice.hide_parameters
    assert "thing" not in str(twice)
    assert sqlstate(await refused(DIVIDE, {"by": 0})) == "22012"
    assert len(sent) == 2
    await refused(DIVIDE, {"by": "one"})
    with pytest.raises(StatementError):
        async with db.transaction() as tx:
            await tx.execute(DIVIDE, {})
    assert len(await notes(db)) == TIMES


async def test_nothing_goes_on_in_a_transaction_that_failed(db: Database, sent: list[str]) -> None:
    await learn(db, WRITE, change)
    await learn(db, DIVIDE, {"by": 1})

    async def go_on() -> None:
        async with db.transaction() as tx:
            with pytest.raises(DBAPIError):
                await tx.execute(DIVIDE, {"by": 0})
            await tx.execute(WRITE, change("must not be"))

    with pytest.raises(DBAPIError) as refused:
        await go_on()
    assert sqlstate(refused.value) == "25P02"
    assert await notes(db) == []


async def test_nothing_is_written_beside_a_transaction_that_the_mapper_gave_up(db: Database, sent: list[str]) -> None:
    await learn(db, WRITE, change)

    async def go_on() -> None:
        async with db.transaction() as tx:
            await tx.execute(WRITE, change())
            tx.add(StateChange(**(change() | {"move": None})))
            with pytest.raises(IntegrityError):
                await tx.flush()
            await tx.execute(WRITE, change("must not be"))

    with pytest.raises(PendingRollbackError):
        await go_on()
    assert await notes(db) == []


async def test_who_may_only_read_writes_nothing(db: Database) -> None:
    await learn(db, WRITE, change)
    with pytest.raises(DBAPIError) as refused:
        async with db.transaction(read_only=True) as tx:
            await tx.execute(WRITE, change())
    assert sqlstate(refused.value) == "25006"


async def test_a_connection_that_went_away_is_told_and_given_up(db: Database) -> None:
    await learn(db, HERE)

    async def lose_it(tx: AsyncSession) -> None:
        await end(db, tx, await tx.scalar(HERE))
        await tx.scalar(HERE)

    with pytest.raises(DBAPIError) as refused:
        async with db.transaction() as tx:
            await lose_it(tx)
    assert refused.value.connection_invalidated
    async with db.transaction() as tx:
        assert await tx.scalar(HERE)
    pool: Any = db.engine.pool
    assert pool.checkedout() == 0


async def test_a_connection_that_goes_away_while_waiting_in_the_pool_is_told(db: Database) -> None:
    """The driver has not noticed yet: the first statement, which begins the transaction, finds out."""
    await learn(db, HERE)
    async with db.transaction() as tx:
        pid = await tx.scalar(HERE)
        assert await tx.scalar(HERE) == pid
    other = Database(db.engine.url.render_as_string(hide_password=False), pool=1)
    try:
        async with other.transaction() as tx:
            await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    finally:
        await other.close()
    told: list[DBAPIError] = []
    async with asyncio.timeout(10):
        while (now := await elsewhere(db, told)) is None:
            pass
    assert now != pid
    assert all(lost.connection_invalidated for lost in told)


async def elsewhere(db: Database, told: list[DBAPIError]) -> int | None:
    """The connection that a transaction gets; none where it was a lost one, which is told."""
    try:
        async with db.transaction() as tx:
            return cast(int, await tx.scalar(HERE))
    except DBAPIError as lost:
        told.append(lost)
        return None


async def test_who_stops_waiting_gives_the_connection_back(db: Database) -> None:
    wait = text("SELECT pg_sleep(:seconds), pg_backend_pid() AS pid")
    await learn(db, wait, {"seconds": 0})

    async def ask() -> None:
        async with db.transaction() as tx:
            await tx.execute(WRITE, change("undone"))
            await tx.execute(wait, {"seconds": 60})

    waiting = asyncio.create_task(ask())
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await notes(db) == []
    pool: Any = db.engine.pool
    assert pool.checkedout() == 0


async def test_a_session_that_was_committed_begins_anew(db: Database, sent: list[str]) -> None:
    await learn(db, WRITE, change)
    async with db.transaction() as tx:
        await tx.execute(WRITE, change("first"))
        await tx.commit()
        await tx.execute(WRITE, change("second"))
        await tx.rollback()
        await tx.execute(WRITE, change("third"))
    assert await notes(db) == ["first", "third"]
    assert len(sent) == 3


async def test_writings_are_counted(db: Database) -> None:
    with count_queries(db) as counted:
        async with db.transaction() as tx:
            for _time in range(TIMES):
                await tx.execute(WRITE, change())
    assert len(counted) == TIMES
    assert len(set(counted)) == 1
