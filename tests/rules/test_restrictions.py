"""The ladder's proportion, the catalogue of reasons, points and their decay, deadlines, and the tables of moves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from trust.access import Scope
from trust.restrictions import points, reasons
from trust.restrictions.ladder import ENFORCED, SUSPENDED, Kind, Measure, measure, working_days_after
from trust.restrictions.points import Breach
from trust.restrictions.publishing import public_name
from trust.restrictions.states import (
    APPEAL_MOVES,
    LABELS,
    MOVES,
    OUTCOMES,
    AppealMove,
    AppealState,
    RestrictionMove,
    RestrictionState,
)

PUBLISH = frozenset({Scope.PUBLISH})


def test_a_time_in_working_days_ends_with_the_day_in_china():
    friday_evening = datetime(2026, 11, 20, 15, 59, tzinfo=UTC)
    assert working_days_after(friday_evening, 1) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    saturday_already = datetime(2026, 11, 20, 16, 1, tzinfo=UTC)
    assert working_days_after(saturday_already, 1) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    monday = datetime(2026, 11, 22, 16, 1, tzinfo=UTC)
    assert working_days_after(monday, 1) == datetime(2026, 11, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "scopes", "days", "wrong"),
    [
        (Kind.REMIND, PUBLISH, 500, set()),
        (Kind.PARTIAL, PUBLISH, 1, set()),
        (Kind.PARTIAL, PUBLISH, 90, set()),
        (Kind.PARTIAL, PUBLISH, 91, {"days"}),
        (Kind.PARTIAL, PUBLISH, 0, {"days"}),
        (Kind.PARTIAL, PUBLISH, None, {"days"}),
        (Kind.PARTIAL, frozenset(), 30, {"scopes"}),
        (Kind.PARTIAL, frozenset({Scope.ADS}), 30, {"scopes"}),
        (Kind.FULL, frozenset(), 12, set()),
        (Kind.TERMINATED, PUBLISH, None, set()),
    ],
)
def test_what_is_out_of_proportion_is_named(kind, scopes, days, wrong):
    assert set(measure(kind, scopes, days).faults()) == wrong


def test_what_a_company_earned_is_not_taken_by_a_suspension():
    assert Scope.PAYOUT not in SUSPENDED
    assert Scope.PAYOUT in ENFORCED
    assert measure(Kind.FULL, frozenset({Scope.PAYOUT}), 1).scopes == SUSPENDED


FULL, REMIND = measure(Kind.FULL, frozenset(), None), measure(Kind.REMIND, frozenset(), None)


@pytest.mark.parametrize(
    ("one", "other", "lighter"),
    [
        (Measure(Kind.PARTIAL, PUBLISH, 30), Measure(Kind.PARTIAL, PUBLISH, 31), True),
        (Measure(Kind.PARTIAL, PUBLISH, 31), Measure(Kind.PARTIAL, PUBLISH, 31), False),
        (Measure(Kind.PARTIAL, PUBLISH, 32), Measure(Kind.PARTIAL, PUBLISH | {Scope.QUOTE}, 31), False),
        (Measure(Kind.PARTIAL, PUBLISH, 31), Measure(Kind.PARTIAL, PUBLISH | {Scope.QUOTE}, 31), True),
        (Measure(Kind.PARTIAL, frozenset({Scope.PAYOUT}), 3), Measure(Kind.PARTIAL, PUBLISH, 31), False),
        (Measure(Kind.PARTIAL, PUBLISH, 90), FULL, True),
        (Measure(Kind.PARTIAL, frozenset({Scope.PAYOUT}), 3), FULL, False),
        (REMIND, Measure(Kind.PARTIAL, PUBLISH, 3), True),
        (REMIND, FULL, True),
        (FULL, Measure(Kind.PARTIAL, PUBLISH, 3), False),
        (FULL, FULL, False),
        (FULL, measure(Kind.TERMINATED, frozenset(), None), True),
    ],
)
def test_what_is_lighter(one, other, lighter):
    assert one.lighter_than(other) is lighter


def test_points_end_a_year_after_they_were_given_to_the_second():
    given = datetime(2026, 3, 1, 12, tzinfo=UTC)
    end = datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert points.sum_of([(6, given)], end - timedelta(microseconds=1)) == 6
    assert points.sum_of([(6, given)], end) == 0
    assert points.counts_until(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2029, 2, 28, tzinfo=UTC)


def test_points_of_each_breach_and_the_rung_they_propose():
    rules = points.schedule(date(2026, 11, 22))
    assert rules.worth == {
        Breach.WARNING: 2,
        Breach.FALSE_INFORMATION: 6,
        Breach.IP: 6,
        Breach.SERIOUS_IP: 12,
        Breach.FRAUD: 48,
    }
    assert [points.reached(*pair, rules.steps) for pair in ((0, 5), (0, 6), (6, 11), (6, 12), (12, 47), (47, 48))] == [
        None,
        Kind.REMIND,
        None,
        Kind.PARTIAL,
        None,
        Kind.FULL,
    ]
    assert points.reached(0, rules.worth[Breach.FRAUD], rules.steps) is Kind.FULL


def test_reasons_are_dated_and_a_finding_is_no_reason_of_ours():
    codes = {reason.code for reason in reasons.offered(date(2026, 11, 22))}
    found = {reason.code for reason in reasons.offered(date(2026, 11, 22), found=True)}
    assert found == {"smuggling", "fx_evasion", "tax_evasion", "fraud", "counterfeits"}
    assert codes
    assert not codes & found
    assert reasons.offered(date(2026, 11, 21)) == []
    assert all(reasons.REASONS[code].illegal for code in found)


def test_the_table_of_moves_is_whole():
    ends = {RestrictionState.REFUSED, RestrictionState.EXPIRED, RestrictionState.LIFTED, RestrictionState.REPLACED}
    assert not {state for state, _move in MOVES} & ends
    assert set(MOVES.values()) | {RestrictionState.PROPOSED} == set(RestrictionState) == set(LABELS)
    assert {move for _state, move in MOVES} == set(RestrictionMove)
    assert {state for state, _move in APPEAL_MOVES} == {AppealState.FILED}
    assert {move for _state, move in APPEAL_MOVES} == set(AppealMove)
    assert set(OUTCOMES) == set(AppealState)


class Named:
    def __init__(self, original, latin):
        self.name_original, self.name_latin = original, latin


@pytest.mark.parametrize(
    ("original", "latin", "shown"),
    [
        ("深圳灯笼制造有限公司", "Shenzhen Lantern Works", "深圳灯笼制造有限公司 (Shenzhen Lantern Works)"),
        ("Elbkontor GmbH", "Elbkontor GmbH", "Elbkontor GmbH"),
        ("义乌市王小明个体工商户", "Wang Xiaoming Trading", "义**"),
        ("王小明", "Wang Xiaoming", "王**"),
    ],
)
def test_names_of_persons_are_left_out(original, latin, shown):
    assert public_name(Named(original, latin)) == shown
