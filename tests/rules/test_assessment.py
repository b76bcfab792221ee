"""What follows from scores and vetoes, which orders are drawn, and the table of moves."""

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessment import drawing, rules
from app.assessment.rules import Rules, Standing
from app.assessment.states import ASSESSMENT_MOVES, DECIDED_BY_TWO, OVER, AssessmentMove, AssessmentState, Chapter, Veto
from app.core.templates import environment

M, S = AssessmentMove, AssessmentState
RULES = Rules.load(
    {
        "weights": dict(zip([chapter.value for chapter in Chapter], (25, 15, 5, 25, 10, 10, 10), strict=True)),
        "pass_from": 80,
        "rectify_from": 60,
        "sample_percent": 5,
        "sample_least": 30,
        "difference_percent": 10,
        "rectify_days": 90,
        "statement_days": 10,
    }
)
CURABLE, FATAL = Standing(Veto.INCIDENT, True), Standing(Veto.VIOLATION, False)


@pytest.mark.parametrize(
    ("score", "vetoes", "decision"),
    [
        ("100", [], M.PASS),
        ("80", [], M.PASS),
        ("79.99", [], M.RECTIFY),
        ("60", [], M.RECTIFY),
        ("59.99", [], M.NOTIFY),
        ("0", [], M.NOTIFY),
        ("95", [CURABLE], M.RECTIFY),
        ("70", [CURABLE], M.RECTIFY),
        ("59.99", [CURABLE], M.NOTIFY),
        ("95", [FATAL], M.NOTIFY),
        ("95", [CURABLE, FATAL], M.NOTIFY),
    ],
)
def test_score_and_vetoes_ask_for_a_decision(score, vetoes, decision):
    assert rules.verdict(Decimal(score), vetoes, RULES) is decision


@pytest.mark.parametrize(
    ("score", "vetoes", "put_right", "decision"),
    [
        ("80", [], True, M.PASS),
        ("80", [], False, M.NOTIFY),
        ("79.99", [], True, M.NOTIFY),
        ("90", [CURABLE], True, M.NOTIFY),
        ("90", [FATAL], True, M.NOTIFY),
    ],
)
def test_after_the_time_to_put_right_there_is_no_further_time(score, vetoes, put_right, decision):
    assert rules.verdict_again(Decimal(score), vetoes, RULES, put_right=put_right) is decision


def test_a_score_is_the_weighted_sum_to_the_last_digit():
    scores = dict(zip(Chapter, (91, 77, 63, 88, 70, 95, 59), strict=True))
    assert rules.total(scores, RULES.weights) == Decimal("81.85")
    assert rules.total(dict.fromkeys(Chapter, 100), RULES.weights) == 100
    assert rules.total(dict.fromkeys(Chapter, 0), RULES.weights) == 0


@pytest.mark.parametrize(
    ("reported", "counted", "percent", "over"),
    [
        ("100", "100", "0.00", False),
        ("110", "100", "10.00", False),
        ("110.01", "100", "10.01", True),
        ("90", "100", "10.00", False),
        ("89.99", "100", "10.01", True),
        ("-110", "-100", "10.00", False),
        ("0", "0", "0", False),
        ("1", "0", None, True),
        ("33.001", "30.001", "10.00", False),
        ("33.0012", "30.001", "10.00", True),  # rounded for people, never for the decision
    ],
)
def test_a_self_report_may_be_off_by_a_tenth_and_no_more(reported, counted, percent, over):
    found = rules.difference("I-02.1", Decimal(reported), Decimal(counted), RULES.difference_percent)
    assert (found.percent, found.over) == (None if percent is None else Decimal(percent), over)


def test_forged_data_are_a_veto_that_is_never_curable_until_it_is_set_aside():
    off = [rules.difference("I-02.1", Decimal(2), Decimal(1), 10)]
    assert rules.standing(off, {}, ()) == [Standing(Veto.FORGED, False)]
    assert rules.standing(off, {Veto.REFUSAL: True}, {Veto.FORGED}) == [Standing(Veto.REFUSAL, True)]
    assert rules.standing([], {}, ()) == []


def test_rules_are_read_as_they_were_written():
    assert Rules.load(RULES.dump()) == RULES
    assert Rules.load(replace(RULES, pass_from=85).dump()).pass_from == 85


@pytest.mark.parametrize(
    ("orders", "drawn"), [(0, 0), (1, 1), (29, 29), (30, 30), (31, 30), (600, 30), (601, 31), (620, 31), (621, 32)]
)
def test_a_twentieth_is_drawn_and_thirty_at_least(orders, drawn):
    assert drawing.size(orders) == drawn


MARKS = [f"{number:020x}" for number in range(200)]


@given(st.permutations(MARKS), st.text(max_size=20))
def test_the_draw_is_the_same_for_everybody(shuffled, seed):
    wanted = sorted(MARKS, key=lambda mark: hashlib.sha256((seed + mark).encode()).hexdigest())[:30]
    assert drawing.draw(seed, shuffled) == drawing.draw(seed, [*MARKS, *shuffled]) == wanted


def test_the_program_draws_as_we_do(tmp_path):
    path = tmp_path / "orders.txt"
    path.write_text("".join(f"{mark}\n" for mark in MARKS))
    program = Path(drawing.__file__).read_bytes()
    (tmp_path / "draw.py").write_bytes(program)
    run = [sys.executable, "-I", str(tmp_path / "draw.py"), "上证 3918.32", str(path), "20", "5"]
    said = subprocess.run(run, capture_output=True, text=True, check=True)
    assert said.stdout.split() == drawing.draw("上证 3918.32", MARKS, 20, 5)
    bad = subprocess.run([*run[:3], "seed", str(tmp_path / "none.txt")], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout) == (2, "")


TOLD = re.compile(r'tell\(\s*tx, row, "(\w+)"')


def test_every_letter_says_something():
    said = {move.value for move in DECIDED_BY_TWO}
    for path in Path(drawing.__file__).parent.glob("*.py"):
        said |= set(TOLD.findall(path.read_text()))
    assert len(said) > 12
    template = environment().get_template("mail/assessment_news/said.txt")
    letters = {news: template.render(news=news, number="AS-1", until="2026-12-07").strip() for news in said}
    assert all("AS-1" in letter for letter in letters.values()), letters
    assert len(set(letters.values())) == len(said)


def test_every_state_leads_somewhere_and_what_is_over_stays():
    for state, move in product(S, M):
        if state in OVER:
            assert (state, move) not in ASSESSMENT_MOVES
    for state in set(S) - set(OVER):
        assert any(known == state for known, _move in ASSESSMENT_MOVES)
    reached = {S.SCHEDULED} | set(ASSESSMENT_MOVES.values())
    assert reached == set(S)
