"""The life of a case, walked whole: every state with every move, and what is published of few cases."""

import pytest

from trust.cases import statistics
from trust.cases.states import ENDED, LABELS, MOVES, OPEN, CaseMove, CaseState, Kind, Topic, remedies

S, M = CaseState, CaseMove
ALLOWED = {
    S.OPENED: {M.ACCEPT, M.TAKE_UP, M.REJECT, M.WITHDRAW, M.SETTLE},
    S.REJECTED: {M.APPEAL, M.CLOSE, M.SETTLE},
    S.ANSWERING: {M.ANSWER, M.LAPSE, M.WITHDRAW, M.SETTLE},
    S.ASKED: {M.ANSWER, M.LAPSE, M.WITHDRAW, M.SETTLE},
    S.DECIDING: {M.ASK_RESPONDENT, M.ASK_COMPLAINANT, M.RULE, M.WITHDRAW, M.SETTLE},
    S.RULED: {M.APPEAL, M.CLOSE, M.SETTLE},
    S.CLOSED: set(),
    S.WITHDRAWN: set(),
    S.SETTLED: set(),
}


@pytest.mark.parametrize("state", list(S))
def test_every_state_with_every_move(state):
    assert {move for move in M if (state, move) in MOVES} == ALLOWED[state]
    assert state in LABELS


def test_every_case_comes_to_an_end():
    ends = set(ENDED)
    while True:
        more = {state for (state, _move), after in MOVES.items() if after in ends} - ends
        if not more:
            break
        ends |= more
    assert ends == set(S)
    assert set(ENDED) | set(OPEN) == set(S)


def test_only_a_dispute_shares_money_and_only_a_product_is_taken_down():
    assert remedies(Kind.DISPUTE, "order", Topic.QUALITY) == ["share"]
    assert remedies(Kind.DISPUTE, "order", Topic.NON_DELIVERY) == ["share", "go_on"], "goods may still come"
    assert "remove_listing" in remedies(Kind.REPORT, "product", Topic.PROHIBITED)
    assert "remove_listing" not in remedies(Kind.COMPLAINT, "organisation", Topic.SERVICE)
    assert "go_on" not in remedies(Kind.COMPLAINT, "order", Topic.NON_DELIVERY), "a complaint moves no order"


@pytest.mark.parametrize(
    ("number", "whole", "part", "share"),
    [
        (0, 0, 0, None),
        (0, 9, 0, 0),
        (9, 9, 9, 100),
        (4, 9, None, None),  # too few
        (5, 9, None, None),  # the four left over would be known by taking away
        (5, 10, 5, 50),
        (0, 4, None, None),
        (1000, 1999, 1000, 50),
    ],
)
def test_what_would_tell_of_few_is_left_out(number, whole, part, share):
    assert (statistics.part(number, whole), statistics.share(number, whole)) == (part, share)
