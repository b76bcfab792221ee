"""On which terms the platform proves an account: dated, for each proof costs it the amount and a bank's charge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """In force from `since` on.

    highest     by currency, in its minor units: an amount lies between 1 and this, so a blind guess is right once in so
                many times; a currency that is not named here is not proved
    tries       so many wrong amounts end a request
    open_for    so long after our bank has sent it, the amount can be entered
    of_company  so many requests of one company within `window`
    a_day       so many requests of all companies within 24 hours
    """

    since: date
    highest: Mapping[str, int]
    tries: int
    open_for: timedelta
    of_company: int
    window: timedelta
    a_day: int


TERMS: tuple[Terms, ...] = (
    # Starting values of the platform: some two US dollars at most, and with three requests of three tries in 90 days a
    # company that only guesses is right in one case of twenty-two at most, of a hundred and eleven in yuan.
    Terms(
        since=date(2026, 1, 1),
        highest={
            "USD": 199,
            "EUR": 199,
            "GBP": 199,
            "CNY": 999,
            "HKD": 999,
            "JPY": 299,
            "KRW": 2999,
            "KWD": 599,
            "BHD": 599,
        },
        tries=3,
        open_for=timedelta(days=14),
        of_company=3,
        window=timedelta(days=90),
        a_day=100,
    ),
)


def terms(on: date) -> Terms:
    """Those of this day; before the first, the first."""
    known = [one for one in TERMS if one.since <= on]
    return known[-1] if known else TERMS[0]
