"""Fees: to the unit, within their bounds, shared out without loss, in currencies of any exponent."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import CurrencyMismatch, Money
from payments.errors import BadPlan
from payments.escrow.funding import Parts
from payments.escrow.models import Milestone
from payments.fees import FeeTerms, fee, fees
from tests.factories.money import usd

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
MINOR = st.integers(1, 10**14)


@pytest.mark.parametrize(
    ("total", "terms", "taken"),
    [
        (usd("1000.00"), FeeTerms(150), usd("15.00")),
        (usd("0.01"), FeeTerms(150), usd("0.00")),
        (usd("10.00"), FeeTerms(150, minimum=usd("5.00")), usd("5.00")),
        (usd("3.00"), FeeTerms(150, minimum=usd("5.00")), usd("3.00")),
        (usd("1000000.00"), FeeTerms(150, cap=usd("900.00")), usd("900.00")),
        (usd("1.00"), FeeTerms(50), usd("0.00")),  # half a cent, to even
        (usd("3.00"), FeeTerms(50), usd("0.02")),  # one and a half, to even
        (Money(100_000, "JPY"), FeeTerms(125), Money(1250, "JPY")),
        (Money(1_000_000, "KWD"), FeeTerms(10), Money(1000, "KWD")),
        (usd("1000.00"), FeeTerms(0), usd("0.00")),
    ],
)
def test_fee(total, terms, taken):
    assert fee(total, terms) == taken


@pytest.mark.parametrize(
    "terms",
    [
        {"basis_points": -1},
        {"basis_points": 10_001},
        {"basis_points": 100, "minimum": usd("-1")},
        {"basis_points": 100, "cap": usd("-1")},
        {"basis_points": 100, "minimum": usd("5"), "cap": usd("4")},
    ],
)
def test_terms_that_cannot_be_kept(terms):
    with pytest.raises(BadPlan):
        FeeTerms(**terms)


def test_one_currency_only():
    with pytest.raises(CurrencyMismatch):
        fees([usd("1"), Money(1, "EUR")], FeeTerms(100))
    with pytest.raises(CurrencyMismatch):
        fee(usd("1"), FeeTerms(100, minimum=Money(1, "EUR")))


@given(
    currency=CURRENCIES,
    amounts=st.lists(MINOR, min_size=1, max_size=8),
    basis_points=st.integers(0, 10_000),
    minimum=st.integers(0, 10**6),
    room=st.integers(0, 10**6),
)
def test_shares_of_a_fee_lose_nothing(currency, amounts, basis_points, minimum, room):
    terms = FeeTerms(basis_points, Money(minimum, currency), Money(minimum + room, currency))
    milestones = [Money(minor, currency) for minor in amounts]
    total = Money(sum(amounts), currency)
    shares = fees(milestones, terms)
    assert sum(s.minor for s in shares) == fee(total, terms).minor
    assert all(0 <= share.minor <= amount.minor for share, amount in zip(shares, milestones, strict=True))
    assert fee(total, terms) in (total, max(terms.minimum, min(terms.cap, total.share(basis_points))))


@given(currency=CURRENCIES, to_supplier=MINOR, to_buyer=st.integers(0, 10**14), basis_points=st.integers(0, 10_000))
def test_a_divided_milestone_pays_its_share_of_the_fee(currency, to_supplier, to_buyer, basis_points):
    parts = Parts(Money(to_supplier, currency), Money(to_buyer, currency))
    whole = Money(to_supplier + to_buyer, currency).share(basis_points)
    taken = parts.fee(Milestone(amount=parts.whole, fee=whole, released_minor=0))
    assert 0 <= taken.minor <= min(whole.minor, to_supplier)
    exact = whole.minor * to_supplier / (to_supplier + to_buyer)
    assert abs(taken.minor - exact) <= max(1, exact * 1e-12)


@given(
    amount=st.integers(1, 10**12),
    rate=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 10**12), max_size=6),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_a_payment_released_in_parts_costs_what_it_costs_at_once(amount, rate, cuts, currency):
    milestone = Milestone(amount=Money(amount, currency), fee=Money(amount, currency).share(rate), released_minor=0)
    taken = []
    edges = [0, *sorted(cut % (amount + 1) for cut in cuts), amount]
    for before, after in itertools.pairwise(edges):
        part = Parts.all_to_supplier(Money(after - before, currency))
        fee = part.fee(milestone)
        assert 0 <= fee.minor <= part.to_supplier.minor
        taken.append(fee.minor)
        milestone.released_minor = after
    assert sum(taken) == milestone.fee.minor
