import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.money import LARGEST_MINOR, Money
from orders import conditions as saying
from orders import milestones, presets
from orders.contracts import clauses
from orders.contracts.terms import canonical_json, digest
from orders.milestones import (
    MOVES,
    Approver,
    BadMilestones,
    Conditions,
    Due,
    Evidence,
    Milestone,
    MilestoneKind,
    MilestoneMove,
    MilestoneState,
    Silence,
    Since,
)
from tests.factories import terms as make

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


def conditions(**changes: Any) -> dict[str, Any]:
    """A bill of lading within a week after shipment, answered within five days."""
    sound = {"due": "shipment", "evidence": "bill_of_lading", "since": "shipped", "days": 7, "answer_days": 5}
    return {name: value for name, value in {**sound, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due": "signing"}, "due_days"),
        ({"due_days": 3}, "due_days"),
        ({"due": "shipped", "due_days": 5, "evidence": "production_proof", "since": "held"}, "due"),
        ({"since": None}, "since"),
        ({"days": None}, "days"),
        ({"since": "date"}, "days"),
        ({"since": "date", "days": None}, "on"),
        ({"on": "2027-01-31"}, "on"),
        ({"evidence": "inspection_report"}, "since"),
        ({"answer_days": None}, "answer_days"),
        ({"approver": "document"}, "answer_days"),
        ({"approver": "document", "answer_days": None, "silence": "reminder"}, "answer_days"),
        ({"approver": "document", "answer_days": None, "evidence": "production_proof", "since": "held"}, "approver"),
        ({"evidence": "acceptance"}, "evidence"),
        ({"evidence": "acceptance", "since": None, "days": None, "answer_days": None, "refundable": 5}, "evidence"),
    ],
)
def test_conditions_that_contradict_themselves_name_the_field(changes: dict[str, Any], field: str) -> None:
    said = conditions(**changes)
    with pytest.raises(ValidationError):
        Conditions(**said)
    typed = Conditions.model_construct(**_typed(said))
    assert field in [name for name, _message in typed.faults()]


def _typed(said: dict[str, Any]) -> dict[str, Any]:
    kinds = {"due": Due, "evidence": Evidence, "since": Since, "approver": Approver, "silence": Silence}
    return {name: kinds[name](value) if name in kinds else value for name, value in said.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"due": "signing", "due_days": 7},
        {"due": "shipped", "due_days": 3},
        {"since": "date", "days": None, "on": "2027-01-31"},
        {"approver": "document", "answer_days": None},
        {"evidence": "production_proof", "since": "held", "refundable": 100, "silence": "reminder"},
        {"evidence": "acceptance", "since": None, "days": None, "answer_days": None},
    ],
    ids=str,
)
def test_conditions_that_hold(changes: dict[str, Any]) -> None:
    sound = Conditions(**conditions(**changes))
    assert sound.faults() == []
    assert Conditions.model_validate(sound.model_dump(mode="json")) == sound
    assert all(text and "%(" not in text for text in saying.lines(sound))


@pytest.mark.parametrize("name", presets.NAMES)
@pytest.mark.parametrize("lead", [1, 30, 730])
def test_every_usual_plan_is_one(name: str, lead: int) -> None:
    made = presets.plan(name, production_days=lead)
    milestones.check(made)
    assert sum(m.percent for m in made) == 100


def plans() -> st.SearchStrategy[list[Milestone]]:
    """Any plan of up to twelve milestones that keeps the order of the deal."""

    def plan(cuts: list[int], kinds: list[MilestoneKind]) -> list[Milestone]:
        edges = [0, *sorted(set(cuts)), 10_000]
        shares = [after - before for before, after in itertools.pairwise(edges)]
        middle = sorted(kinds[: len(shares)], key=list(MilestoneKind).index)
        return [Milestone(kind, Decimal(share) / 100) for kind, share in zip(middle, shares, strict=True)]

    inner = st.sampled_from([MilestoneKind.PRODUCTION, MilestoneKind.INSPECTION, MilestoneKind.SHIPMENT])
    return st.builds(plan, st.lists(st.integers(1, 9_999), max_size=11), st.lists(inner, min_size=12, max_size=12))


@given(minor=st.integers(0, LARGEST_MINOR), made=plans(), currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_any_plan_sums_to_the_total_to_the_unit(minor: int, made: list[Milestone], currency: str) -> None:
    shares = milestones.amounts(Money(minor, currency), made)
    assert sum(share.minor for share in shares) == minor
    assert all(abs(s.minor * 10_000 - minor * m.basis_points) < 10_000 for s, m in zip(shares, made, strict=True))


def test_thirteen_payments_are_too_many() -> None:
    with pytest.raises(BadMilestones):
        milestones.check([Milestone(MilestoneKind.SHIPMENT, Decimal(100) / 13)] * 13)


def test_the_table_of_moves_is_total_and_ends() -> None:
    assert {state for state, _move in MOVES} == set(MilestoneState) - {MilestoneState.CLOSED}
    assert {move for _state, move in MOVES} == set(MilestoneMove)
    reached = {MilestoneState.AWAITED} | set(MOVES.values())
    assert reached == set(MilestoneState)
    assert {after for (before, _move), after in MOVES.items() if before is MilestoneState.ACCEPTED} == {
        MilestoneState.CLOSED
    }


def test_the_contract_prints_exactly_the_moves_there_are() -> None:
    printed = {(before, move.move): move.after for move in clauses.moves() for before in move.before}
    assert printed == {(str(before), str(move)): str(after) for (before, move), after in MOVES.items()}
    for language in clauses.LANGUAGES:
        assert all(clauses.word("state", state, language) for state in MilestoneState)


def test_what_was_signed_before_keeps_its_bytes() -> None:
    """The terms of edition 2026-11 hash as they did when contracts were signed under it."""
    signed = clauses.draw_up(make.particulars())
    assert signed.edition == "2026-11"
    assert digest(canonical_json(signed)) == "112475787d0c40cc830b9f6f96e3758e04ea4a799fb90c285497bd52025ae72f"
