from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import LARGEST_MINOR, Money
from orders import milestones
from orders.milestones import BadMilestones, Milestone, MilestoneKind

DEPOSIT, BALANCE = MilestoneKind.DEPOSIT, MilestoneKind.BALANCE


def plan(*shares: tuple[MilestoneKind, str]) -> list[Milestone]:
    return [Milestone(kind, Decimal(percent)) for kind, percent in shares]


@given(
    minor=st.integers(0, LARGEST_MINOR),
    deposit=st.integers(1, 9_999),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_payments_sum_to_the_total_to_the_unit(minor: int, deposit: int, currency: str) -> None:
    share = Decimal(deposit) / 100
    first, second = milestones.amounts(
        Money(minor, currency), [Milestone(DEPOSIT, share), Milestone(BALANCE, 100 - share)]
    )
    assert first + second == Money(minor, currency)
    assert abs(first.minor * 10_000 - minor * deposit) < 10_000


def test_the_odd_cent_goes_to_the_larger_remainder() -> None:
    shares = milestones.amounts(Money(6_610_125, "USD"), plan((DEPOSIT, "33.33"), (BALANCE, "66.67")))
    # 2,203,154.6625 and 4,406,970.3375
    assert [share.minor for share in shares] == [2_203_155, 4_406_970]


def test_all_at_once_is_a_plan() -> None:
    assert milestones.amounts(Money(100, "USD"), plan((BALANCE, "100"))) == [Money(100, "USD")]


@pytest.mark.parametrize(
    ("shares", "field"),
    [
        ([], "milestones"),
        ([(DEPOSIT, "0"), (BALANCE, "100")], "milestones.0.percent"),
        ([(DEPOSIT, "-10"), (BALANCE, "110")], "milestones.0.percent"),
        ([(DEPOSIT, "30"), (BALANCE, "NaN")], "milestones.1.percent"),
        ([(DEPOSIT, "33.333"), (BALANCE, "66.667")], "milestones.0.percent"),
        ([(DEPOSIT, "30"), (BALANCE, "69.99")], "milestones"),
        ([(DEPOSIT, "30"), (BALANCE, "70.01")], "milestones"),
        ([(BALANCE, "70"), (DEPOSIT, "30")], "milestones"),
        ([(BALANCE, "50"), (BALANCE, "50")], "milestones"),
    ],
)
def test_what_is_no_plan_is_refused_at_its_field(shares: list[tuple[MilestoneKind, str]], field: str) -> None:
    with pytest.raises(BadMilestones) as refused:
        milestones.amounts(Money(100, "USD"), plan(*shares))
    assert list(refused.value.errors) == [field]
