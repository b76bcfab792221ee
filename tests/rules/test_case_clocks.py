"""Clocks of cases at their edges. China 2026: Spring Festival is 15 to 23 February, made up for on Saturdays 14 and 28
February; National Day is 1 to 7 October, made up for on Sunday 20 September and Saturday 10 October.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.workdays import add_working_days, is_working_day
from trust.cases.clocks import Length, Pause, Unit, due

ZONE = "Asia/Shanghai"
SHANGHAI = ZoneInfo(ZONE)


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def working(number: int, calendar: str = "CN") -> Length:
    return Length(number, Unit.WORKING_DAYS, calendar)


@pytest.mark.parametrize(
    ("start", "days", "calendar", "end"),
    [
        (date(2026, 11, 20), 1, "CN", date(2026, 11, 23)),  # over a weekend
        (date(2026, 2, 13), 1, "CN", date(2026, 2, 14)),  # a Saturday made up for the holiday
        (date(2026, 2, 13), 2, "CN", date(2026, 2, 24)),  # over the whole of Spring Festival
        (date(2026, 2, 27), 1, "CN", date(2026, 2, 28)),
        (date(2026, 9, 18), 1, "CN", date(2026, 9, 20)),  # a Sunday
        (date(2026, 9, 30), 3, "CN", date(2026, 10, 10)),
        (date(2026, 12, 24), 1, "DE", date(2026, 12, 28)),
        (date(2026, 12, 24), 1, "CN", date(2026, 12, 25)),
        (date(2026, 2, 17), 0, "CN", date(2026, 2, 17)),
    ],
)
def test_working_days_are_counted_as_announced(start, days, calendar, end):
    assert add_working_days(start, days, calendar) == end


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 1, 1), -1)
    with pytest.raises(ValueError, match="no calendar"):
        is_working_day(date(2026, 1, 1), "XX")


def test_a_working_day_ends_with_the_platform_s_day():
    assert due(at(11, 20), working(1), ZONE) == at(11, 24, 0)
    assert due(at(11, 20, 23, 59), working(1), ZONE) == at(11, 24, 0)
    assert due(at(11, 21, 0), working(1), ZONE) == at(11, 24, 0), "a Saturday is no working day, and does not count"


def test_the_day_is_the_platform_s_not_greenwich_s():
    late = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # 00:30 on the 20th in Shanghai, a Friday
    assert due(late, working(1), ZONE) == at(11, 24, 0)
    assert due(late - timedelta(hours=1), working(1), ZONE) == at(11, 21, 0)


def test_a_holiday_week_does_not_run():
    assert due(at(2, 13), working(1), ZONE) == at(2, 15, 0), "the made-up Saturday runs"
    assert due(at(2, 14), working(1), ZONE) == at(2, 25, 0)
    assert due(at(2, 16), working(5), ZONE) == at(3, 1, 0), "24 to 27 February, and Saturday the 28th"


def test_the_overseas_desk_has_its_own_calendar():
    assert due(at(12, 24), working(1, "DE"), ZONE) == at(12, 29, 0)
    assert due(at(12, 24), working(1), ZONE) == at(12, 26, 0)


def test_fifteen_calendar_days_exactly():
    length = Length(15, Unit.CALENDAR_DAYS)
    assert due(at(2, 10, 0), length, ZONE) == at(2, 26, 0)
    assert due(at(2, 10, 23, 59), length, ZONE) == at(2, 26, 0), "holidays count like any day"


def test_hours_run_by_themselves():
    length = Length(24, Unit.HOURS)
    assert due(at(2, 17), length, ZONE) == at(2, 18)
    pauses = [Pause(at(2, 17, 12), at(2, 17, 15)), Pause(at(2, 18, 9), at(2, 18, 9, 30))]
    assert due(at(2, 17), length, ZONE, pauses) == at(2, 18, 13, 30)


def test_a_clock_that_stands_still_is_never_due():
    for length in (working(1), Length(24, Unit.HOURS), Length(15, Unit.CALENDAR_DAYS)):
        assert due(at(11, 20), length, ZONE, [Pause(at(11, 20, 11))]) is None


def test_a_day_at_whose_end_it_stood_still_does_not_count():
    began = at(11, 16)  # a Monday
    assert due(began, working(3), ZONE) == at(11, 20, 0)
    assert due(began, working(3), ZONE, [Pause(at(11, 17, 9), at(11, 17, 18))]) == at(11, 20, 0), "within a day"
    assert due(began, working(3), ZONE, [Pause(at(11, 17, 9), at(11, 18, 0))]) == at(11, 21, 0), "until midnight"
    assert due(began, working(3), ZONE, [Pause(at(11, 17, 9), at(11, 19, 9))]) == at(11, 24, 0), "Friday, then Monday"


def test_a_pause_over_a_holiday_costs_only_working_days():
    paused = [Pause(at(2, 13, 9), at(2, 24, 9))]
    assert due(at(2, 12), working(2), ZONE) == at(2, 15, 0)
    assert due(at(2, 12), working(2), ZONE, paused) == at(2, 26, 0), "the 13th and the made-up 14th are counted again"
    calendar = Length(15, Unit.CALENDAR_DAYS)
    assert due(at(2, 12), calendar, ZONE, paused) == at(2, 28, 0) + timedelta(days=11)
