"""Which calendar day it can be somewhere at one moment."""

from datetime import UTC, date, datetime

import pytest

from app.core.periods import earliest_today, latest_today


@pytest.mark.parametrize(
    ("hour", "minute", "earliest", "latest"),
    [
        (0, 0, date(2026, 2, 28), date(2026, 3, 1)),
        (9, 59, date(2026, 2, 28), date(2026, 3, 1)),
        (10, 0, date(2026, 2, 28), date(2026, 3, 2)),
        (11, 59, date(2026, 2, 28), date(2026, 3, 2)),
        (12, 0, date(2026, 3, 1), date(2026, 3, 2)),
        (23, 59, date(2026, 3, 1), date(2026, 3, 2)),
    ],
)
def test_what_day_it_can_be(hour, minute, earliest, latest):
    moment = datetime(2026, 3, 1, hour, minute, tzinfo=UTC)
    assert (earliest_today(moment), latest_today(moment)) == (earliest, latest)
