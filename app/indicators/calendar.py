"""When the figures of a month can be counted, and when they are final.

Provisional a day after its end. Final five working days after it; of renewals, whose cohort has days of grace, 30 days
later, of disputes 90, of completion 180.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.periods import Period, day_of
from app.core.workdays import add_working_days
from app.indicators.figures import groups
from app.indicators.figures.base import months_before

ONE = timedelta(days=1)
WORKING_DAYS = 5
WAITS = {
    groups.FIGURES: timedelta(0),
    groups.RENEWAL: timedelta(days=30),
    groups.DISPUTES: timedelta(days=90),
    groups.COMPLETION: timedelta(days=180),
    groups.STANDING: timedelta(0),
}
PROVISIONAL, FINAL = 0, 1
"""Revisions: from FINAL on figures are final, and each further one corrects the one before."""


def final_on(closing: str, last: date) -> date:
    """The day on which the figures of the month that ends on `last` become final."""
    return add_working_days(last + WAITS[closing], WORKING_DAYS)


def revision_at(closing: str, last: date, moment: datetime, zone: str) -> int | None:
    """The revision that is to be there at a moment: None, PROVISIONAL or FINAL."""
    if moment < _end(last + ONE, zone):
        return None
    return FINAL if moment >= _end(final_on(closing, last), zone) else PROVISIONAL


def months(first: date, moment: datetime, zone: str) -> Iterator[date]:
    """Last days of the months that are over, from the month of `first` on."""
    last = Period.month(first, zone).last
    today = day_of(moment, zone)
    while last < today:
        yield last
        last = Period.month(last + ONE, zone).last


def month_end(text: str) -> date | None:
    """The last day of `2026-03`; None for what is no month."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return Period.month(first, "UTC").last


def before(last: date, months_: int) -> date:
    """The last day of the month so many months before."""
    return months_before(last, months_) - ONE


def _end(day: date, zone: str) -> datetime:
    return datetime.combine(day + ONE, time(), ZoneInfo(zone))
