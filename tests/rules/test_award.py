"""What a committee comes to, what a dossier lacks, and the tables of moves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessment.states import Chapter
from app.award import rules, states
from app.award.rules import Part, Rules
from app.award.states import (
    APPLICATION_MOVES,
    GONE,
    OBJECTION_MOVES,
    OVER,
    REVIEWER_MOVES,
    ApplicationMove,
    ApplicationState,
    Need,
    ObjectionState,
    Result,
    ReviewerState,
)

WEIGHTS = dict(zip(Chapter, (25, 15, 5, 25, 10, 10, 10), strict=True))
RULES = Rules(
    parts=(Part("profile", "Company profile", "企业简介", (Need.TEXT,)),),
    weights=WEIGHTS,
    award_from=80,
    reviewers=3,
    trimmed_from=5,
    returns=1,
    completion_days=10,
    publicity_days=7,
    series="KP",
    name_en="Key platform",
    name_zh="重点平台",
    authority="Committee",
    valid_years=3,
)
S, M = ApplicationState, ApplicationMove


@pytest.mark.parametrize(
    ("points", "middle"),
    [
        ([70], "70"),
        ([70, 80], "75"),
        ([70, 71], "141/2"),
        ([90, 10, 80], "80"),
        ([0, 100, 50, 60], "55"),
        ([0, 80, 81, 83, 100], "244/3"),
        ([80, 80, 80, 80, 80], "80"),
        ([100, 0, 70, 80, 90, 60, 50], "70"),
    ],
)
def test_the_middle_of_a_chapter(points, middle):
    """With five sheets and more the highest and the lowest are left out and the rest is averaged; else the median."""
    assert rules.middle(points, 5) == Fraction(middle)
    assert rules.middle(points[::-1], 5) == Fraction(middle)


def test_from_how_many_sheets_on_is_a_rule():
    assert rules.middle([0, 80, 100], 3) == 80
    assert rules.middle([0, 60, 90, 100], 4) == 75
    assert rules.middle([0, 60, 100], 1) == 60  # never with fewer than three: nothing would remain
    assert rules.middle([0, 100], 1) == 50
    with pytest.raises(ValueError, match="no sheet"):
        rules.middle([], 5)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=15), st.integers(1, 9))
def test_the_middle_lies_between_the_least_and_the_most(points, trimmed_from):
    assert min(points) <= rules.middle(points, trimmed_from) <= max(points)


def test_one_who_scores_wildly_moves_nothing_in_a_chapter():
    sheets = [dict.fromkeys(Chapter, points) for points in (84, 85, 86, 85)]
    with_low = rules.scored([*sheets, dict.fromkeys(Chapter, 0)], RULES)
    with_high = rules.scored([*sheets, dict.fromkeys(Chapter, 100)], RULES)
    assert (with_low.total, with_high.total) == (Fraction(254, 3), Fraction(256, 3))
    assert (with_low.shown, with_high.shown) == (Decimal("84.67"), Decimal("85.33"))


def test_the_score_is_exact_and_weighted():
    one = dict(zip(Chapter, (100, 0, 0, 100, 50, 50, 50), strict=True))
    found = rules.scored([one, one, one], RULES)
    assert found.total == 65
    assert found.chapters[Chapter.QUALITY] == 50
    thirds = [dict.fromkeys(Chapter, points) for points in (0, 79, 80, 81, 100)]
    assert rules.scored(thirds, RULES).total == 80
    assert rules.verdict(Fraction(80), RULES) is Result.AWARD
    assert rules.verdict(Fraction(80) - Fraction(1, 10**9), RULES) is Result.REJECT
    assert rules.shown(Fraction(79995, 1000)) == Decimal("80.00")  # shown rounded, judged exact


@pytest.mark.parametrize(("seated", "whole"), [(0, False), (1, False), (2, False), (3, True), (4, False), (5, True)])
def test_a_committee_is_odd_and_large_enough(seated, whole):
    assert rules.whole(seated, RULES) is whole
    assert rules.whole(3, replace(RULES, reviewers=5)) is False


@pytest.mark.parametrize(
    ("first", "years", "last"),
    [
        (date(2026, 11, 23), 3, date(2029, 11, 22)),
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 28)),
        (date(2027, 3, 1), 1, date(2028, 2, 29)),
    ],
)
def test_the_last_day_of_a_title(first, years, last):
    assert rules.last_day(first, years) == last


def test_what_a_part_lacks():
    part = Part("x", "X", "X", (Need.TEXT, Need.FILES, Need.SCORES))
    assert rules.missing(part, "", 0, scores=False) == [Need.TEXT, Need.FILES, Need.SCORES]
    assert rules.missing(part, " \n", 1, scores=True) == [Need.TEXT]
    assert rules.missing(part, "Said.", 1, scores=True) == []
    assert rules.missing(Part("y", "Y", "Y", (Need.TEXT,)), "Said.", 0, scores=False) == []


def test_rules_are_kept_as_they_were_said():
    assert Rules.load(RULES.dump()) == RULES
    assert RULES.part("profile").name("zh-Hans") == "企业简介"
    assert RULES.part("profile").name("en") == "Company profile"
    assert RULES.part("nothing") is None


def test_what_is_over_stays_over_and_everything_ends():
    assert not [move for state, move in APPLICATION_MOVES if state in OVER]
    assert not [move for state, move in REVIEWER_MOVES if state in (*GONE, ReviewerState.SCORED)]
    assert not [move for state, move in OBJECTION_MOVES if state is not ObjectionState.OPEN]
    reach = {state: {after for (before, _move), after in APPLICATION_MOVES.items() if before == state} for state in S}
    for state in S:
        seen, fresh = {state}, {state}
        while fresh:
            fresh = {after for one in fresh for after in reach[one]} - seen
            seen |= fresh
        assert seen & set(OVER), state


def test_it_is_withdrawn_until_its_result_is_published():
    may = {state for state, move in product(S, M) if move is M.WITHDRAW and (state, move) in APPLICATION_MOVES}
    assert may == {S.DRAFT, S.SUBMITTED, S.FORMAL_CHECK, S.RETURNED, S.COMMITTEE_REVIEW, S.PROPOSED}


def test_every_state_and_event_has_its_word():
    assert set(states.STATES) == set(states.TONES) == set(S)
    assert set(states.REVIEWER_STATES) == set(states.REVIEWER_TONES) == set(ReviewerState)
    assert set(states.OBJECTION_STATES) == set(states.OBJECTION_TONES) == set(ObjectionState)
