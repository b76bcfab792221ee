"""How a contract writes figures and dates: one fixed way, not the reader's, because both parties sign the same page."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date

from app.core.money import Money, UnitPrice, exponent
from orders.contracts.values import Language


def number(value: Decimal) -> str:
    """`12,500` or `0.075`: thousands by comma, decimals by point, as many as there are."""
    return f"{value:,f}"


def figure(amount: Money) -> str:
    """`12,500.00` without its currency, with exactly the currency's decimals."""
    return f"{amount.decimal:,.{exponent(amount.currency)}f}"


def money(amount: Money) -> str:
    """`USD 12,500.00`."""
    return f"{amount.currency} {figure(amount)}"


def price(unit_price: UnitPrice) -> str:
    """A unit price without its currency: the currency's decimals, or more where it carries more."""
    carried = -int(unit_price.amount.normalize().as_tuple().exponent)
    return f"{unit_price.amount:,.{max(carried, exponent(unit_price.currency))}f}"


def percent(basis_points: int) -> str:
    """150 basis points are `1.5%`."""
    return f"{(Decimal(basis_points) / 100).normalize():f}%"


def day(value: date, language: Language) -> str:
    """`20 November 2026`, `2026年11月20日`."""
    return format_date(value, "d MMMM y" if language == "en" else "y年M月d日", locale=language)
