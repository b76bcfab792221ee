"""Events in ClickHouse, by its official package; a synchronous client, run in threads.

A batch reaches ClickHouse before PostgreSQL signs it, and may reach it again: its key makes it one. Nothing is locked
while ClickHouse computes; of two that compute the same day, what the later asked for stays.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from clickhouse_connect import get_client
from clickhouse_connect.driver import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.traffic import columnar
from app.traffic.models import DAILY, SIGNED_IN
from app.traffic.postgres import copy, drop_days
from app.traffic.rolling import LOCK, RULES
from app.traffic.store import Batch, EventsAway, EventsRefused, Sign

T = TypeVar("T")
PATIENCE = 10  # seconds for a batch
LONG = 240  # seconds for a statement of the roll-up: within the lease of a job
NUMBERS = ("facet", "key", "views", "visits", "visitors", "bounces", "seconds", "median_seconds")


class ClickHouseEvents:
    """EventStore in ClickHouse 26 (run with 26.9); `url` as https://user:password@host:8443/database.

    One server, or one replica: who signs a batch must not be asked elsewhere than where it was written.
    """

    def __init__(self, db: Database, url: str) -> None:
        self._db, self._url = db, url

    @cached_property
    def _writer(self) -> Client:
        """Made with the first batch, which is after processes were forked."""
        return self._client(PATIENCE)

    def _client(self, patience: int, session: str | None = None) -> Client:
        return get_client(
            dsn=self._url,
            connect_timeout=PATIENCE,
            send_receive_timeout=patience,
            query_retries=0,  # the recorder and the queue of jobs ask again
            autogenerate_session_id=False,
            session_id=session,
        )

    async def write(self, batch: Batch, sign: Sign) -> None:
        _check(batch)
        await _apart(lambda: self._insert(batch))
        async with self._db.aside.transaction() as tx:
            await sign(tx)

    def _insert(self, batch: Batch) -> None:
        rows = [(batch.writer, batch.number, line, *row) for line, row in enumerate(batch.rows)]
        names, kinds = list(columnar.COLUMNS), list(columnar.COLUMNS.values())
        self._writer.insert("web_event", rows, column_names=names, column_type_names=kinds)

    async def make_days(self, first: date, last: date) -> None:
        """Nothing: partitions come with their events."""

    async def roll_up(self, day: date) -> None:
        async with self._db.transaction(read_only=True) as tx:
            asked = (await tx.execute(select(func.clock_timestamp()))).scalar_one()
        figures, members = await _apart(lambda: self._compute(day))
        await self._db.retrying(lambda tx: _put(tx, day, figures, members, asked))

    def _compute(self, day: date) -> tuple[Sequence[Sequence[Any]], Sequence[Sequence[Any]]]:
        """A day's figures, in the order of NUMBERS, and the marks of its members."""
        beside = {"before": day - timedelta(days=1), "day": day, "after": day + timedelta(days=1)}
        rules = {name: _micro(rule) if isinstance(rule, timedelta) else rule for name, rule in RULES.items()}
        with self._session() as client:
            for statement in (columnar.JUDGED, columnar.BEGUN):
                client.command(statement, parameters=beside | rules)
            figures = client.query(columnar.FACETS, parameters=beside | rules).result_rows
            return figures, client.query(columnar.MEMBERS, parameters=beside).result_rows

    @contextmanager
    def _session(self) -> Iterator[Client]:
        """A session of its own, with which its temporary tables go."""
        client = self._client(LONG, str(uuid4()))
        try:
            for setting in columnar.SETTINGS:
                client.set_client_setting(setting, 1)
            yield client
        finally:
            with suppress(ClickHouseError):  # else they go with the session, a minute later
                for table in ("judged", "begun"):
                    client.command(f"DROP TEMPORARY TABLE IF EXISTS {table}")
            client.close()

    async def drop_days(self, before: date) -> None:
        await self._db.retrying(lambda tx: drop_days(tx, before))
        await _apart(lambda: self._drop(before))

    def _drop(self, before: date) -> None:
        for (day,) in self._writer.query(columnar.DAYS, parameters={"before": before}).result_rows:
            self._writer.command(f"ALTER TABLE web_event DROP PARTITION '{date.fromisoformat(day)}'")

    async def create(self) -> None:
        await _apart(lambda: self._writer.command(columnar.CREATE))

    async def state(self) -> str:
        question = "SELECT version(), (SELECT count() FROM web_event)"
        [(version, events)] = await _apart(lambda: self._writer.query(question).result_rows)
        return f"ClickHouse {version} at {urlsplit(self._url).hostname}, {events:,} events"


def _micro(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _check(batch: Batch) -> None:
    """Keys of figures are text of PostgreSQL: what that would never take, is not kept here either."""
    try:
        said = "".join(value for row in batch.rows for value in row if isinstance(value, str)).encode()
    except UnicodeEncodeError as error:
        raise EventsRefused(repr(error)) from error
    if b"\0" in said:
        raise EventsRefused("a text has a zero byte")


async def _apart(work: Callable[[], T]) -> T:
    """In a thread. Raises EventsRefused or EventsAway."""
    try:
        return await asyncio.to_thread(work)
    except DataError as error:
        raise EventsRefused(repr(error)) from error
    except ClickHouseError as error:
        raise EventsAway(str(error).splitlines()[0] if str(error) else repr(error)) from error


async def _put(
    tx: AsyncSession, day: date, figures: Sequence[Sequence[Any]], members: Sequence[Sequence[Any]], asked: datetime
) -> None:
    """Put a day's figures in place of those that were asked for earlier."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=LOCK))
    there = await tx.scalar(select(func.max(DAILY.c.computed_at)).where(DAILY.c.day == day, DAILY.c.facet == "all"))
    if there is not None and there > asked:
        return
    await tx.execute(delete(DAILY).where(DAILY.c.day == day))
    await tx.execute(delete(SIGNED_IN).where(SIGNED_IN.c.day == day))
    rows = [(day, *row, asked) for row in figures]
    await copy(tx, "traffic_daily", ["day", *NUMBERS, "computed_at"], rows)
    await copy(tx, "traffic_signed_in", ["day", "visitor"], [(day, *row) for row in members])
