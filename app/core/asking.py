"""Statements that are asked again and again go to the driver as they stand, without what SQLAlchemy does around each.

Why: `docs/adr/0057-asking-the-driver.md` for readers, `docs/adr/0060-writers-ask-the-driver-too.md` for transactions.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Self, cast
from weakref import WeakKeyDictionary, WeakSet

from asyncpg import Connection, InterfaceError, PostgresError
from sqlalchemy import Dialect, Executable, Insert, Select, TextClause, Update
from sqlalchemy.engine import Connection as SqlConnection
from sqlalchemy.engine.result import IteratorResult, Result, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError, ResourceClosedError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.util.concurrency import await_only, greenlet_spawn

Process = Callable[[Any], Any]
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]
SENT = "sent"
"""Key in AsyncSession.info: who is told each statement that goes to the driver, such as a test that counts them."""


class Argument(NamedTuple):
    """One parameter of a statement. `given`: the value that the statement itself brings; `needed`: it brings none."""

    key: str
    given: Any
    needed: bool
    process: Process | None


class Way:
    """How one statement goes to the driver, and what its answer means.

    reads    what the session has not written yet must be written first
    columns  of what changes rows: it has a place for these values and no others
    """

    def __init__(
        self,
        sql: str,
        arguments: list[Argument],
        answer: SimpleResultMetaData,
        *,
        reads: bool,
        columns: frozenset[str] | None,
    ) -> None:
        self.sql, self.reads = sql, reads
        self._arguments, self._answer, self._columns = arguments, answer, columns

    @classmethod
    async def found(
        cls, statement: Any, keys: list[str], values: Mapping[str, Any], driver: "Connection[Any]", dialect: Dialect
    ) -> Self | None:
        """By what PostgreSQL says of it. None for a row that is more than its columns, such as an object's, and for
        what gives columns values by itself.
        """
        columns = frozenset(values) if isinstance(statement, Insert | Update) else None
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(values) if columns else None)
        if compiled.post_compile_params or compiled.literal_execute_params:
            return None  # a list that becomes parameters: this is not yet what is asked
        types = _types(statement, compiled)
        if types is None:
            return None
        answered = (await driver.prepare(compiled.string)).get_attributes()
        if len(answered) != len(keys) or len(types) not in {0, len(keys)}:
            return None
        reads = [
            type_.dialect_impl(dialect).result_processor(dialect, column.type.oid)
            for type_, column in zip(types, answered, strict=False)
        ]
        arguments = [_argument(compiled.binds[name], dialect) for name in compiled.positiontup or ()]
        answer = SimpleResultMetaData(keys, _processors=reads if any(reads) else None)
        return cls(compiled.string, arguments, answer, reads=isinstance(statement, Select), columns=columns)

    async def ask(self, driver: "Connection[Any]", values: Mapping[str, Any]) -> Result[Any]:
        """Raises what the driver raises, and KeyError for a value that is missing or has no place."""
        return IteratorResult(self._answer, iter(await driver.fetch(self.sql, *self._given(values))))

    async def write(self, driver: "Connection[Any]", rows: Sequence[Mapping[str, Any]]) -> Result[Any]:
        """The same for many. Raises KeyError also where each would answer with rows."""
        if self._answer.keys:
            raise KeyError
        await driver.executemany(self.sql, [self._given(values) for values in rows])
        return IteratorResult(self._answer, iter(()))

    def _given(self, values: Mapping[str, Any]) -> list[Any]:
        if self._columns is not None and self._columns != values.keys():
            raise KeyError
        return [
            process(value) if process else value
            for key, given, needed, process in self._arguments
            for value in (values[key] if needed else values.get(key, given),)
        ]


def _types(statement: Any, compiled: Any) -> list[Any] | None:
    """Of the columns it answers with; empty: as the driver gives them. None for what stays SQLAlchemy's."""
    if isinstance(statement, Select):
        return [column["type"] for column in statement.column_descriptions]
    if isinstance(statement, Insert | Update):
        by_itself = "entity" in statement.entity_description or compiled.insert_prefetch or compiled.update_prefetch
        return None if by_itself else [column.type for column in statement.exported_columns]
    return [] if type(statement) is TextClause else None


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


