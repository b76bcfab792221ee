"""Working days are counted by the calendar of the country."""

from datetime import date

import pytest

from app.core.workdays import add_working_days


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
