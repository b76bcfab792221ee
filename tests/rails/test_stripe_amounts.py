"""Amounts on their way to Stripe and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Money
from payments.gateway import GatewayRefused
from payments.stripe_objects import CAPABILITIES, money, units


@given(st.sampled_from(sorted(CAPABILITIES.currencies)), st.integers(1, 10**6))
def test_every_amount_that_is_taken_comes_back_as_it_went(currency: str, minor: int) -> None:
    amount = Money(minor * CAPABILITIES.steps.get(currency, 1), currency)
    assert money(units(amount), currency.lower()) == amount


@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        (Money.of("12.50", "USD"), 1250),
        (Money.of(1250, "JPY"), 1250),
        (Money.of("1.250", "KWD"), 1250),
        (Money.of(125, "ISK"), 12_500),
        (Money.of(125, "UGX"), 12_500),
        (Money.of("125.00", "MGA"), 125),
    ],
)
def test_minor_units_are_stripes_own(amount: Money, sent: int) -> None:
    assert units(amount) == sent


@pytest.mark.parametrize("amount", [Money(0, "USD"), Money(-1, "USD"), Money(1251, "KWD"), Money(150, "MGA")])
def test_what_stripe_cannot_write_is_refused(amount: Money) -> None:
    with pytest.raises(GatewayRefused):
        units(amount)


@pytest.mark.parametrize("currency", sorted(CAPABILITIES.currencies))
def test_the_largest_amount_is_taken_and_the_next_is_not(currency: str) -> None:
    largest = CAPABILITIES.largest(currency)
    step = Money(CAPABILITIES.steps.get(currency, 1), currency)
    assert CAPABILITIES.takes(largest)
    assert not CAPABILITIES.takes(largest + step)


def test_funds_are_held_as_long_as_the_country_allows() -> None:
    assert [CAPABILITIES.max_hold_days(country) for country in ("DE", "US", "TH")] == [90, 730, 10]
