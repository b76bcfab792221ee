"""Money: exact, in one currency, and never a unit lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import CURRENCIES, LARGEST_MINOR, CurrencyMismatch, Money, MoneyError, UnitPrice, exponent

amounts = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_a_split_accounts_for_every_unit(minor, shares):
    parts = Money(minor, "USD").split(shares)
    assert sum(p.minor for p in parts) == minor
    assert all(p.minor == 0 for p, w in zip(parts, shares, strict=True) if w == 0)


@given(amounts, weights)
def test_a_share_of_a_split_is_within_one_unit_of_its_due(minor, shares):
    whole = sum(shares)
    for part, weight in zip(Money(minor, "JPY").split(shares), shares, strict=True):
        assert abs(part.minor - Decimal(minor) * weight / whole) < 1


def test_leftover_units_go_to_the_largest_remainder_then_the_earlier():
    assert [p.minor for p in Money(100, "USD").split([1, 1, 1])] == [34, 33, 33]
    assert [p.minor for p in Money(10, "USD").split([1, 2])] == [3, 7]


@pytest.mark.parametrize("bad", [[], [0, 0], [1, -1]])
def test_weights_that_say_nothing(bad):
    with pytest.raises(ValueError, match="weights"):
        Money(1, "USD").split(bad)


@pytest.mark.parametrize(("currency", "places"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("XOF", 0), ("CNY", 2)])
def test_exponents_are_iso_4217s(currency, places):
    assert exponent(currency) == places


@pytest.mark.parametrize("code", ["XAU", "XXX", "XTS", "usd", "US", "EURO", ""])
def test_what_is_no_currency(code):
    assert code not in CURRENCIES
    with pytest.raises(MoneyError):
        Money(1, code)


@pytest.mark.parametrize("text", ["1.005", "1e3", "NaN", "Infinity", "", " 1", "1,000", "--1", "0x10", "١٢"])
def test_what_is_no_amount(text):
    with pytest.raises(MoneyError):
        Money.of(text, "USD")


def test_decimals_of_the_currency():
    assert Money.of("12.50", "USD").minor == 1250
    assert Money.of("1.250", "KWD").minor == 1250
    assert str(Money.of("1250", "JPY")) == "1250 JPY"
    with pytest.raises(MoneyError):
        Money.of("12.5", "JPY")


def test_two_currencies_do_not_mix():
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(CurrencyMismatch):
        assert Money(1, "USD") < Money(1, "EUR")


def test_bounds():
    assert Money(LARGEST_MINOR, "USD")
    with pytest.raises(MoneyError):
        Money(LARGEST_MINOR, "USD") + Money(1, "USD")
    with pytest.raises(MoneyError):
        Money(True, "USD")


@pytest.mark.parametrize(
    ("price", "quantity", "total"),
    [("0.004250", "1000", 425), ("0.125", "3", 38), ("0.125", "1", 12), ("0.135", "1", 14), ("2.5", "0.5", 125)],
)
def test_a_line_is_rounded_once_half_to_even(price, quantity, total):
    assert UnitPrice.of(price, "USD").times(Decimal(quantity)) == Money(total, "USD")


@pytest.mark.parametrize("bad", ["-1", "0.0000001", "1000000000000"])
def test_what_is_no_unit_price(bad):
    with pytest.raises(MoneyError):
        UnitPrice.of(bad, "USD")
