"""Working days by the calendar of a country, with the weekends that China works to make up for long holidays.

China's State Council publishes a year's calendar at the end of the year before: until then, and until the library
that brings it here is renewed, a later year is counted by its statutory holidays alone.
"""

import sys
from datetime import date
from functools import lru_cache
from importlib.util import find_spec, module_from_spec

from holidays import HolidayBase, country_holidays

# The package of all countries, known but not run: it would load 250 of them, 13 MB, with the first that is asked for.
if countries := find_spec("holidays.countries"):
    sys.modules.setdefault(countries.name, module_from_spec(countries))


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
    return _calendar(calendar).get_nth_working_day(start, days) if days else start
