"""When statutory reports are due, and what a snapshot says against the one before it."""

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.core.workdays import is_working_day
from app.statutory import snapshot as snapshots
from app.statutory.rules import LETTERS_AFTER, RULES, Kind, after_event, recurring, step
from app.statutory.snapshot import Income, Platform, Seller, Snapshot, marked
from app.statutory.states import MOVES, FilingMove, FilingState

IDENTITY, TAX, BASIC = (RULES[kind] for kind in (Kind.IDENTITY, Kind.TAX, Kind.BASIC))
LONG_AGO = date(2020, 1, 1)
PLATFORM = Platform(
    "Portolan", "91330000MA27X00000", "Hangzhou", "0571", "a@b.example", "portolan.example", "2024-01-02"
)


def days(rule, today, start=LONG_AGO):
    return {duty.first: duty for duty in recurring(rule, start, today)}


def test_particulars_of_sellers_are_due_on_the_last_day_of_january_and_of_july_even_on_a_sunday():
    found = days(IDENTITY, date(2027, 1, 1))
    first = found[date(2026, 7, 1)]
    assert (first.last, first.opens_on, first.due_on) == (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 31))
    assert first.due_on.weekday() == 6, "no rule moves it"
    assert found[date(2027, 1, 1)].due_on == date(2027, 7, 31)
    assert set(found) == {date(2026, 7, 1), date(2027, 1, 1), date(2027, 7, 1)}


def test_a_quarter_is_due_in_the_month_after_it_and_a_day_off_moves_to_the_next_working_day():
    found = days(TAX, date(2027, 1, 1))
    fourth = found[date(2026, 10, 1)]
    assert (fourth.last, fourth.opens_on) == (date(2026, 12, 31), date(2027, 1, 1))
    assert not is_working_day(date(2027, 1, 31))
    assert fourth.due_on == date(2027, 2, 1)
    assert found[date(2027, 4, 1)].due_on == date(2027, 8, 2), "31 July 2027 is a Saturday"
    assert days(TAX, date(2026, 4, 1))[date(2026, 1, 1)].due_on == date(2026, 4, 30)


def test_a_leap_day_belongs_to_its_quarter_and_moves_nothing():
    first = days(TAX, date(2028, 2, 29))[date(2028, 1, 1)]
    assert (first.first, first.last, first.opens_on) == (date(2028, 1, 1), date(2028, 3, 31), date(2028, 4, 1))
    assert after_event(BASIC, date(2028, 1, 31)).due_on == date(2028, 3, 1)


@pytest.mark.parametrize("rule", [IDENTITY, TAX], ids=["identity", "tax"])
def test_periods_follow_one_another_without_a_gap_whatever_the_day(rule):
    for number in range(0, 1200, 7):
        today = date(2025, 11, 1) + timedelta(days=number)
        found = list(recurring(rule, LONG_AGO, today))
        assert found[0].due_on >= today
        assert all(one.last + timedelta(days=1) == other.first for one, other in pairwise(found))
        assert found[0].opens_on <= today or found[0].first <= today, "nothing that is due now is left out"


def test_nothing_is_asked_for_from_before_the_law_or_the_platform():
    assert min(days(TAX, date(2025, 7, 1))) == date(2025, 7, 1)
    assert min(days(TAX, date(2027, 1, 1), start=date(2026, 11, 20))) == date(2026, 10, 1)
    assert date(2026, 7, 1) in days(TAX, date(2026, 10, 5), start=date(2026, 9, 30))
    assert date(2026, 7, 1) not in days(TAX, date(2026, 10, 5), start=date(2026, 10, 1))


def test_the_platform_says_who_it_is_within_thirty_days():
    assert after_event(BASIC, date(2026, 11, 3)).due_on == date(2026, 12, 3)
    assert after_event(BASIC, date(2024, 1, 2)).due_on == date(2025, 7, 21), "20 July 2025 was a Sunday"
    assert after_event(BASIC, date(2026, 11, 6)).due_on == date(2026, 12, 7), "6 December 2026 is a Sunday"


def test_letters_go_out_seven_days_and_one_day_before_on_the_day_and_each_day_after_for_a_month():
    due = date(2026, 10, 31)
    told = [step(due, due + timedelta(days=n)) for n in range(-10, 60)]
    assert sorted({one for one in told if one}) == [
        due - timedelta(days=7), due - timedelta(days=1), due,
        *(due + timedelta(days=n) for n in range(1, LETTERS_AFTER + 1)),
    ]  # fmt: skip
    assert step(due, due - timedelta(days=8)) is None
    assert step(due, due - timedelta(days=3)) == due - timedelta(days=7), "one that was missed is made up for"


