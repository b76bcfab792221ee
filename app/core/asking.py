"""Statements that are asked again and again go to the driver as they stand, without what SQLAlchemy does around each.

Why: `docs/adr/0057-asking-the-driver.md`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self
from weakref import WeakKeyDictionary, WeakSet

from asyncpg import Connection, InterfaceError, PostgresError
from sqlalchemy import CursorResult, Dialect, Executable, Select, TextClause
from sqlalchemy.engine import Connection as SqlConnection
from sqlalchemy.engine.result import IteratorResult, Result, SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.util.concurrency import await_only, greenlet_spawn

Process = Callable[[Any], Any]
SENT = "sent"
"""Key in Reader.info: who is told each statement that goes to the driver, such as a test that counts them."""


class Argument(NamedTuple):
    """One parameter of a statement. `given`: the value that the statement itself brings; `needed`: it brings none."""

    key: str
    given: Any
    needed: bool
    process: Process | None


class Way:
    """How one statement goes to the driver, and what its answer means."""

    def __init__(self, sql: str, arguments: list[Argument], answer: SimpleResultMetaData) -> None:
        self.sql, self._arguments, self._answer = sql, arguments, answer

    @classmethod
    async def found(cls, statement: Any, keys: list[str], driver: "Connection[Any]", dialect: Dialect) -> Self | None:
        """By what PostgreSQL says of it. None for a row that is more than its columns, such as an object's."""
        if isinstance(statement, Select):
            types = [column["type"] for column in statement.column_descriptions]
        elif type(statement) is TextClause:
            types = []  # as the driver gives them
        else:
            return None
        compiled: Any = statement.compile(dialect=dialect)
        if (
            compiled.post_compile_params or compiled.literal_execute_params
        ):  # a list that becomes parameters: this is not yet what is asked
            return None
        columns = (await driver.prepare(compiled.string)).get_attributes()
        if len(columns) != len(keys) or len(types) not in {0, len(keys)}:
            return None
        reads = [
            type_.dialect_impl(dialect).result_processor(dialect, column.type.oid)
            for type_, column in zip(types, columns, strict=False)
        ]
        arguments = [_argument(compiled.binds[name], dialect) for name in compiled.positiontup or ()]
        return cls(compiled.string, arguments, SimpleResultMetaData(keys, _processors=reads if any(reads) else None))

    async def ask(self, driver: "Connection[Any]", values: Mapping[str, Any]) -> Result[Any]:
        """Raises what the driver raises, and KeyError for a value that is missing."""
        arguments = [
            process(value) if process else value
            for key, given, needed, process in self._arguments
            for value in (values[key] if needed else values.get(key, given),)
        ]
        return IteratorResult(self._answer, iter(await driver.fetch(self.sql, *arguments)))


def _argument(bind: Any, dialect: Dialect) -> Argument:
    process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    return Argument(bind.key, bind.effective_value, bind.required, process)


_ways: WeakKeyDictionary[Executable, Way | None] = WeakKeyDictionary()
"""None: SQLAlchemy asks it."""
_once: WeakSet[Executable] = WeakSet()
"""Seen once. What was put together for one request comes no second time, and is forgotten."""


class Connections:
    """The readers' connections, out of SQLAlchemy's pool. Those that nobody uses are kept with what SQLAlchemy puts
    around each: to take one from the pool anew costs as much as three short statements.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._idle: list[SqlConnection] = []
        self._wanting = 0

    @property
    def in_use(self) -> int:
        pool: Any = self.engine.pool
        out: int = pool.checkedout()
        return out - len(self._idle)

    async def take(self) -> SqlConnection:
        """Raises what the pool raises."""
        while self._idle:
            connection = self._idle.pop()
            if _is_open(connection):
                return connection
            _drop(connection)
        self._wanting += 1
        try:
            return await greenlet_spawn(self.engine.sync_engine.connect)
        finally:
            self._wanting -= 1

    def give(self, connection: SqlConnection) -> None:
        if self._wanting or connection.in_transaction() or not _is_open(connection):
            connection.close()  # to the pool: there somebody may wait for it
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        await self.engine.dispose()


def _is_open(connection: SqlConnection) -> bool:
    return not connection.invalidated and not connection.connection.driver_connection.is_closed()  # type: ignore[union-attr]


def _drop(connection: SqlConnection) -> None:
    """The driver has noticed that the server closed it."""
    if not connection.invalidated:
        connection.invalidate()
    connection.close()


class _Session(Session):
    """With a connection that was taken for it; it goes back when the session is closed."""

    connections: Connections
    taken: SqlConnection | None = None

    def get_bind(self, *_asked: Any, **_named: Any) -> SqlConnection:
        """For whatever the session does by itself."""
        if self.taken is None:
            self.taken = await_only(self.connections.take())
        return self.taken

    def close(self) -> None:
        try:
            if self.in_transaction():  # or nothing was asked by the session itself
                super().close()
        finally:
            if self.taken is not None:
                taken, self.taken = self.taken, None
                self.connections.give(taken)


class Reader(AsyncSession):
    """A session whose statements only read, each by itself: see `Database.reading`.

    A statement that comes again as the same object was put together once, and is from then on sent by the driver. One
    that fails there is asked again by SQLAlchemy, in whose words everybody knows the error.
    """

    sync_session_class = _Session
    _driver: "Connection[Any] | None" = None

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(connections.engine, **options)
        session: _Session = self.sync_session  # type: ignore[assignment]
        session.connections = connections

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        way = None if options else _ways.get(statement)
        if way is not None:
            if sent := self.info.get(SENT):
                sent(way.sql)
            with suppress(PostgresError, InterfaceError, OSError, KeyError):
                return await way.ask(self._driver or await self._own(), params or {})
        result = await super().execute(statement, params, **options)
        if statement not in _ways and not options:
            await self._learn(statement, result)
        return result

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return (await self.execute(statement, params, **options)).scalar()

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return (await self.execute(statement, params, **options)).scalars()

    async def _own(self) -> "Connection[Any]":
        """The driver's connection: the session keeps the same one until it ends.

        Taken here, not by the session, it costs least: there is no transaction to begin and to end.
        """
        session: _Session = self.sync_session  # type: ignore[assignment]
        if session.taken is None:
            session.taken = await session.connections.take()
        driver: Connection[Any] = session.taken.connection.driver_connection
        self._driver = driver
        return driver

    async def _learn(self, statement: Executable, result: Result[Any]) -> None:
        """How a statement that comes the second time may go to the driver."""
        if statement not in _once:
            _once.add(statement)
            return
        dialect = (await self.connection()).dialect
        _ways[statement] = None  # also if it fails: what was answered stands, and is asked that way again
        if isinstance(result, CursorResult) and not result.returns_rows:
            return
        with suppress(PostgresError, InterfaceError, OSError):
            _ways[statement] = await Way.found(statement, list(result.keys()), await self._own(), dialect)
