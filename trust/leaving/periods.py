"""How long a company says beforehand that it closes; by the day from which it is so."""

from datetime import date, timedelta

NOTICE = ((date(2026, 11, 22), timedelta(days=30)),)
"""E-Commerce Law (PRC) art. 16: thirty days, which the database holds to as well. MOFCOM announcement 2011 No. 18, 5.9,
asks about a month of a platform that closes."""


def notice(day: date) -> timedelta:
    """The period in force on a day; before the first one, that one."""
    return next((period for since, period in reversed(NOTICE) if since <= day), NOTICE[0][1])
