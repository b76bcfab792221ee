"""Days, months and the spans between them, cut in the zone in which the platform reports."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def earliest_today(moment: datetime) -> date:
    """The earliest calendar day on which it can be this moment somewhere (UTC-12): nobody's "today" is before it."""
    return (moment - timedelta(hours=12)).date()


def latest_today(moment: datetime) -> date:
    """The latest calendar day on which it can be this moment somewhere (UTC+14). What somebody dates later than that
    lies in the future; by the day of UTC, who works in Shenzhen could not date a paper today before eight."""
    return (moment + timedelta(hours=14)).date()


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from `first` to `last`, both included, in `zone`."""

    first: date
    last: date
    zone: str

    @classmethod
    def month(cls, day: date, zone: str) -> Self:
        """The month in which `day` lies."""
        return cls(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]), zone)

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), ZoneInfo(self.zone))

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), ZoneInfo(self.zone))

    @property
    def previous_month(self) -> "Period":
        """The month before the one in which it begins."""
        return Period.month(self.first.replace(day=1) - timedelta(days=1), self.zone)

    def __str__(self) -> str:
        """`2026-10` for a whole month, else `2026-10-05/2026-10-20`."""
        if self == Period.month(self.first, self.zone):
            return f"{self.first:%Y-%m}"
        return f"{self.first}/{self.last}"
