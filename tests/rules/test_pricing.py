from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import CurrencyMismatch, Money, MoneyError, UnitPrice
from orders import pricing
from orders.pricing import Rate, Tier

prices = st.decimals("0.000001", "99999", places=6).map(lambda amount: UnitPrice(amount, "USD"))
quantities = st.decimals("0.001", "999999", places=3)


def tiers(*steps: tuple[str, str], currency: str = "USD") -> list[Tier]:
    return [Tier(Decimal(quantity), UnitPrice.of(price, currency)) for quantity, price in steps]


LADDER = tiers(("100", "2.50"), ("500", "2.25"), ("1000", "2.00"))


@pytest.mark.parametrize(
    ("quantity", "price"), [("100", "2.50"), ("499.999", "2.50"), ("500", "2.25"), ("1000", "2.00"), ("9E8", "2.00")]
)
def test_the_highest_tier_reached_gives_the_price(quantity: str, price: str) -> None:
    assert pricing.price_for(LADDER, Decimal(quantity)) == UnitPrice.of(price, "USD")


def test_less_than_the_minimum_is_refused_with_the_minimum() -> None:
    assert pricing.minimum(LADDER) == 100
    with pytest.raises(pricing.BelowMinimum) as refused:
        pricing.price_for(LADDER, Decimal("99.999"))
    assert refused.value.facts == {"minimum": "100"}
    assert list(refused.value.errors) == ["quantity"]


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], "tiers"),
        ([("0", "1")], "tiers.0.min_quantity"),
        ([("-5", "1")], "tiers.0.min_quantity"),
        ([("NaN", "1")], "tiers.0.min_quantity"),
        ([("1", "0")], "tiers.0.price"),
        ([("10", "2"), ("10", "1")], "tiers.1.min_quantity"),
        ([("10", "2"), ("5", "1")], "tiers.1.min_quantity"),
        ([("10", "2"), ("20", "2.01")], "tiers.1.price"),
    ],
)
def test_tiers_without_one_clear_price_are_refused(steps: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(pricing.BadTiers) as refused:
        pricing.check_tiers(tiers(*steps))
    assert list(refused.value.errors) == [field]


def test_tiers_of_two_currencies_are_refused() -> None:
    with pytest.raises(pricing.BadTiers):
        pricing.check_tiers(tiers(("1", "2")) + tiers(("2", "1"), currency="EUR"))


@given(price=prices, quantity=quantities)
def test_a_line_is_rounded_once_to_the_nearest_cent(price: UnitPrice, quantity: Decimal) -> None:
    total = pricing.line_total(price, quantity)
    assert abs(total.decimal - price.amount * quantity) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("price", "quantity", "currency", "minor"),
    [
        ("0.005", "1", "USD", 0),
        ("0.015", "1", "USD", 2),
        ("0.000001", "4999", "USD", 0),
        ("1.5", "1", "JPY", 2),
        ("2.5", "1", "JPY", 2),
        ("0.0125", "1", "KWD", 12),
        ("12.345", "5000", "USD", 6_172_500),
    ],
)
def test_halves_go_to_the_even_unit(price: str, quantity: str, currency: str, minor: int) -> None:
    assert pricing.line_total(UnitPrice.of(price, currency), Decimal(quantity)) == Money(minor, currency)


@given(st.lists(st.tuples(prices, quantities), max_size=20))
def test_a_total_is_the_sum_of_rounded_lines(lines: list[tuple[UnitPrice, Decimal]]) -> None:
    rounded = [pricing.line_total(price, quantity) for price, quantity in lines]
    assert pricing.total(rounded, "USD").minor == sum(line.minor for line in rounded)


def test_lines_of_two_currencies_have_no_total() -> None:
    with pytest.raises(CurrencyMismatch):
        pricing.total([Money(1, "USD"), Money(1, "EUR")], "USD")


def rate(base: str, quote: str, value: str) -> Rate:
    return Rate(base, quote, Decimal(value), "ECB", date(2026, 11, 19))


def test_quotations_are_compared_in_one_currency() -> None:
    rates = {"USD": rate("USD", "EUR", "0.9"), "JPY": rate("JPY", "EUR", "0.0061")}
    offers = [Money.of("100.05", "USD"), Money.of("17000", "JPY"), Money.of("99.99", "EUR")]
    compared = pricing.normalise(offers, "EUR", rates)
    # 90.045 and 103.70: the half cent goes to the even side
    assert compared == [Money.of("90.04", "EUR"), Money.of("103.70", "EUR"), Money.of("99.99", "EUR")]


@pytest.mark.parametrize("rates", [{}, {"USD": rate("USD", "CNY", "7.1")}])
def test_without_a_rate_there_is_no_comparison(rates: dict[str, Rate]) -> None:
    with pytest.raises(pricing.NoRate) as refused:
        pricing.normalise([Money(1, "USD")], "EUR", rates)
    assert refused.value.facts == {"base": "USD", "quote": "EUR"}


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_is_a_positive_number(value: str) -> None:
    with pytest.raises(MoneyError):
        rate("USD", "EUR", value)


def test_a_rate_converts_its_own_currency_only() -> None:
    with pytest.raises(MoneyError):
        rate("USD", "EUR", "0.9").convert(Money(1, "CNY"))
