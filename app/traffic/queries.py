"""What is asked of traffic: figures of days and months, and what stands behind them. Only from daily figures and marks
of members, so that a year costs no more than its days.

Visits, views and seconds add up over days. Visitors do not: who did not sign in is told apart within a day alone.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.networks import UNKNOWN
from app.traffic.models import DAILY, SIGNED_IN, WRITER

MAINLAND = "CN"
NEAR = ("HK", "MO", "TW")
SILENT = timedelta(minutes=5)
"""After so long without a sign of life, a process that did not end was killed."""
_PERSONS_OUT = ("staff", "reload")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a day, a month or any span.

    day        its first day
    days       of how many days there are figures
    visitors   of a day: different ones; of more: of each day, added up (see `daily_visitors`)
    members    different ones who were signed in
    overseas   visits that began outside the mainland, `near` of them in Hong Kong, Macao or Taiwan
    unknown    visits of which nobody knows from where
    bots       views by programs
    """

    day: date
    days: int
    views: int
    visits: int
    visitors: int
    members: int
    overseas: int
    near: int
    unknown: int
    bounces: int
    seconds: int
    bots: int
    staff: int
    reloads: int

    @property
    def overseas_percent(self) -> Decimal | None:
        """Of visits whose country is known; None where there are none."""
        return percent(self.overseas, self.visits - self.unknown)

    @property
    def unknown_percent(self) -> Decimal | None:
        return percent(self.unknown, self.visits)

    @property
    def bounce_percent(self) -> Decimal | None:
        return percent(self.bounces, self.visits)

    @property
    def depth(self) -> Decimal | None:
        """Views a visit, two decimals."""
        return _ratio(self.views, self.visits)

    @property
    def mean_seconds(self) -> int | None:
        return round(self.seconds / self.visits) if self.visits else None

    @property
    def daily_visitors(self) -> Decimal | None:
        """Different visitors on a day, on average over the days that have figures."""
        return _ratio(self.visitors, self.days)


@dataclass(frozen=True, slots=True)
class Share:
    """One key of a facet: a country, a referring site, a page."""

    key: str
    views: int
    visits: int
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Writing:
    """How the span's events were written: what was let go for want of room, and processes that were killed."""

    dropped: int
    killed: int


def percent(part: int, whole: int) -> Decimal | None:
    """Two decimals, half to even; None of nothing."""
    return _ratio(100 * part, whole)


