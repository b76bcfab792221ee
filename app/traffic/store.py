"""Where events of page views lie, in our own words; PostgreSQL and ClickHouse stand behind it, held to one contract by
one suite.

Only the events lie there. A day's figures and the marks of members always land in PostgreSQL, so that `queries` is the
only door whichever it is.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import NamedTuple, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


class EventsRefused(Exception):
    """The store will never take this batch, however often it is asked."""


class EventsAway(ConnectionError):
    """The store does not answer, or not as it should: later perhaps."""


class Batch(NamedTuple):
    """Events that are written at once. Writer and number tell it from all others: the same again is the same batch.

    rows  a value for each column of EVENT, in their order
    """

    writer: UUID
    number: int
    rows: Sequence[tuple[object, ...]]


Sign = Callable[[AsyncSession], Awaitable[bool]]
"""Writes into PostgreSQL that a batch was written and which days it changed. False when that stands there already."""


class EventStore(Protocol):
    """Keeps events, and computes days of them. What it cannot do now raises EventsAway, or what PostgreSQL raises."""

    async def write(self, batch: Batch, sign: Sign) -> None:
        """Keep a batch and sign it. It may come again however the first time ended, and counts once; whoever sees the
        signature sees the events. Raises EventsRefused."""
        ...

    async def make_days(self, first: date, last: date) -> None:
        """Make room for the events of these days, where that is needed. May be repeated."""
        ...

    async def roll_up(self, day: date) -> None:
        """Compute a day anew from its events and those of the days beside it: its rows of `traffic_daily` and
        `traffic_signed_in` change at once. Two at a time leave what the one that began later saw."""
        ...

    async def create(self) -> None:
        """Make the table of events, where migrations do not. May be repeated."""
        ...

    async def state(self) -> str:
        """In a line for who runs it: what it is, where, and how much it has."""
        ...

    async def drop_days(self, before: date) -> None:
        """Drop whole days of events, and the marks of members on them. Raises, and drops nothing, for days that are
        still to be kept."""
        ...
