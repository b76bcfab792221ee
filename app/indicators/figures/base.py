"""What a figure is, the span it is counted over, and how amounts and shares are rounded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

Cut = tuple[str, str]
"""What a figure is limited to, such as ("country", "DE")."""
WHOLE: Cut = ("", "")
MAINLAND = "CN"
NEAR = frozenset({"HK", "MO", "TW"})
UNKNOWN = "ZZ"
CENT = Decimal("0.01")
DAY = timedelta(days=1)
EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
"""Sums and products of amounts and rates lose nothing before they are rounded, once, at the end."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days from `first` to `last` in `zone`: every moment from `begin` on and before `end`."""

    first: date
    last: date
    zone: str
    begin: datetime = field(init=False, repr=False, compare=False)
    end: datetime = field(init=False, repr=False, compare=False)
    _since: datetime = field(init=False, repr=False, compare=False)
    _until: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        begin = datetime.combine(self.first, time(), ZoneInfo(self.zone))
        end = datetime.combine(self.last + DAY, time(), ZoneInfo(self.zone))
        # Rows are read in UTC, and moments of one zone are compared without asking it: millions are.
        made = {"begin": begin, "end": end, "_since": begin.astimezone(UTC), "_until": end.astimezone(UTC)}
        for name, moment in made.items():
            object.__setattr__(self, name, moment)

    @property
    def year_before(self) -> "Span":
        """The same days a year before; whole months stay whole."""
        return _year_before(self)

    def holds(self, moment: datetime | None) -> bool:
        return moment is not None and self._since <= moment < self._until

    def closes(self, limit: datetime | None) -> bool:
        """Whether a time limit ends in it. A limit is the first moment after its time, so midnight is that of the day
        before."""
        return limit is not None and self._since < limit <= self._until


@lru_cache(maxsize=1000)
def _year_before(span: Span) -> Span:
    return Span(_year_back(span.first), _year_back(span.last + DAY) - DAY, span.zone)


