"""Prices also in another currency: chosen by the reader, converted by the newest reference rate, only to look at.

The choice is kept in the browser, as the language is; programs name it in the query (`display=CNY`). What is owed is
never converted.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel

from app.core import clock
from app.core.config import Settings
from app.core.i18n import _, format_date, format_money, format_price
from app.core.money import CURRENCIES, Money, UnitPrice
from app.core.periods import day_of
from app.core.rates import Rate, RateMissing, Rates
from app.core.web import Tx

COOKIE = "currency"
QUERY = "display"


class ConvertedOut(BaseModel):
    """Prices in another currency, by a reference rate: one unit of the price's own currency is `rate` `currency`.

    prices  in the order of those beside which this stands; to look at, not what is owed
    """

    currency: str
    rate: Decimal
    day: date
    source: str
    prices: list[str]


@dataclass(frozen=True, slots=True)
class Lens:
    """Shows prices in `currency`. What is in that currency already, or has no rate, is shown without."""

    currency: str
    rates: Rates

    def rate(self, currency: str) -> Rate | None:
        if currency == self.currency:
            return None
        try:
            return self.rates.between(currency, self.currency)
        except RateMissing:
            return None

    def prices(self, *prices: UnitPrice) -> ConvertedOut | None:
        """Prices of one currency, converted."""
        rate = self.rate(prices[0].currency)
        if rate is None:
            return None
        shown = [f"{rate.convert_price(price).amount:f}" for price in prices]
        return ConvertedOut(currency=self.currency, rate=rate.value, day=rate.day, source=rate.source, prices=shown)

    def about(self, low: UnitPrice, high: UnitPrice) -> str:
        """`about CNY 7.85 – 9.10 (rate of 20 Nov 2026, ECB)`; empty where nothing is converted."""
        rate = self.rate(low.currency)
        if rate is None:
            return ""
        shown = [format_price(rate.convert_price(price)) for price in (low, high)]
        text = shown[0] if shown[0] == shown[1] else f"{shown[0]} – {shown[1].partition(chr(0xA0))[2]}"
        return said(text, rate)


def said(amount: str, rate: Rate) -> str:
    """A converted amount with the rate that made it."""
    facts = {"amount": amount, "day": format_date(rate.day), "source": rate.source}
    return _("about %(amount)s (rate of %(day)s, %(source)s)") % facts


@dataclass(frozen=True, slots=True)
class About:
    """An amount converted to look at; `rate` is None where it was in that currency already."""

    amount: Money
    rate: Rate | None

    @property
    def text(self) -> str:
        return said(format_money(self.amount), self.rate) if self.rate else format_money(self.amount)


def convert(rates: Rates, amount: Money, currency: str) -> About | None:
    """What an amount comes to; None while no rate is known."""
    if amount.currency == currency:
        return About(amount, None)
    try:
        made = rates.convert(amount, currency)
    except RateMissing:
        return None
    return About(made.amount, made.rate)


def chosen(request: Request) -> str:
    """The currency asked for; empty when none was."""
    code = request.query_params.get(QUERY) or request.cookies.get(COOKIE, "")
    return code if code in CURRENCIES else ""


async def rates_of_today(request: Request, tx: Tx) -> Rates:
    settings: Settings = request.app.state.settings
    return await Rates.on(tx, day_of(clock.now(), settings.reporting_zone))


async def _lens(request: Request) -> Lens | None:
    code = chosen(request)
    return Lens(code, await rates_of_today(request, request.state.tx)) if code else None


Display = Annotated[Lens | None, Depends(_lens)]
"""The reader's lens; None when no currency was chosen. Costs one query when there is one."""


def currency_cookie(code: str) -> tuple[str, str]:
    """The Set-Cookie header that remembers the choice for a year; no currency forgets it."""
    known = code if code in CURRENCIES else ""
    age = 31536000 if known else 0
    return "set-cookie", f"{COOKIE}={known}; Max-Age={age}; Path=/; SameSite=Lax"
