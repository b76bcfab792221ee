"""The rows that figures are counted from: one thing that happened or stands, without names, numbers of deals or words.

A party, person or deal is a mark: the same for the same throughout the rows of one platform, and nobody's name. A sheet
is a file of comma-separated rows, the names of the columns first, in the order of the rows' first column.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import TextIOBase
from types import NoneType
from typing import Any, NamedTuple, TextIO, TypeVar, get_args, get_type_hints


class Party(NamedTuple):
    """A company that has been registered with a confirmed contact, and until when.

    country   verified, or as declared while `verified` is false; ISO 3166-1 alpha-2
    area      of a mainland company, the first two digits of its administrative division (GB/T 2260), or ""
    since     registered, and a contact confirmed: the later of both
    until     the moment from which it is counted no more, and `why`: left or terminated
    """

    party: str
    country: str
    area: str
    verified: bool
    buys: bool
    sells: bool
    since: datetime
    until: datetime | None
    why: str


class Person(NamedTuple):
    """A member of a company with a confirmed address, and until when."""

    person: str
    party: str
    since: datetime
    until: datetime | None


class Act(NamedTuple):
    """That somebody of a company did a thing of this kind in the month beginning on `month`: `ask`, `answer`, `list`,
    `quote`, `sign`, `pay`, `ship`, `accept` or `complain`."""

    party: str
    kind: str
    month: date


class Day(NamedTuple):
    """Page views of a day: of `all` people, or of one key of a facet: a `country`, `channel` or `referrer`; or, under
    `out`, of what was left out, by the reason. `seconds`: how long visits with more than one page took, added up.
    """

    day: date
    facet: str
    key: str
    views: int
    visits: int
    visitors: int
    bounces: int
    seconds: int


class Seen(NamedTuple):
    """That a member was there, signed in, in the month beginning on `month`."""

    person: str
    month: date


class Enquiry(NamedTuple):
    """An inquiry from a buyer to a supplier, and when a contract came of it.

    country   the buyer's
    answered  the supplier's first answer
    """

    inquiry: str
    country: str
    asked: datetime
    answered: datetime | None
    contracted: datetime | None


class Deal(NamedTuple):
    """An order under an effective contract.

    amount      the contract's total in `currency`, which has `places` decimals
    usd, cny    what one unit of it was on the day it came into force, by the rates of `rate_day`; None without one
    category    of the platform, the two highest levels (`light/led`); chapter: the first two digits of the HS code
    area        of the seller, as Party.area
    paid        the first receipt of money; completed: accepted, or silence past the window
    ended       and `end`: completed, refunded, cancelled or terminated; `by`: which side asked for it, or ""
    disputed    the first dispute, and `ruling`: buyer, supplier, shared, ruled, settled, withdrawn or open, or ""
    linked      buyer and seller are confirmed to be one hand's: left out of every net figure
    """

    deal: str
    buyer: str
    seller: str
    buyer_country: str
    seller_country: str
    area: str
    category: str
    chapter: str
    contracted: datetime
    currency: str
    places: int
    amount: Decimal
    usd: Decimal | None
    cny: Decimal | None
    rate_day: date | None
    paid: datetime | None
    completed: datetime | None
    ended: datetime | None
    end: str
    by: str
    disputed: datetime | None
    ruling: str
    linked: bool


class Due(NamedTuple):
    """A paid membership term that came to its last day, `ends_on`, and what became of it.

    annual      what it costs for twelve months at its list price, in minor units of `currency`
    outcome     early, on_time, grace, win_back, waived, none, or voided
    sanctioned  ended by a sanction of the platform
    change      renewed to a larger (1), the same (0) or a smaller (-1) plan
    """

    party: str
    plan: str
    months: int
    ends_on: date
    outcome: str
    sanctioned: bool
    change: int
    currency: str
    annual: int


class Complaint(NamedTuple):
    """A complaint, report or dispute that came in before the span's end, and what is known of it then.

    kind        complaint, report or dispute; topic: what it is about; side: who complained: buyer, supplier or visitor
    country     of who complained, or ZZ
    answered    the first answer of a person; accepted: taken up; decided: when it was said whether it is taken up
    due         by when it had to be closed, pauses counted in
    answer_due  by when the first answer, and `accept_due` the word whether it is taken up, had to be there
    upheld      ruled for who complained, whole or in part; None while nothing is ruled
    satisfied   1 to 5, or None
    """

    case: str
    kind: str
    topic: str
    side: str
    country: str
    anonymous: bool
    received: datetime
    decided: datetime | None
    accept_due: datetime | None
    accepted: datetime | None
    answered: datetime | None
    answer_due: datetime | None
    due: datetime | None
    closed: datetime | None
    end: str
    upheld: bool | None
    reopened: bool
    satisfied: int | None


Row = TypeVar("Row", bound=tuple[Any, ...])


class BadSheet(ValueError):
    """A sheet that is not one of ours; says in which line."""


def sheet(file: TextIOBase | TextIO, kind: type[Row]) -> Callable[[Row], object]:
    """Begin a sheet; what is returned writes a row."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_fields(kind))
    return lambda row: writer.writerow(texts(row))


def texts(row: tuple[Any, ...]) -> list[str]:
    """A row as it stands in its sheet, cell by cell."""
    return [_cell(value) for value in row]


def read(lines: Iterable[str], kind: type[Row]) -> Iterator[Row]:
    """The rows of a sheet. Raises BadSheet."""
    reader = csv.reader(lines)
    if next(reader, None) != list(_fields(kind)):
        raise BadSheet(f"line 1: the columns of a sheet of {kind.__name__} are {', '.join(_fields(kind))}")
    readers = [_reader(types) for types in _fields(kind).values()]
    for number, cells in enumerate(reader, 2):
        if len(cells) != len(readers):
            raise BadSheet(f"line {number}: {len(cells)} cells, where {len(readers)} belong")
        try:
            yield kind._make([read(cell) for read, cell in zip(readers, cells, strict=True)])  # type: ignore[attr-defined]
        except (ValueError, ArithmeticError) as error:
            raise BadSheet(f"line {number}: {error}") from None


@cache
def _fields(kind: type[tuple[Any, ...]]) -> dict[str, tuple[type, ...]]:
    """Column name → the types it may have, NoneType among them where it may be empty."""
    return {name: get_args(hint) or (hint,) for name, hint in get_type_hints(kind).items()}


def _cell(value: object) -> str:
    return _WRITERS.get(type(value), str)(value)


def _reader(types: Sequence[type]) -> Callable[[str], object]:
    """What reads a cell of a column that may have these types."""
    known = _READERS.get(types[0], types[0])
    if NoneType in types:
        return lambda cell: known(cell) if cell else None
    return known


def _flag(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError(f"{cell!r} is neither 0 nor 1")
    return cell == "1"


def _decimal(cell: str) -> Decimal:
    if not cell.lstrip("-").replace(".", "", 1).isdigit():
        raise ValueError(f"{cell!r} is no number")
    return Decimal(cell)


_WRITERS: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _none: "",
    bool: lambda value: "1" if value else "0",
    Decimal: "{:f}".format,
    datetime: datetime.isoformat,
    date: date.isoformat,
}
_READERS: dict[type, Callable[[str], object]] = {
    bool: _flag,
    Decimal: _decimal,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}
