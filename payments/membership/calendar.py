"""Days of memberships: when a term ends, what of it is left, and how one term followed another. Pure.

Days are counted in China, where the platform reports. A term's last day belongs to it and is the day the next fee is
due by.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from app.core import clock
from app.core.errors import Conflict
from app.core.i18n import _
from app.core.money import Money
from app.core.periods import day_of
from payments.membership.states import TermKind

ZONE = "Asia/Shanghai"
GRACE = 30
"""Days after the last one in which the plan goes on unpaid, and in which a paid term counts as a renewal
(definition I-04 of the renewal rate)."""
REMINDERS = (30, 15, 5, 1)
"""Days before the last one on which the company is reminded."""
NOTICE = 5
"""Days at least between the announcement of an automatic renewal and its charge. E-Commerce Supervision Measures
(PRC), art. 18, ask for a prominent reminder before it; five days were its text until 2025."""
TRIES = (0, 3, 7, 14, 28)
"""Days after the first try on which an automatic renewal is tried again."""
COOLING_OFF = 7
"""Days after the payment in which a term is refunded in full: the platform's own rule."""
EARLIEST = 180
"""So many days before its end at most a term can be renewed."""
LAST_BEFORE = 30
"""A payment earlier than so many days before the end, when the first reminder goes out, is an early renewal."""


def today() -> date:
    return day_of(clock.now(), ZONE)


def first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(ZONE))


def last_day(starts_on: date, months: int) -> date:
    """The last day of a term: the day before the same day of a later month, or that month's end where it has none."""
    month = starts_on.month - 1 + months
    year, month = starts_on.year + month // 12, month % 12 + 1
    day = min(starts_on.day, monthrange(year, month)[1])
    whole = date(year, month, day)
    return whole if day < starts_on.day else whole - timedelta(days=1)


def share_left(whole: Money, starts_on: date, ends_on: date, day: date) -> Money:
    """What of a sum for these days falls on `day` and those after it, to the last minor unit."""
    days, left = (ends_on - starts_on).days + 1, (ends_on - day).days + 1
    return whole.split([left, days - left])[0]


class Spanned(Protocol):
    """A term that counts, as far as placing the next one needs it."""

    @property
    def plan(self) -> str: ...
    @property
    def months(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...


T = TypeVar("T", bound=Spanned)


@dataclass(frozen=True, slots=True)
class Place(Generic[T]):
    """Where the next term goes. `source` is the term before it."""

    kind: TermKind
    starts_on: date
    ends_on: date
    source: T | None


def place(day: date, terms: Sequence[T], plan: str, months: int, ranks: dict[str, int]) -> Place[T]:
    """Where a term of this plan goes that is paid on `day`. `terms` are those that count, the oldest first.

    Raises Conflict where none can be taken now.
    """
    if not terms:
        return Place(TermKind.NEW, day, last_day(day, months), None)
    last = max(terms, key=lambda term: term.ends_on)
    running = next(term for term in reversed(terms) if term.ends_on == last.ends_on)
    if day > last.ends_on + timedelta(days=GRACE):
        return Place(TermKind.WIN_BACK, day, last_day(day, months), running)
    if running.starts_on > day:
        raise Conflict(_("Your next term is paid already."))
    if day <= last.ends_on and ranks[plan] > ranks[running.plan]:
        if months != running.months:
            raise Conflict(_("An upgrade has the same length as the term it belongs to."))
        return Place(TermKind.UPGRADE, day, running.ends_on, running)
    if (last.ends_on - day).days > EARLIEST:
        raise Conflict(_("A term can be renewed in its last %(days)s days.") % {"days": EARLIEST})
    begin = last.ends_on + timedelta(days=1)
    return Place(TermKind.RENEWAL, begin, last_day(begin, months), running)


class Renewal(StrEnum):
    """What became of a term that came to its end."""

    EARLY = "early"
    ON_TIME = "on_time"
    GRACE = "grace"
    WAIVED = "waived"  # followed by a term for which nothing was to be paid: no renewal
    WIN_BACK = "win_back"
    NONE = "none"


def renewal(ends_on: date, paid_on: date | None, starts_on: date | None, fee: int) -> Renewal:
    """How a term was renewed, by the term that followed it; `starts_on` None: by none. `fee` in minor units."""
    if starts_on is None:
        return Renewal.NONE
    if starts_on > ends_on + timedelta(days=GRACE):
        return Renewal.WIN_BACK if fee else Renewal.WAIVED
    if not fee or paid_on is None:
        return Renewal.WAIVED
    if paid_on > ends_on:
        return Renewal.GRACE
    return Renewal.EARLY if (ends_on - paid_on).days > LAST_BEFORE else Renewal.ON_TIME
