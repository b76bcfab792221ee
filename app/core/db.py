"""The database: one declarative base, one way to open a transaction, and the only commit of the whole house."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from functools import cached_property
from inspect import signature
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import MetaData, bindparam, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from app.core.asking import SENT, Connections, Reader, Writer
from app.core.crypto import Vault
from app.core.errors import DomainError

T = TypeVar("T")
P = ParamSpec("P")

RUNG = "jobs_to_ring_for"  # key in AsyncSession.info: ids of jobs written in this transaction, due at once
VAULT = "vault"  # key in AsyncSession.info: what seals the words that wait in the queue
HOME = "home"  # key in AsyncSession.info: see `home`
RETRIED_SQLSTATES = {"40001", "40P01"}  # serialization failure, deadlock
ATTEMPTS = 5
PREPARED = 256
"""Statements that a connection keeps prepared; of a hundred, the driver's own, one in six was prepared again."""
_PREPARED = {
    "prepared_statement_cache_size": PREPARED,
    "statement_cache_size": PREPARED,  # the driver's own, of what is sent to it directly: of any size, for good
    "max_cached_statement_lifetime": 0,
    "max_cacheable_statement_size": 0,
}
_inside: ContextVar[bool] = ContextVar("inside_transaction", default=False)


def outside_transaction(call: str) -> None:
    """Adapters of outer services say this before they call: a transaction must never wait for somebody else's server,
    and what was done there cannot be rolled back here. Raises RuntimeError inside a transaction of this task.
    """
    if _inside.get():
        raise RuntimeError(f"{call} inside a transaction")


def once(build: Callable[P, T]) -> Callable[P, tuple[T, dict[str, Any]]]:
    """A statement that is put together with its first use, for that takes longer than to ask it. `build` is called with
    names in the place of its arguments; every use then gives their values: `await tx.scalar(*statement(id))`.

    Not where the statement's form depends on a value: for a list ask `any_(values)`; None is never found by `==`.
    """
    names = list(signature(build).parameters)
    kept: list[T] = []

    def statement(*values: P.args, **named: P.kwargs) -> tuple[T, dict[str, Any]]:
        if not kept:
            kept.append(build(*map(bindparam, names)))  # type: ignore[arg-type, call-arg]  # names for values
        return kept[0], dict(zip(names, values, strict=False)) | named

    return statement


class Base(DeclarativeBase):
    """Every table. Names of constraints follow from the columns, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """Connections that write and connections that only read, and the one way to a session on either.

    durable  False: no commit waits for the disk, and with the machine's power the last ones may be lost. For what
             nobody relies on before it is whole.
    """

    def __init__(self, url: str, *, pool: int = 10, durable: bool = True) -> None:
        self._url, self._durable = url, durable
        self.doorbell: Callable[[list[UUID]], None] | None = None
        self.vault: Vault | None = None
        self.sent: Callable[[str], None] | None = None  # is told what sessions send by themselves
        self.engine = _engine(url, durable=durable, pool_size=pool, max_overflow=pool)
        self.reader = _engine(url, reads=True, pool_size=pool, max_overflow=0, isolation_level="AUTOCOMMIT")
        self.readers = Connections(self.reader)
        self._read_only = self.engine.execution_options(postgresql_readonly=True)  # one BEGIN READ ONLY

    def transaction(self, *, read_only: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises. What the error leaves is then
        written in another.

        read_only  PostgreSQL itself refuses writes.
        """
        return self._session(Writer(self._read_only if read_only else self.engine, **self._options))

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Statements that only read, each by itself, which is all that READ COMMITTED would promise them together:
        nothing is begun and nothing committed. PostgreSQL itself refuses writes: a page cannot change what it shows.

        Not for what needs a transaction: rows that come in pieces, settings and locks that last until its end.
        """
        return self._session(Reader(self.readers, **self._options))

    @property
    def _options(self) -> dict[str, Any]:
        return {"expire_on_commit": False, "info": {VAULT: self.vault, HOME: self, SENT: self._tell}}

    def _tell(self, sql: str) -> None:
        if self.sent:
            self.sent(sql)

    @asynccontextmanager
    async def _session(self, session: AsyncSession) -> AsyncIterator[AsyncSession]:
        around = _inside.get()
        _inside.set(True)
        try:
            try:
                yield session
                if session.in_transaction() and not isinstance(session, Reader):
                    await session.commit()
            except BaseException:
                async with session:  # given back also by who is told to stop while waiting for it
                    raise
            finally:
                _inside.set(around)
        except DomainError as refused:
            if (leaves := refused.leaves) is not None:
                refused.leaves = None
                async with self.aside.transaction() as tx:
                    await leaves(tx)
            raise
        session.sync_session.close()  # the connection went back with the commit: nothing to wait for
        if self.doorbell and (rung := session.info.pop(RUNG, None)):
            self.doorbell(rung)

    async def retrying(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction of its own, again (5 times at most) when PostgreSQL says it lost a race."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.transaction() as tx:
                    return await work(tx)
            except DBAPIError as error:
                if attempt == ATTEMPTS or sqlstate(error) not in RETRIED_SQLSTATES:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    @cached_property
    def aside(self) -> "Database":
        """A few connections of their own for what a request must write although it fails, such as counted tries.

        Taken from the same pool, many requests that each hold one connection could wait for a second for ever.
        """
        aside = Database(self._url, pool=2, durable=self._durable)
        aside.doorbell, aside.vault = self.doorbell, self.vault
        return aside

    async def close(self) -> None:
        if "aside" in self.__dict__:
            await self.aside.close()
        await self.engine.dispose()
        await self.readers.close()


def _engine(url: str, *, reads: bool = False, durable: bool = True, **options: Any) -> AsyncEngine:
    server_settings = {"application_name": "portolan", "timezone": "UTC"}
    if reads:
        server_settings["default_transaction_read_only"] = "on"
    if not durable:
        server_settings["synchronous_commit"] = "off"
    engine = create_async_engine(
        url,
        pool_use_lifo=True,  # each connection prepares statements for itself: the one just used knows the most
        hide_parameters=True,  # what a statement was given stays out of errors, and so of logs and of the queue
        json_deserializer=from_json,  # reads a list's cards in half the time of the standard library's
        connect_args={**_PREPARED, "server_settings": server_settings},
        **options,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def home(tx: AsyncSession) -> Database:
    """Which database a session is of. What a process remembers of it is kept under that, for readers and writers."""
    found: Database = tx.info[HOME]
    return found


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """A server that went away closed its connections, and asyncpg has noticed: the pool opens new ones instead.

    SQLAlchemy's own test before each use asks the server, which costs more than most of our queries.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five-character error code, or "" when there is none (the connection is gone)."""
    return str(getattr(error.orig, "sqlstate", "") or "")


def constraint(error: DBAPIError) -> str:
    """The name of the constraint that refused, or ""."""
    cause: Any = getattr(error.orig, "__cause__", None)
    return str(getattr(cause, "constraint_name", "") or "")
