"""Working days are counted by the calendar of the country."""

import subprocess
import sys
from datetime import date

import pytest

from app import run
from app.core.workdays import add_working_days, is_working_day


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # over a weekend
        (date(2026, 11, 22), 10, date(2026, 12, 4)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the National Day week
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday that China works
        (date(2026, 9, 18), 1, date(2026, 9, 20)),  # a Sunday that China works
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
    ],
)
def test_working_days_are_those_that_china_works(start, days, end):
    assert add_working_days(start, days) == end


def test_each_country_has_its_own_and_an_unknown_one_is_refused():
    assert [is_working_day(date(2026, 10, 3), country) for country in ("DE", "SA")] == [False, False]
    assert [is_working_day(date(2026, 10, 4), country) for country in ("DE", "SA")] == [False, True]
    with pytest.raises(ValueError, match="XX"):
        is_working_day(date(2026, 10, 3), "XX")


def test_only_the_country_that_is_asked_for_is_loaded():
    asking = (
        "import sys; from datetime import date; from app.core.workdays import is_working_day;"
        "is_working_day(date(2026, 1, 5));"
        "print([name for name in sys.modules if name.startswith('holidays.countries.')])"
    )
    said = subprocess.run(
        [sys.executable, "-c", asking], cwd=run.ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout.strip() == "['holidays.countries.china']"
