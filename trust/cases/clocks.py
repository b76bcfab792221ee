"""How long something may take, as pure values: a clock has a length, and stands still while somebody is waited for.

Hours run by themselves. Days are counted whole, in the platform's zone: the day on which the clock began does not
count, nor does a day at whose end the clock stood still; it is due at the end of the last one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.workdays import is_working_day

ONE_DAY = timedelta(days=1)


class Unit(StrEnum):
    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


@dataclass(frozen=True, slots=True)
class Length:
    """So many of a unit; working days are those of the country `calendar`."""

    number: int
    unit: Unit
    calendar: str = "CN"


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still from `since` until before `until` (None: it still does)."""

    since: datetime
    until: datetime | None = None


def due(began: datetime, length: Length, zone: str, pauses: Sequence[Pause] = ()) -> datetime | None:
    """When the time is over: the first moment after it, in UTC; None while the clock stands still.

    pauses  in their order, none within another, none before `began`
    """
    if any(pause.until is None for pause in pauses):
        return None
    if length.unit is Unit.HOURS:
        still = sum((pause.until - pause.since for pause in pauses if pause.until), timedelta())
        return began + timedelta(hours=length.number) + still
    day, left = began.astimezone(ZoneInfo(zone)).date(), length.number
    while left:
        day += ONE_DAY
        left -= _counts(day, length, zone, pauses)
    return _end(day, zone)


def _counts(day: date, length: Length, zone: str, pauses: Sequence[Pause]) -> bool:
    if length.unit is Unit.WORKING_DAYS and not is_working_day(day, length.calendar):
        return False
    end = _end(day, zone)
    return not any(pause.until and pause.since < end <= pause.until for pause in pauses)


def _end(day: date, zone: str) -> datetime:
    """The first moment of the next day."""
    return datetime.combine(day + ONE_DAY, time(), ZoneInfo(zone)).astimezone(UTC)