def _year_back(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `value` is None where there is nothing to be said, such as a share of nothing.

    numerator, denominator  of what it is a share or a mean; None for a count or a sum
    """

    code: str
    cut: Cut
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


def count(code: str, number: int, cut: Cut = WHOLE) -> Figure:
    return Figure(code, cut, Decimal(number))


def share(code: str, part: Decimal | int, whole: Decimal | int, cut: Cut = WHOLE) -> Figure:
    """In percent with two decimals, rounded half to even; None of nothing."""
    return _ratio(code, Decimal(part), Decimal(whole), 100, cut)


def mean(code: str, total: Decimal | int, of: Decimal | int, cut: Cut = WHOLE) -> Figure:
    """With two decimals, rounded half to even; None of nothing."""
    return _ratio(code, Decimal(total), Decimal(of), 1, cut)


def _ratio(code: str, part: Decimal, whole: Decimal, times: int, cut: Cut) -> Figure:
    value = EXACT.divide(part * times, whole).quantize(CENT, ROUND_HALF_EVEN) if whole else None
    return Figure(code, cut, value, part, whole)


def change(now: Decimal, base: Decimal, *, points: bool) -> Decimal | None:
    """From `base` to `now` in percent with two decimals, rounded half to even; None from nought. With `points`, of what
    is a percentage itself, the difference."""
    if points:
        return now - base
    return EXACT.divide((now - base) * 100, abs(base)).quantize(CENT, ROUND_HALF_EVEN) if base else None


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """Exact: the common context of decimals would round a sum of many."""
    total = Decimal()
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def rounded(amount: Decimal, places: int = 2) -> Decimal:
    """An amount to the decimals of its currency, half to even."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, EXACT)


def median(values: Iterable[Decimal]) -> Decimal | None:
    """The middle one, or the mean of the two in the middle; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else EXACT.divide(ordered[middle - 1] + ordered[middle], Decimal(2))


def hours(times: Iterable[timedelta]) -> list[Decimal]:
    """In whole seconds' fractions of an hour, exact."""
    return [EXACT.divide(Decimal(time // timedelta(seconds=1)), Decimal(3600)) for time in times]


def median_hours(code: str, times: Iterable[timedelta], cut: Cut = WHOLE) -> Figure:
    """With two decimals, rounded half to even; None of nothing."""
    middle = median(hours(times))
    return Figure(code, cut, None if middle is None else rounded(middle))


def months_before(last: date, months: int) -> date:
    """The first day of the span of so many whole months that ends on `last`, the last day of a month."""
    number = last.year * 12 + last.month - months
    return date(number // 12, number % 12 + 1, 1)


def spans(last: date, zone: str) -> dict[str, Span]:
    """What ends on the last day of a month: the `month`, the `quarter` and the `year` where they end too, and the
    twelve months up to it (`r12m`)."""
    lengths = {"month": 1, "quarter": 3, "year": 12, "r12m": 12}
    ends = {"month": 1, "quarter": 3, "year": 12, "r12m": 1}
    return {
        name: Span(months_before(last, months), last, zone)
        for name, months in lengths.items()
        if last.month % ends[name] == 0
    }


def geo(country: str) -> str:
    """`mainland`, `near` (Hong Kong, Macao, Taiwan), `overseas`, or `unknown`."""
    if country == UNKNOWN:
        return "unknown"
    return "mainland" if country == MAINLAND else "near" if country in NEAR else "overseas"


class Counts:
    """Counts by code and cut, each thing counted once in the whole and once in every cut it belongs to."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, Cut], int] = defaultdict(int)

    def add(self, code: str, cuts: Iterable[Cut], number: int = 1) -> None:
        self.add_to_parts(code, (WHOLE, *cuts), number)

    def add_to_parts(self, code: str, cuts: Iterable[Cut], number: int = 1) -> None:
        """Without the whole, for what counts beside it alone."""
        for cut in cuts:
            self._numbers[code, cut] += number

    def at_least(self, codes: Iterable[str]) -> None:
        """These stand there with 0 where nothing was counted."""
        for code in codes:
            self._numbers[code, WHOLE] += 0

    def of(self, code: str, cut: Cut = WHOLE) -> int:
        return self._numbers.get((code, cut), 0)

    def cuts(self, code: str) -> list[Cut]:
        return sorted(cut for known, cut in self._numbers if known == code)

    def figures(self) -> Iterator[Figure]:
        for (code, cut), number in sorted(self._numbers.items()):
            yield count(code, number, cut)


class Shares:
    """Shares by code and cut: of the things that belong to each, those of which it is true."""

    def __init__(self, codes: Iterable[str] = ()) -> None:
        self._counts: dict[tuple[str, Cut], list[int]] = {(code, WHOLE): [0, 0] for code in codes}

    def add(self, code: str, cuts: Iterable[Cut], true: bool) -> None:
        for cut in (WHOLE, *cuts):
            found = self._counts.setdefault((code, cut), [0, 0])
            found[0] += true
            found[1] += 1

    def figures(self) -> Iterator[Figure]:
        for (code, cut), (part, whole) in sorted(self._counts.items()):
            yield share(code, part, whole, cut)


class Sums:
    """Exact sums of amounts by code and cut, rounded when they are told."""

    def __init__(self) -> None:
        self._amounts: dict[tuple[str, Cut], Decimal] = defaultdict(Decimal)

    def add(self, code: str, cuts: Iterable[Cut], amount: Decimal) -> None:
        self.add_to_parts(code, (WHOLE, *cuts), amount)

    def add_to_parts(self, code: str, cuts: Iterable[Cut], amount: Decimal) -> None:
        """Without the whole, where the parts are not of one kind: currencies do not add up."""
        for cut in cuts:
            self._amounts[code, cut] = EXACT.add(self._amounts[code, cut], amount)

    def at_least(self, codes: Iterable[str]) -> None:
        for code in codes:
            self._amounts[code, WHOLE] += 0

    def of(self, code: str, cut: Cut = WHOLE) -> Decimal:
        return self._amounts.get((code, cut), Decimal())

    def figures(self, places: Mapping[str, int] | None = None) -> Iterator[Figure]:
        """`places`: decimals by the value of a cut, such as a currency; two for all others."""
        for (code, cut), amount in sorted(self._amounts.items()):
            yield Figure(code, cut, rounded(amount, (places or {}).get(cut[1], 2)))
