"""Sessions: what each kind may do, what it leaves behind, and statements that are put together once."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Database, home, once, sqlstate
from app.core.errors import Conflict
from trust.identity.models import Organisation

NOW = text("SELECT now()")
READ_ONLY = "25006"
COUNT = text("SELECT count(*) FROM state_change")
CHANGE = text(
    "INSERT INTO state_change (id, subject_type, subject_id, move, from_state, to_state, note, at) "
    "VALUES (gen_random_uuid(), 'lamp', gen_random_uuid(), 'light', 'dark', 'lit', '', now())"
)


async def test_what_reads_begins_no_transaction(db: Database) -> None:
    async with db.reading() as tx:
        assert (await tx.execute(NOW)).scalar_one() != (await tx.execute(NOW)).scalar_one()
    async with db.transaction(read_only=True) as tx:
        assert (await tx.execute(NOW)).scalar_one() == (await tx.execute(NOW)).scalar_one()


@pytest.mark.parametrize("kind", ["reading", "read_only"])
async def test_what_reads_cannot_write(db: Database, kind: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with db.reading() if kind == "reading" else db.transaction(read_only=True) as tx:
            await tx.execute(text("DELETE FROM job"))
    assert sqlstate(refused.value) == READ_ONLY
    async with db.transaction() as tx:  # the next one on the same connections may
        await tx.execute(text("DELETE FROM job"))


async def test_what_was_read_between_two_statements_is_seen(db: Database) -> None:
    async with db.reading() as tx:
        before = (await tx.execute(COUNT)).scalar_one()
        async with db.transaction() as other:
            await other.execute(CHANGE)
        assert (await tx.execute(COUNT)).scalar_one() == before + 1


@pytest.mark.parametrize("kind", ["reading", "transaction"])
async def test_who_is_told_to_stop_gives_the_connection_back(db: Database, kind: str) -> None:
    asked = asyncio.Event()

    async def wait() -> None:
        async with db.reading() if kind == "reading" else db.transaction() as tx:
            await tx.execute(text("SELECT 1"))
            asked.set()
            await tx.execute(text("SELECT pg_sleep(60)"))

    waiting = asyncio.create_task(wait())
    await asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert db.readers.in_use == db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_what_an_error_leaves_is_written_by_readers_too(db: Database) -> None:
    async def leave(tx: AsyncSession) -> None:
        await tx.execute(CHANGE)

    error = Conflict("no")
    error.leaves = leave

    async def refuse() -> None:
        async with db.reading():
            raise error

    async with db.reading() as tx:
        before = (await tx.execute(COUNT)).scalar_one()
        with pytest.raises(Conflict):
            await refuse()
        assert (await tx.execute(COUNT)).scalar_one() == before + 1


async def test_readers_and_writers_are_of_one_home(db: Database) -> None:
    async with db.reading() as reader, db.transaction() as writer:
        assert home(reader) is home(writer) is db


async def test_a_statement_is_put_together_once(db: Database) -> None:
    built = []

    @once
    def named(first: UUID, country: str) -> Select[UUID]:
        built.append((first, country))
        return select(Organisation.id).where(Organisation.id == first, Organisation.country == country)

    one, other = named(uuid4(), "DE"), named(UUID(int=7), country="FR")
    assert len(built) == 1
    assert one[0] is other[0]
    assert other[1] == {"first": UUID(int=7), "country": "FR"}
    async with db.reading() as tx:
        platform = (await tx.scalars(select(Organisation).where(Organisation.is_platform))).first()
        assert await tx.scalar(*other) is None
        if platform is not None:
            assert await tx.scalar(*named(platform.id, platform.country)) == platform.id


async def test_only_what_need_not_last_does_not_wait_for_the_disk(settings: Settings) -> None:
    asked = text("SELECT setting, source = 'client' FROM pg_settings WHERE name = 'synchronous_commit'")
    for durable in (True, False):
        db = Database(settings.database_url, durable=durable)
        for one in (db, db.aside):
            async with one.transaction() as tx:
                setting, ours = (await tx.execute(asked)).one()
                assert ours is not durable
                assert durable or setting == "off"
        await db.close()
