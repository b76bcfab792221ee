"""How long members of a company that has left may still sign in."""

from datetime import date, datetime, timedelta

from app.core import clock

READING = ((date(2026, 11, 22), timedelta(days=183)),)
"""Half a year, in which a company makes up its accounts, to read and to take along; by the day from which that is so.
What the law keeps is given out on request afterwards (/privacy/requests)."""


def read_until(left_at: datetime) -> datetime:
    """The end of that time, by the period of the day on which the company left."""
    day = left_at.date()
    return left_at + next((period for since, period in reversed(READING) if since <= day), READING[0][1])


def is_over(left_at: datetime | None) -> bool:
    return left_at is not None and read_until(left_at) <= clock.now()
