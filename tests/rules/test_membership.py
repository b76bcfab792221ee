"""Days of memberships, prices to the minor unit, and what a renewal is."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Conflict
from app.core.money import Money
from payments.membership.calendar import GRACE, Renewal, last_day, place, renewal, share_left
from payments.membership.states import TermKind

RANKS = {"free": 0, "standard": 1, "premium": 2}
BEGUN = date(2026, 3, 1)
ENDS = date(2027, 2, 28)


@dataclass(frozen=True)
class Term:
    plan: str = "standard"
    months: int = 12
    starts_on: date = BEGUN
    ends_on: date = ENDS


@pytest.mark.parametrize(
    ("starts_on", "months", "ends_on"),
    [
        (date(2026, 3, 1), 12, date(2027, 2, 28)),
        (date(2027, 3, 1), 12, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2026, 2, 14)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 30)),
    ],
)
def test_a_term_ends_on_the_day_before_the_same_day(starts_on, months, ends_on):
    assert last_day(starts_on, months) == ends_on


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 36))
def test_terms_follow_one_another_without_gap_or_overlap(starts_on, months):
    ends_on = last_day(starts_on, months)
    assert starts_on <= ends_on
    assert last_day(ends_on + timedelta(days=1), months) > ends_on


@given(st.integers(0, 10**9), st.integers(1, 800), st.data())
def test_what_is_left_and_what_is_used_make_the_whole(minor, days, data):
    whole, ends_on = Money(minor, "JPY"), BEGUN + timedelta(days=days - 1)
    day = BEGUN + timedelta(days=data.draw(st.integers(0, days)))
    left = share_left(whole, BEGUN, ends_on, day)
    assert 0 <= left.minor <= minor
    assert abs(left.minor * days - minor * ((ends_on - day).days + 1)) <= days
    assert share_left(whole, BEGUN, ends_on, BEGUN) == whole


def at(day, plan="standard", months=12, terms=(Term(),)):
    return place(day, terms, plan, months, RANKS)


def test_the_first_term_begins_when_it_is_paid():
    found = at(BEGUN, terms=())
    assert (found.kind, found.starts_on, found.ends_on) == (TermKind.NEW, BEGUN, ENDS)


@pytest.mark.parametrize("late", [0, 1, GRACE])
def test_a_renewal_begins_where_the_term_ends_however_late_in_the_days_of_grace(late):
    found = at(ENDS + timedelta(days=late))
    assert (found.kind, found.starts_on) == (TermKind.RENEWAL, date(2027, 3, 1))


def test_on_the_day_after_the_days_of_grace_it_begins_anew():
    day = ENDS + timedelta(days=GRACE + 1)
    found = at(day)
    assert (found.kind, found.starts_on) == (TermKind.WIN_BACK, day)


def test_a_larger_plan_within_a_term_is_an_upgrade_to_its_end():
    found = at(date(2026, 9, 1), "premium")
    assert (found.kind, found.starts_on, found.ends_on) == (TermKind.UPGRADE, date(2026, 9, 1), ENDS)


def test_a_larger_plan_in_the_days_of_grace_is_a_renewal():
    assert at(ENDS + timedelta(days=1), "premium").kind is TermKind.RENEWAL


def test_a_smaller_plan_follows_the_term():
    found = at(date(2027, 1, 10), "standard", terms=(Term("premium"),))
    assert (found.kind, found.starts_on) == (TermKind.RENEWAL, date(2027, 3, 1))


@pytest.mark.parametrize(
    ("day", "plan", "months", "terms"),
    [
        (date(2026, 3, 2), "standard", 12, (Term(),)),  # a year before its end
        (date(2026, 9, 1), "premium", 1, (Term(),)),  # another length
        (date(2027, 2, 1), "premium", 12, (Term(), Term(starts_on=date(2027, 3, 1), ends_on=date(2028, 2, 29)))),
    ],
)
def test_what_cannot_be_ordered_now(day, plan, months, terms):
    with pytest.raises(Conflict):
        at(day, plan, months, terms)


@pytest.mark.parametrize(
    ("paid", "starts", "fee", "outcome"),
    [
        (-31, 1, 100, Renewal.EARLY),
        (-30, 1, 100, Renewal.ON_TIME),
        (0, 1, 100, Renewal.ON_TIME),
        (1, 1, 100, Renewal.GRACE),
        (GRACE, 1, 100, Renewal.GRACE),
        (GRACE + 1, GRACE + 1, 100, Renewal.WIN_BACK),
        (None, 1, 0, Renewal.WAIVED),
        (None, None, 0, Renewal.NONE),
    ],
)
def test_what_became_of_a_term(paid, starts, fee, outcome):
    paid_on = None if paid is None else ENDS + timedelta(days=paid)
    starts_on = None if starts is None else ENDS + timedelta(days=starts)
    assert renewal(ENDS, paid_on, starts_on, fee) is outcome
