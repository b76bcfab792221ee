"""The one clock. Everything that asks for the time asks here, so that tests can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_offset = timedelta()
_away: ContextVar[timedelta] = ContextVar("away", default=timedelta())


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + _offset + _away.get()


def advance(**amount: float) -> None:
    """Move this process's clock forward by a `timedelta(**amount)`. For tests and demonstrations."""
    global _offset
    _offset += timedelta(**amount)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Run a block, with the tasks it starts, as if it began at `moment`; time goes on from there.

    Other tasks keep their own time.
    """
    token = _away.set(moment - datetime.now(UTC) - _offset)
    try:
        yield
    finally:
        _away.reset(token)


def reset() -> None:
    """Back to the real time."""
    global _offset
    _offset = timedelta()