class Asking(AsyncSession):
    """A session whose statements, where they come again as the same object, were put together once and are from then
    on sent by the driver.
    """

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        way = None if options else _ways.get(statement)
        if way is not None and (answer := await self._by_driver(way, params or {})) is not None:
            return answer
        result = await super().execute(statement, params, **options)
        if statement not in _ways and not options:
            await self._learn(statement, params or {}, result)
        return result

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return (await self.execute(statement, params, **options)).scalar()

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return (await self.execute(statement, params, **options)).scalars()

    @abstractmethod
    async def _by_driver(self, way: Way, values: Values) -> Result[Any] | None:
        """None: it is SQLAlchemy that must ask."""

    @abstractmethod
    async def _own(self) -> "Connection[Any] | None":
        """The driver's connection that the session's statements go to, if it may be asked past the session."""

    def _tell(self, way: Way) -> None:
        self.info[SENT](way.sql)

    async def _learn(self, statement: Executable, values: Values, result: Result[Any]) -> None:
        """How a statement that comes the second time may go to the driver."""
        if statement not in _once:
            _once.add(statement)
            return
        if (driver := await self._own()) is None:
            return
        dialect = (await self.connection()).dialect
        _ways[statement] = None  # also if it fails: what was answered stands, and is asked that way again
        keys: list[str] = []
        with suppress(ResourceClosedError):  # it has no rows
            keys = list(result.keys())
        if keys or isinstance(statement, Insert):
            with suppress(PostgresError, InterfaceError, OSError):
                given = values if isinstance(values, Mapping) else values[0]
                _ways[statement] = await Way.found(statement, keys, given, driver, dialect)


class Reader(Asking):
    """A session whose statements only read, each by itself: see `Database.reading`.

    A statement that fails by the driver is asked again by SQLAlchemy, in whose words everybody knows the error.
    """

    sync_session_class = _Session
    _driver: "Connection[Any] | None" = None

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(connections.engine, **options)
        session: _Session = self.sync_session  # type: ignore[assignment]
        session.connections = connections

    async def _by_driver(self, way: Way, values: Values) -> Result[Any] | None:
        if not isinstance(values, Mapping):
            return None
        self._tell(way)
        with suppress(PostgresError, InterfaceError, OSError, KeyError):
            return await way.ask(self._driver or await self._own(), values)
        return None

    async def _own(self) -> "Connection[Any]":
        """The session keeps the same one until it ends.

        Taken here, not by the session, it costs least: there is no transaction to begin and to end.
        """
        session: _Session = self.sync_session  # type: ignore[assignment]
        if session.taken is None:
            session.taken = await session.connections.take()
        driver: Connection[Any] = session.taken.connection.driver_connection
        self._driver = driver
        return driver


class Writer(Asking):
    """A session in one transaction.

    A statement that fails by the driver has failed the transaction: its error comes in SQLAlchemy's words.
    """

    _begun: SessionTransaction | None = None
    _driver: "Connection[Any]"

    async def _by_driver(self, way: Way, values: Values) -> Result[Any] | None:
        if (driver := await self._own()) is None:
            return None
        session = self.sync_session
        if way.reads and session.autoflush and (session.new or session.dirty or session.deleted):
            await self.flush()
        self._tell(way)
        try:
            return await (way.ask(driver, values) if isinstance(values, Mapping) else way.write(driver, values))
        except KeyError:
            return None
        except (PostgresError, InterfaceError, OSError) as error:
            raise await self._told(way, error) from error

    async def _own(self) -> "Connection[Any] | None":
        session = self.sync_session
        if not session.is_active:
            return None
        innermost = session.get_nested_transaction() or session.get_transaction()
        if innermost is not None and innermost is self._begun:
            return self._driver if self._driver.is_in_transaction() else None
        # Here the session takes a connection, or sets the savepoint that it was told of.
        connection: Any = (await self.connection()).sync_connection
        driver = connection.connection.driver_connection
        if not driver.is_in_transaction():
            try:
                await connection.connection.dbapi_connection._start_transaction()
            except connection.dialect.dbapi.Error:
                return None  # SQLAlchemy will find the same, and say it
        self._begun, self._driver = session.get_nested_transaction() or session.get_transaction(), driver
        return self._driver

    async def _told(self, way: Way, error: Exception) -> Exception:
        connection = await self.connection()
        dbapi: Any = connection.dialect.dbapi
        adapted: Any = (await connection.get_raw_connection()).dbapi_connection
        try:
            adapted._handle_exception(error)  # where SQLAlchemy says which of its errors this is
        except dbapi.Error as known:
            lost = connection.dialect.is_disconnect(known, adapted, None)
            if lost:
                await connection.invalidate(known)
            told: Any = DBAPIError.instance(
                way.sql, None, known, dbapi.Error, hide_parameters=True, connection_invalidated=lost
            )
            return cast("DBAPIError", told)
        return error