def test_what_is_filed_stays_filed():
    for (state, move), after in MOVES.items():
        if state in (FilingState.FILED, FilingState.FILED_LATE):
            assert (after, move in (FilingMove.CORRECT, FilingMove.FILE)) == (state, True)
        assert state is not FilingState.NOT_DUE


def seller(key, status="same", **changes):
    said = Seller(key, status, f"{key} 公司", key, "CN", "uscc", "9133", "Yiwu", "Li", "1", "a@b.example", "u", ())
    return replace(said, **changes)


def income(key, currency="USD", gross=1000, refunds=100, **changes):
    said = Income(
        key, key, "9133", currency, gross, refunds, 5, 15, 20, 3, "7.1", "2026-09-30", "ECB",
        (gross * 7, refunds * 7, 35, 105, 140), (),
    )  # fmt: skip
    return replace(said, **changes)


def report(*sellers, rows=()):
    return Snapshot(Kind.TAX, "2026-07-01/2026-09-30", "Asia/Shanghai", PLATFORM, marked(sellers, None), tuple(rows))


def statuses(found):
    return {one.key: one.status for one in found}


def test_the_first_report_names_everybody_and_the_next_what_is_new_changed_or_gone():
    first = report(seller("a"), seller("b"), seller("c"), seller("d"))
    assert set(statuses(first.sellers).values()) == {"new"}
    then = marked([seller("a"), seller("b", phone="2"), seller("e"), seller("d", "ended")], first)
    assert statuses(then) == {"a": "same", "b": "changed", "c": "ended", "d": "ended", "e": "new"}
    second = replace(first, sellers=then)
    assert {one.key for one in second.reported} == {"b", "c", "d", "e"}
    third = marked([seller("a"), seller("b", phone="2"), seller("d", "ended"), seller("e")], second)
    assert statuses(third) == {"a": "same", "b": "same", "e": "same"}, "an end is reported once"
    assert statuses(marked([seller("c")], second))["c"] == "new", "whoever comes back is new"


def test_a_finding_is_no_change_of_what_is_reported():
    first = report(seller("a"))
    assert statuses(marked([seller("a", findings=("expired",))], first)) == {"a": "same"}


def test_a_snapshot_is_read_as_it_was_written_and_makes_the_same_bytes():
    one = report(seller("a", findings=("expired",)), rows=[income("a", findings=("expired",)), income("a", "EUR")])
    again = Snapshot.read(one.written())
    assert again == one
    assert snapshots.archive(again) == snapshots.archive(one)
    assert (one.counts, one.findings) == ({"sellers": 1, "income": 2, "orders": 6}, {"expired": 1})


def test_the_tables_carry_sums_by_currency_and_nothing_that_a_spreadsheet_would_run():
    one = report(seller("a", name="=cmd()"), rows=[income("a"), income("b", gross=2000), income("a", "JPY", gross=7)])
    sums = {row.currency: (row.gross, row.refunds, row.net, row.orders, row.yuan[0]) for row in one.totals()}
    assert sums == {"USD": (3000, 200, 2800, 6, 21000), "JPY": (7, 100, -93, 3, 49)}
    with zipfile.ZipFile(io.BytesIO(snapshots.archive(one))) as packed:
        assert packed.namelist() == ["1-platform.csv", "2-sellers.csv", "3-income.csv", "snapshot.json"]
        assert "'=cmd()" in packed.read("2-sellers.csv").decode("utf-8-sig")
        lines = packed.read("3-income.csv").decode("utf-8-sig").splitlines()
        assert lines[1].startswith("a,9133,USD,10.00,1.00,9.00,0.05,0.15,0.20,3,7.1,2026-09-30,ECB,70.00,7.00,63.00")
        assert [line.split(",")[2] for line in lines[1:]] == ["USD", "USD", "JPY", "JPY", "USD"]
    basic = Snapshot(Kind.BASIC, "2026-11-03/2026-11-03", "Asia/Shanghai", PLATFORM)
    with zipfile.ZipFile(io.BytesIO(snapshots.archive(basic))) as packed:
        assert packed.namelist() == ["1-platform.csv", "snapshot.json"]
