"""Working days, as a country's authorities announce them: public holidays off, made-up weekends on."""

from datetime import date, timedelta
from functools import lru_cache

from holidays import HolidayBase, country_holidays

ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def _calendar(country: str) -> HolidayBase:
    try:
        return country_holidays(country)
    except NotImplementedError as error:
        raise ValueError(f"no calendar of working days for {country!r}") from error


def is_working_day(day: date, calendar: str = "CN") -> bool:
    """Whether people work on `day` in the country `calendar` (ISO 3166-1 alpha-2). Raises ValueError for another."""
    return bool(_calendar(calendar).is_working_day(day))


def add_working_days(start: date, days: int, calendar: str = "CN") -> date:
    """The day on which the `days`th working day after `start` falls; `start` itself never counts.

    days     0 or more; 0 is `start`, working day or not
    raises   ValueError for fewer, or for a country without a calendar
    """
    if days < 0:
        raise ValueError("working days are counted forward")
    day = start
    while days:
        day += ONE_DAY
        days -= is_working_day(day, calendar)
    return day
