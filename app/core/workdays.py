"""Working days by the calendar of a country, with the weekends that China works to make up for long holidays.

China's State Council publishes a year's calendar at the end of the year before: until then, and until the library
that brings it here is renewed, a later year is counted by its statutory holidays alone.
"""

from datetime import date
from functools import lru_cache

from holidays import HolidayBase, country_holidays


@lru_cache(maxsize=16)
def _calendar(calendar: str) -> HolidayBase:
    return country_holidays(calendar)


def add_working_days(start: date, days: int, calendar: str = "CN") -> date:
    """The day that is so many working days after `start`, which itself does not count."""
    return _calendar(calendar).get_nth_working_day(start, days)
