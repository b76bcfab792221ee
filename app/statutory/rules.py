"""When a statutory report is due, as dated data. Pure.

Measures for Supervision of Online Trading (PRC) art. 25: particulars of sellers, each January and July. Provisions on
Reporting Tax-Related Information by Internet Platform Enterprises (State Council Decree 810) art. 3: particulars of the
platform, within thirty days of its beginning; art. 4: sellers and their income, in the month after each quarter; in
force since 2025-06-20. Implementation Rules of the Tax Collection Law (PRC) art. 109: a period that ends on a holiday
ends with the next working day.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.i18n import N_
from app.core.workdays import add_working_days, is_working_day


class Kind(StrEnum):
    """IDENTITY: particulars of sellers, to the market regulator. TAX: the platform, its sellers and their income, to
    the tax authority. BASIC: particulars of the platform alone, to the tax authority."""

    IDENTITY = "identity"
    TAX = "tax"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class Rule:
    """A report the law asks for.

    months       length of the period it is about, by the calendar: it is due in the month after it; 0 where something
                 that happened asks for it
    days         after that until it is due, where `months` is 0
    since        no report is about a day before this one; what happened before counts as if it happened on it
    next_workday a due day on which nobody works moves to the next on which somebody does
    """

    kind: Kind
    months: int
    days: int
    since: date
    next_workday: bool
    law: str


RULES = {
    Kind.IDENTITY: Rule(
        Kind.IDENTITY, 6, 0, date(2021, 1, 1), False, N_("Measures for Supervision of Online Trading, article 25")
    ),
    Kind.TAX: Rule(Kind.TAX, 3, 0, date(2025, 7, 1), True, N_("State Council Decree 810, article 4")),
    Kind.BASIC: Rule(Kind.BASIC, 0, 30, date(2025, 6, 20), True, N_("State Council Decree 810, article 3")),
}
WARNED = (7, 1, 0)
"""Days before the due day on which a letter goes out; after it there is one each day."""
LETTERS_AFTER = 30
"""Days after the due day on which the daily letters end; page, home and signal go on."""
AHEAD = timedelta(days=366)
"""How far the calendar reaches."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One report: over the days `first` to `last`, to be made from `opens_on` to `due_on`, all days included."""

    kind: Kind
    first: date
    last: date
    opens_on: date
    due_on: date


def recurring(rule: Rule, start: date, today: date) -> Iterator[Duty]:
    """Reports of a rule with a period that are due today or later and open within AHEAD; none about a period that was
    over before `start`, the platform's first day."""
    first = _period_of(max(rule.since, start, today - timedelta(days=400)), rule.months)
    while first <= today + AHEAD:
        after = _later(first, rule.months)
        duty = Duty(rule.kind, first, after - timedelta(days=1), after, _workday(rule, _month_end(after)))
        if duty.due_on >= today and after <= today + AHEAD:
            yield duty
        first = after


def after_event(rule: Rule, day: date) -> Duty:
    """The report that something asks for that happened on a day."""
    begins = max(day, rule.since)
    return Duty(rule.kind, day, day, begins, _workday(rule, begins + timedelta(days=rule.days)))


def step(due_on: date, today: date) -> date | None:
    """The last day up to today on which a letter is to go out; None before the first one."""
    if today > due_on:
        return min(today, due_on + timedelta(days=LETTERS_AFTER))
    days = (due_on - timedelta(days=before) for before in WARNED)
    return max((day for day in days if day <= today), default=None)


def _period_of(day: date, months: int) -> date:
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _workday(rule: Rule, day: date) -> date:
    return add_working_days(day, 1) if rule.next_workday and not is_working_day(day) else day