def _ratio(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.01"), ROUND_HALF_EVEN) if whole else None


def _sum(column: str, facet: str, *also: ColumnElement[bool]) -> ColumnElement[int]:
    found = func.sum(DAILY.c[column]).filter(and_(DAILY.c.facet == facet, *also))
    return func.coalesce(found, 0).label(None)


def _figures(first: date, last: date) -> Select[*tuple[Any, ...]]:
    """The sums of a span, in the order of `Figures` from `days` on, without `members`."""
    here = DAILY.c.key
    return select(
        func.count(DAILY.c.day).filter(DAILY.c.facet == "all"),
        *(_sum(column, "all") for column in ("views", "visits", "visitors")),
        _sum("visits", "country", here.not_in((MAINLAND, UNKNOWN))),
        _sum("visits", "country", here.in_(NEAR)),
        _sum("visits", "country", here == UNKNOWN),
        *(_sum(column, "all") for column in ("bounces", "seconds")),
        _sum("views", "out", here.not_in(_PERSONS_OUT)),
        _sum("views", "out", here == "staff"),
        _sum("views", "out", here == "reload"),
    ).where(DAILY.c.facet.in_(("all", "country", "out")), DAILY.c.day.between(first, last))


async def total(tx: AsyncSession, first: date, last: date) -> Figures:
    """Of all days from `first` to `last`, both included."""
    sums = (await tx.execute(_figures(first, last))).one()
    members = select(func.count(SIGNED_IN.c.visitor.distinct())).where(SIGNED_IN.c.day.between(first, last))
    return _told(first, sums, (await tx.execute(members)).scalar_one())


async def by_day(tx: AsyncSession, first: date, last: date) -> list[Figures]:
    """Every day of the span that has figures, in order."""
    return await _by(tx, first, last, "day")


async def by_month(tx: AsyncSession, first: date, last: date) -> list[Figures]:
    """Every calendar month of the span that has figures, as far as it lies in the span, in order."""
    return await _by(tx, first, last, "month")


async def _by(tx: AsyncSession, first: date, last: date, unit: str) -> list[Figures]:
    def begin(column: ColumnElement[date]) -> ColumnElement[date]:
        return func.date_trunc(unit, column) if unit != "day" else column

    when = begin(DAILY.c.day)
    rows = await tx.execute(_figures(first, last).add_columns(when).group_by(when).order_by(when))
    came = begin(SIGNED_IN.c.day)
    counted = select(came, func.count(SIGNED_IN.c.visitor.distinct())).where(SIGNED_IN.c.day.between(first, last))
    members = {_day(row[0]): row[1] for row in await tx.execute(counted.group_by(came))}
    return [_told(_day(row[-1]), row[:-1], members.get(_day(row[-1]), 0)) for row in rows]


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _told(day: date, sums: Sequence[int], members: int) -> Figures:
    days, views, visits, visitors, *rest = (int(number) for number in sums)
    return Figures(day, days, views, visits, visitors, members, *rest)


async def shares(tx: AsyncSession, facet: str, first: date, last: date, *, most: int) -> list[Share]:
    """The largest keys of a facet, by visits, or by views where the facet has no visits. The percentage is of all that
    the facet has."""
    views, visits = func.coalesce(func.sum(DAILY.c.views), 0), func.coalesce(func.sum(DAILY.c.visits), 0)
    weight = func.sum(func.coalesce(DAILY.c.visits, DAILY.c.views))
    query = (
        select(DAILY.c.key, views, visits, weight, func.sum(weight).over())
        .where(DAILY.c.facet == facet, DAILY.c.day.between(first, last))
        .group_by(DAILY.c.key)
        .having(weight > 0)
        .order_by(weight.desc(), DAILY.c.key)
        .limit(most)
    )
    return [
        Share(key, int(seen), int(came), percent(int(part), int(whole)))
        for key, seen, came, part, whole in await tx.execute(query)
    ]


async def views_of(tx: AsyncSession, facet: str, keys: Sequence[str], first: date, last: date) -> dict[str, int]:
    """Page views of these products or suppliers in the span, by key; those that nobody looked at are missing."""
    query = (
        select(DAILY.c.key, func.sum(DAILY.c.views))
        .where(DAILY.c.facet == facet, DAILY.c.key.in_(keys), DAILY.c.day.between(first, last))
        .group_by(DAILY.c.key)
    )
    return {key: int(views) for key, views in await tx.execute(query)} if keys else {}


async def views_by_day(
    tx: AsyncSession, wanted: Sequence[tuple[str, Sequence[str]]], first: date, last: date
) -> dict[date, int]:
    """Page views of several kinds of things (facet, keys) together, by day."""
    these = [and_(DAILY.c.facet == facet, DAILY.c.key.in_(keys)) for facet, keys in wanted]
    query = (
        select(DAILY.c.day, func.sum(DAILY.c.views))
        .where(or_(*these), DAILY.c.day.between(first, last))
        .group_by(DAILY.c.day)
    )
    return {day: int(views) for day, views in await tx.execute(query)}


async def writing(tx: AsyncSession, begin: datetime, end: datetime) -> Writing:
    """Of processes that ran in the span."""
    silent = and_(WRITER.c.closed_at.is_(None), WRITER.c.seen_at < clock.now() - SILENT)
    query = select(func.coalesce(func.sum(WRITER.c.dropped), 0), func.count().filter(silent)).where(
        WRITER.c.started_at < end, or_(WRITER.c.seen_at >= begin, WRITER.c.closed_at >= begin)
    )
    row = (await tx.execute(query)).one()
    return Writing(int(row[0]), int(row[1]))


async def days(tx: AsyncSession, facets: Sequence[str], first: date, last: date) -> AsyncIterator[Any]:
    """Daily figures of these facets as they lie there (day, facet, key, views, visits, visitors, bounces, seconds), in
    order; what a facet does not have is 0."""
    numbers = [func.coalesce(DAILY.c[name], 0) for name in ("views", "visits", "visitors", "bounces", "seconds")]
    query = select(DAILY.c.day, DAILY.c.facet, DAILY.c.key, *numbers).where(
        DAILY.c.facet.in_(facets), DAILY.c.day.between(first, last)
    )
    ordered = query.order_by(DAILY.c.day, DAILY.c.facet, DAILY.c.key)
    async for row in await tx.stream(ordered, execution_options={"yield_per": 1000}):
        yield row


async def members_by_month(tx: AsyncSession, first: date, last: date) -> AsyncIterator[tuple[bytes, date]]:
    """Marks of members who were there, signed in, with the first day of the month; each once, in order."""
    month = cast(func.date_trunc("month", SIGNED_IN.c.day), Date)
    query = (
        select(SIGNED_IN.c.visitor, month)
        .where(SIGNED_IN.c.day.between(first, last))
        .distinct()
        .order_by(SIGNED_IN.c.visitor, month)
    )
    async for visitor, month_ in await tx.stream(query, execution_options={"yield_per": 1000}):
        yield visitor, month_
