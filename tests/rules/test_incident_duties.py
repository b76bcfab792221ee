"""Which duties an incident brings, when they end, and from how much on it is of which grade."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from trust.incidents.duties import CLOCKS, Duty, Facts, asked_for, below, clock_of, definitions, due, least
from trust.incidents.states import (
    DUTY_MOVES,
    INCIDENT_MOVES,
    DutyMove,
    DutyState,
    Grade,
    Harm,
    IncidentMove,
    IncidentState,
)

TODAY = date(2026, 11, 22)
BEGAN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("people", "loss", "grade"),
    [
        (999_999, None, Grade.GENERAL),
        (1_000_000, None, Grade.LARGER),
        (9_999_999, 4_999_999, Grade.LARGER),
        (0, 5_000_000, Grade.LARGER),
        (10_000_000, None, Grade.MAJOR),
        (0, 20_000_000, Grade.MAJOR),
        (99_999_999, 99_999_999, Grade.MAJOR),
        (100_000_000, None, Grade.EXTREME),
        (0, 100_000_000, Grade.EXTREME),
    ],
)
def test_numbers_alone_make_a_grade_at_their_edges(people, loss, grade):
    assert least(people, loss, TODAY) is grade


def test_no_number_made_a_grade_before_the_guide_held():
    assert definitions(date(2025, 10, 31)) == []
    assert least(10**9, None, date(2025, 10, 31)) is Grade.GENERAL
    assert len(definitions(date(2025, 11, 1))) == 3


def test_grades_are_ordered():
    order = list(Grade)
    assert all(below(a, b) == (order.index(a) < order.index(b)) for a, b in product(order, order))


@pytest.mark.parametrize(
    ("duty", "within"),
    [
        (Duty.CYBER_AUTHORITY, timedelta(hours=4)),
        (Duty.CYBER_FINAL, timedelta(days=30)),
        (Duty.DATA_AUTHORITY_EU, timedelta(hours=72)),
    ],
)
def test_the_law_s_own_figures(duty, within):
    assert due(duty, BEGAN) == BEGAN + within
    clock = clock_of(duty, TODAY)
    assert clock is not None
    assert clock.by_law


def test_a_clock_holds_from_its_day_on():
    for one in CLOCKS:
        assert clock_of(one.duty, one.since) == one
        assert clock_of(one.duty, one.since - timedelta(days=1)) is None
        before = datetime.combine(one.since, datetime.min.time(), UTC) - timedelta(seconds=1)
        assert due(one.duty, before) is None


def every_fact():
    for grade, harm, *flags in product(Grade, Harm, *[(False, True)] * 4):
        yield Facts(grade, harm, *flags)


def test_every_combination_of_facts_brings_what_the_law_says():
    for facts in every_fact():
        wanted = set(asked_for(facts))
        assert (Duty.CYBER_AUTHORITY in wanted) == (facts.in_cn and facts.grade is not Grade.GENERAL)
        assert (Duty.PEOPLE_CN in wanted) == (facts.in_cn and facts.personal)
        assert (Duty.DATA_AUTHORITY_CN in wanted) == (Duty.PEOPLE_CN in wanted)
        eu = facts.in_eu and facts.personal
        assert (Duty.DATA_AUTHORITY_EU in wanted) == (eu and facts.harm is not Harm.UNLIKELY)
        assert (Duty.PEOPLE_EU in wanted) == (eu and facts.harm is Harm.HIGH)
        assert (Duty.POLICE in wanted) == (facts.in_cn and facts.crime)
        assert Duty.CYBER_FINAL not in wanted, "it follows the end of the handling"


def test_what_is_over_moves_no_more():
    for move in IncidentMove:
        assert (IncidentState.CLOSED, move) not in INCIDENT_MOVES
        assert (IncidentState.DISMISSED, move) not in INCIDENT_MOVES
    for move in DutyMove:
        assert (DutyState.DONE, move) not in DUTY_MOVES
        assert (DutyState.WAIVED, move) not in DUTY_MOVES
    assert [at for at, to in DUTY_MOVES.items() if to is DutyState.WAIVED] == [(DutyState.PROPOSED, DutyMove.AGREE)]
