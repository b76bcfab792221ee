"""The life of a right, a notice and a listing of one, walked whole; and the fifteen days at their edges."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from trust.rights import states, timing
from trust.rights.periods import WAIT
from trust.rights.publishing import public_holder
from trust.rights.states import (
    DOWN,
    FORWARDED,
    ITEM_MOVES,
    NOTICE_MOVES,
    OPEN,
    RIGHT_MOVES,
    ItemMove,
    ItemState,
    NoticeMove,
    NoticeState,
    RightMove,
    RightState,
)

S, M = ItemState, ItemMove
ALLOWED = {
    S.FILED: {M.STOP, M.REFUSE, M.WITHDRAW},
    S.REFUSED: set(),
    S.STOPPED: {M.COUNTER, M.YIELD, M.CLEAR, M.CONFIRM},
    S.COUNTERED: {M.PROVE, M.LAPSE, M.YIELD, M.CLEAR},
    S.HELD: {M.YIELD, M.CLEAR, M.CONFIRM},
    S.RESTORED: set(),
    S.CONFIRMED: set(),
    S.WITHDRAWN: set(),
}
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("state", list(S))
def test_every_state_of_a_listing_with_every_move(state):
    assert {move for move in M if (state, move) in ITEM_MOVES} == ALLOWED[state]
    assert state in states.ITEMS


def test_a_right_and_a_notice_walked_whole():
    assert RIGHT_MOVES.keys() == {
        (RightState.SUBMITTED, RightMove.ACCEPT),
        (RightState.SUBMITTED, RightMove.REFUSE),
        (RightState.SUBMITTED, RightMove.WITHDRAW),
        (RightState.ACCEPTED, RightMove.WITHDRAW),
    }
    assert NOTICE_MOVES.keys() == {
        (NoticeState.FILED, NoticeMove.DECIDE),
        (NoticeState.FILED, NoticeMove.WITHDRAW),
        (NoticeState.DECIDED, NoticeMove.WITHDRAW),
    }


def test_a_listing_is_down_or_back_and_its_supplier_knows():
    assert set(FORWARDED) == {*DOWN, S.RESTORED}
    assert set(OPEN) == {state for state in S if ALLOWED[state]}
    assert all(after not in DOWN for (_state, move), after in ITEM_MOVES.items() if move in {M.LAPSE, M.YIELD, M.CLEAR})


def test_fifteen_days_are_counted_from_the_day_after_arrival():
    arrived = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
    assert timing.ends(arrived, WAIT, "Asia/Shanghai") == datetime(2026, 3, 18, tzinfo=SHANGHAI)


def test_a_second_before_midnight_is_another_day():
    midnight = datetime(2026, 3, 3, tzinfo=SHANGHAI)
    before = timing.ends(midnight - timedelta(seconds=1), WAIT, "Asia/Shanghai")
    assert timing.ends(midnight, WAIT, "Asia/Shanghai") - before == timedelta(days=1)


def test_the_day_is_the_platform_s_not_greenwich_s():
    late = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # 00:30 on the 3rd in Shanghai
    assert timing.ends(late, WAIT, "Asia/Shanghai") == datetime(2026, 3, 19, tzinfo=SHANGHAI)
    assert timing.ends(late, WAIT, "UTC") == datetime(2026, 3, 18, tzinfo=UTC)


def test_days_are_whole_over_a_change_of_the_clocks():
    berlin = ZoneInfo("Europe/Berlin")  # summer time begins on 29 March 2026
    end = timing.ends(datetime(2026, 3, 20, 12, tzinfo=berlin), WAIT, "Europe/Berlin")
    assert end == datetime(2026, 4, 5, tzinfo=berlin)


@pytest.mark.parametrize(
    ("name", "person", "shown"),
    [
        ("Lanterna Holding SA", False, "Lanterna Holding SA"),
        ("Anna Holder", True, "A**"),
        ("王小明", False, "王**"),
        ("深圳公司", False, "深圳公司"),
    ],
)
def test_names_of_persons_are_masked_in_public(name, person, shown):
    assert public_holder(name, person=person) == shown
