"""Reference rates of exchange: a table of what a source published for a day, and what an amount comes to by them.

The rate for a day is the one published for that day or, when there is none, for the latest day before it: a weekend has
Friday's. Nothing is interpolated, and a rate older than `OLDEST` is refused. A pair that was not published is derived
from two that were, through their common base, on one and the same day; a derived rate has `DIGITS` significant digits,
rounded half to even.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Self
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Date, Index, Numeric, String, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, pk, ref
from app.core.db import Base
from app.core.errors import Unavailable
from app.core.i18n import _
from app.core.money import Money, UnitPrice, exponent

OLDEST = timedelta(days=7)
DIGITS = 16
SHOWN_DIGITS = 4  # of a converted unit price finer than the currency's own decimals
WEEKEND = 5  # Saturday's number
_derive = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)


class FxRate(Base):
    """What one source published: one `base` is `rate` `quote`. Insert-only; the newest row of a pair and day counts.

    replaces     the row that this one corrects, of the same pair and day
    imported_by  the member; None for the command line
    """

    __tablename__ = "fx_rate"
    __table_args__ = (
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint("base <> quote", name="pair"),
        Index("uq_fx_rate_first", "day", "base", "quote", unique=True, postgresql_where=text("replaces IS NULL")),
    )

    id: Mapped[UUID] = pk()
    base: Mapped[str] = mapped_column(CHAR(3))
    quote: Mapped[str] = mapped_column(CHAR(3))
    day: Mapped[date] = mapped_column(Date, index=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(24, 12))
    source: Mapped[str] = mapped_column(String(40))
    published_at: Mapped[datetime] = moment()
    replaces: Mapped[UUID | None] = ref("fx_rate.id", nullable=True, index=False, unique=True)
    imported_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = created()


class RateMissing(Unavailable):
    """No rate of this pair was published for the day or the seven days before it. Facts: `base`, `quote`, `day`."""

    code = "rate_missing"


@dataclass(frozen=True, slots=True)
class Rate:
    """One `base` is `value` `quote`; published or derived from what `source` published for `day`."""

    base: str
    quote: str
    value: Decimal
    day: date
    source: str

    @property
    def shown(self) -> Decimal:
        """The value to six significant digits, for people."""
        return Decimal(f"{Context(prec=6).plus(self.value).normalize():f}")

    def convert(self, amount: Money) -> "Converted":
        """Rounded once, half to even, to the minor unit of `quote`."""
        exact = (amount.decimal * self.value).scaleb(exponent(self.quote))
        return Converted(Money(int(exact.to_integral_value(ROUND_HALF_EVEN)), self.quote), self)

    def convert_price(self, price: UnitPrice) -> UnitPrice:
        """To the decimals of `quote`, or to four significant digits where that is finer; never beyond six decimals."""
        exact = price.amount * self.value
        places = max(exponent(self.quote), min(6, SHOWN_DIGITS - 1 - exact.adjusted() if exact else 0))
        return UnitPrice(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), self.quote)


@dataclass(frozen=True, slots=True)
class Converted:
    """What an amount comes to by a reference rate: to look at, never to owe."""

    amount: Money
    rate: Rate


@dataclass(frozen=True, slots=True)
class Published:
    """One row that counts."""

    id: UUID
    base: str
    quote: str
    day: date
    rate: Decimal
    source: str
    published_at: datetime


class Rates:
    """What was published for a day and the seven before it."""

    def __init__(self, day: date, rows: Iterable[Published]) -> None:
        self.day = day
        self._days: dict[date, dict[tuple[str, str], Published]] = {}
        for row in rows:
            if timedelta() <= day - row.day <= OLDEST:
                self._days.setdefault(row.day, {})[row.base, row.quote] = row

    @classmethod
    async def on(cls, tx: AsyncSession, day: date) -> Self:
        """The rates for a day; one query."""
        return cls(day, await published(tx, day - OLDEST, day))

    @cached_property
    def newest(self) -> date | None:
        return max(self._days, default=None)

    @cached_property
    def currencies(self) -> list[str]:
        """Every currency that occurs, by code."""
        return sorted({code for table in self._days.values() for pair in table for code in pair})

    def between(self, base: str, quote: str) -> Rate:
        """Of the latest day that has one. Raises RateMissing."""
        if base == quote:
            return Rate(base, quote, Decimal(1), self.day, "")
        for day in sorted(self._days, reverse=True):
            if found := _rate(self._days[day], base, quote):
                return found
        message = _("No exchange rate from %(base)s to %(quote)s was published for this day or the week before it.")
        raise RateMissing(message % {"base": base, "quote": quote}, base=base, quote=quote, day=self.day.isoformat())

    def convert(self, amount: Money, quote: str) -> Converted:
        """Raises RateMissing."""
        return self.between(amount.currency, quote).convert(amount)


def _rate(table: dict[tuple[str, str], Published], base: str, quote: str) -> Rate | None:
    """As published, else its inverse, else through the first common base by code."""
    if row := table.get((base, quote)):
        return Rate(base, quote, row.rate, row.day, row.source)
    if row := table.get((quote, base)):
        return Rate(base, quote, _derive.divide(Decimal(1), row.rate), row.day, row.source)
    for through in sorted({row.base for row in table.values()}):
        first, second = table.get((through, base)), table.get((through, quote))
        if first and second:
            value = _derive.divide(second.rate, first.rate)
            source = first.source if first.source == second.source else f"{first.source}, {second.source}"
            return Rate(base, quote, value, first.day, source)
    return None


async def published(tx: AsyncSession, first: date, last: date) -> list[Published]:
    """The rows that count for these days, corrections in place of what they correct; by day and pair."""
    rows = await tx.execute(
        select(FxRate.id, FxRate.base, FxRate.quote, FxRate.day, FxRate.rate, FxRate.source, FxRate.published_at)
        .where(FxRate.day.between(first, last))
        .ext(distinct_on(FxRate.day, FxRate.base, FxRate.quote))
        .order_by(FxRate.day, FxRate.base, FxRate.quote, FxRate.id.desc())
    )
    return [Published(*row) for row in rows]


async def newest_day(tx: AsyncSession) -> date | None:
    """The latest day for which anything was published."""
    return (await tx.execute(select(func.max(FxRate.day)))).scalar_one()


def due(today: date) -> date:
    """The day whose rates must be here by now: the last working day (Monday to Friday) before `today`."""
    day = today - timedelta(days=1)
    while day.weekday() >= WEEKEND:
        day -= timedelta(days=1)
    return day
