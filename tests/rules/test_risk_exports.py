"""OPS-02 at its edges: what a member took out, beside what is usual for the role and what anybody may."""

import json

import pytest

from app.core.ids import new_id
from trust.access import Member, Role
from trust.exports.service import role_of
from trust.risk.engine import Action, Mode, Point, Setting, decide
from trust.risk.facts_of_people import ExportFacts
from trust.risk.rules import operations
from trust.risk.rules.catalogue import RULES

ID = new_id()
PARAMETERS = {"floor": 500, "hours": 24}


def made(facts, mode=Mode.LIVE):
    return decide(Point.EXPORT, facts, RULES.values(), {"OPS-02": Setting("OPS-02", mode, PARAMETERS)})


@pytest.mark.parametrize(
    ("today", "usual", "let_go", "action"),
    [
        (1, 0, False, Action.ALLOW),
        (500, 0, False, Action.ALLOW),  # nothing is known of the role yet: the floor alone
        (501, 0, False, Action.BLOCK),
        (501, 500, False, Action.BLOCK),
        (800, 800, False, Action.ALLOW),  # above the floor, and not above what is usual
        (801, 800, False, Action.BLOCK),
        (100, 10, False, Action.ALLOW),  # above what is usual, and below the floor
        (9_000, 10, True, Action.ALLOW),  # two people let this day go on
    ],
)
def test_above_what_is_usual_and_above_the_floor(today, usual, let_go, action):
    decision = made(ExportFacts("sales", today, usual, let_go=let_go))
    assert decision.action is action
    assert decision.hours == (24 if action is Action.BLOCK else 0)


def test_in_shadow_nothing_is_stopped():
    decision = made(ExportFacts("sales", 9_000, 10), Mode.SHADOW)
    assert (decision.action, decision.hours, len(decision.hits)) == (Action.ALLOW, 0, 1)


def test_what_is_stored_can_be_judged_again():
    [hit] = made(ExportFacts("sales", 501, 7)).hits
    assert operations.judge_taken_out(json.loads(json.dumps(hit.inputs)), PARAMETERS) == hit.judged
    assert operations.judge_taken_out(hit.inputs, PARAMETERS | {"floor": 600}) is None


def test_a_member_of_several_roles_counts_for_the_first():
    def role(*roles):
        return role_of(Member(ID, ID, "Company", "Name", "name@example.com", "DE", 2, frozenset(roles)))

    assert role(Role.SALES, Role.OWNER) is Role.OWNER
    assert role(Role.ADMIN, Role.COMPLIANCE) is Role.COMPLIANCE
