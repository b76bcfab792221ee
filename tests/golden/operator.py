"""I-01 Registered capital of the operator, as it was stated."""

from fractions import Fraction

from tests.golden.deals import amount
from tests.golden.raw import World
from tests.golden.telling import Stretch, Told

CODES = ("I-01.1", "I-01.2")
WAN = 10_000


def figures(world: World, stretch: Stretch) -> Told:
    told = Told()
    said = {row.changed_on: row for row in sorted(world.operator_capital, key=lambda row: row.stated_at)}
    days = sorted(day for day in said if day <= stretch.last)
    if not days:
        for code in CODES:
            told.value(code, None)
        return told
    inside = [day for day in days if day >= stretch.first]
    outside = [day for day in days if day < stretch.first]
    now = said[days[-1]]
    for code, name in (("I-01.1", "subscribed"), ("I-01.2", "paid_in")):
        for day in outside[-1:] + inside:
            told.value(code, _wan(said[day], name), "since", day.isoformat())
        told.value(code, _wan(now, name))
        told.value(code, _wan(now, name), "currency", now.subscribed_currency)
    return told


def _wan(row: object, name: str) -> Fraction:
    return amount(getattr(row, f"{name}_minor"), getattr(row, f"{name}_currency")) / WAN
