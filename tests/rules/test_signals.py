"""What counts as unusual, and the catalogue of signals."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.signals.catalogue import AREAS, SIGNALS
from app.signals.reading import DAYS, LEAST, change

YESTERDAY = date(2026, 10, 19)


def days(*numbers: int) -> dict[date, int]:
    """Yesterday's number first, then those of the days before, the last one for all that are left."""
    each = [*numbers, *[numbers[-1]] * (DAYS + 1 - len(numbers))]
    return {YESTERDAY - timedelta(days=n): number for n, number in enumerate(each)}


@pytest.mark.parametrize("number", [0, 5, LEAST - 1])
def test_few_are_never_unusual(number):
    assert change({YESTERDAY: number}, YESTERDAY).value == 0


def test_many_after_quiet_days_are():
    assert change({YESTERDAY: LEAST}, YESTERDAY).value == Decimal("10.00"), "the scale is at least one"


@pytest.mark.parametrize("number", [50, 150])
def test_more_and_less_are_alike(number):
    found = change(days(number, 100), YESTERDAY)
    assert (found.value, found.counted, found.usual) == (Decimal("5.00"), number, 100), "sqrt(100) is the scale"


def test_what_varies_much_is_usual_when_it_varies():
    restless = days(180, *(100 + 60 * (-1) ** n for n in range(DAYS)))
    assert change(restless, YESTERDAY).value < Decimal(1)
    assert change(days(180, 100), YESTERDAY).value == Decimal("8.00")


def test_one_wild_day_among_many_changes_nothing():
    assert change(days(150, 10_000, 100), YESTERDAY).value == Decimal("5.00")


def test_every_signal_has_its_area_and_a_limit():
    assert {one.area for one in SIGNALS.values()} == set(AREAS)
    assert all(one.limit >= 0 and one.name and one.help for one in SIGNALS.values())
