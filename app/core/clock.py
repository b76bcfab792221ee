"""The one clock. Everything that asks for the time asks here, so that tests can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + _offset


def advance(**amount: float) -> None:
    """Move this process's clock forward by a `timedelta(**amount)`. For tests and demonstrations."""
    global _offset
    _offset += timedelta(**amount)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Run a block as if it began at `moment`; time goes on from there and is put back afterwards."""
    global _offset
    before = _offset
    _offset = moment - datetime.now(UTC)
    try:
        yield
    finally:
        _offset = before


def reset() -> None:
    """Back to the real time."""
    global _offset
    _offset = timedelta()
