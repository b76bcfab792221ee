"""What is told of a span: numbers, shares and sums as exact fractions, by code and part."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

SHANGHAI = timezone(timedelta(hours=8))
Number = int | Fraction | Decimal
Part = Callable[[Any], str | Collection[str]]
"""Which part of its kind a thing belongs to; none or several where it is a collection."""
Key = tuple[str, str, str]
"""Code, kind of part and part."""
Line = tuple[Fraction | None, Fraction | None, Fraction | None]
"""Value, numerator and denominator."""


@dataclass(frozen=True)
class Stretch:
    """Days from `first` to `last` in Shanghai."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=SHANGHAI).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        next_day = self.last + timedelta(days=1)
        return datetime(next_day.year, next_day.month, next_day.day, tzinfo=SHANGHAI).astimezone(UTC)

    @property
    def year_before(self) -> "Stretch":
        next_day = self.last + timedelta(days=1)
        return Stretch(
            self.first.replace(year=self.first.year - 1),
            next_day.replace(year=next_day.year - 1) - timedelta(days=1),
        )

    def has(self, moment: datetime | None) -> bool:
        return moment is not None and self.begin <= moment < self.end

    def has_day(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


def months(last: date, number: int) -> Stretch:
    """So many months up to the last day of one."""
    first = last.replace(day=1)
    for _month in range(number - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return Stretch(first, last)


def day_of(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


class Told:
    """Lines by code and part. A line that says nothing may be left out: a part of nought is as good as none."""

    def __init__(self) -> None:
        self.lines: dict[Key, Line] = {}

    def value(self, code: str, value: Number | None, cut: str = "", key: str = "") -> None:
        self._say((code, cut, key), value, None, None)

    def ratio(self, code: str, part: Number, whole: Number, times: int = 1, *, cut: str = "", key: str = "") -> None:
        """To two decimals, half to even; nothing of nothing."""
        value = round(Fraction(part) * times / Fraction(whole), 2) if whole else None
        self._say((code, cut, key), value, part, whole)

    def percent(self, code: str, part: Number, whole: Number, *, cut: str = "", key: str = "") -> None:
        self.ratio(code, part, whole, 100, cut=cut, key=key)

    def count(self, code: str, things: Sequence[Any], **parts: Part) -> None:
        """How many there are, and of each part."""
        for cut, key, some in _parts(things, parts):
            self.value(code, len(some), cut, key)

    def share(self, code: str, things: Sequence[Any], true: Callable[[Any], bool], **parts: Part) -> None:
        """Of the things, and of each part, those of which it is true, in percent."""
        for cut, key, some in _parts(things, parts):
            self.percent(code, sum(1 for thing in some if true(thing)), len(some), cut=cut, key=key)

    def sum(self, code: str, things: Sequence[Any], amount: Callable[[Any], Number], **parts: Part) -> None:
        """What they come to, and those of each part; rounded once."""
        for cut, key, some in _parts(things, parts):
            self.value(code, round(total(amount(thing) for thing in some), 2), cut, key)

    def hours(self, code: str, times: Iterable[timedelta]) -> None:
        """The median in hours, of whole seconds."""
        taken = [Fraction(time // timedelta(seconds=1), 3600) for time in times]
        self.value(code, round(middle(taken), 2) if taken else None)

    def _say(self, key: Key, *numbers: Number | None) -> None:
        assert key not in self.lines, f"{key} is told twice"
        value, part, whole = (None if number is None else Fraction(number) for number in numbers)
        self.lines[key] = value, part, whole


def _parts(things: Sequence[Any], parts: dict[str, Part]) -> Iterable[tuple[str, str, list[Any]]]:
    """The whole, then each part: its kind, its name and the things that belong to it."""
    yield "", "", list(things)
    for cut, of in parts.items():
        named = [({said} if isinstance(said := of(thing), str) else set(said), thing) for thing in things]
        for key in sorted({name for names, _thing in named for name in names}):
            yield cut, key, [thing for names, thing in named if key in names]


def total(amounts: Iterable[Number]) -> Fraction:
    return sum((Fraction(amount) for amount in amounts), Fraction())


def middle(numbers: Sequence[Fraction]) -> Fraction:
    """The median."""
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def geo(country: str) -> str:
    if country == "ZZ":
        return "unknown"
    if country == "CN":
        return "mainland"
    return "near" if country in ("HK", "MO", "TW") else "overseas"
