"""Figures of lawful operation and of the operator's capital: what counts on which day, and what is in time."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.indicators.figures import lawful, operator
from app.indicators.figures.base import WHOLE
from app.indicators.figures.rows import Act
from app.indicators.figures.standing_rows import (
    Capital,
    Demand,
    Finding,
    Incident,
    Licence,
    Penalty,
    Report,
)
from app.indicators.gathering_lawful import half_years
from tests.rules.test_figures import MARCH, YEAR, party, told
from tests.rules.test_standing_figures import SECOND, at, sanction, seller, shares

HOUR = timedelta(hours=1)


def capital(changed: date, subscribed: int, **more: Any) -> Capital:
    said: dict[str, Any] = {"stated": at(1), "paid_in": Decimal(1_000_000), "currency": "CNY", "registration": "9144"}
    said |= {"registered": date(2020, 5, 1), "document": "0" * 64} | more
    return Capital(changed=changed, subscribed=Decimal(subscribed), **said)


def test_penalties_by_their_day_and_currency():
    rows = [
        Penalty("a", MARCH.first, "CNY", 2, Decimal("10000.50")),
        Penalty("b", MARCH.last, "JPY", 0, Decimal(70)),
        Penalty("c", MARCH.last, "", 0, None),
        Penalty("d", MARCH.last + timedelta(days=1), "CNY", 2, Decimal(5)),
    ]
    assert told(lawful.penalties(rows, MARCH)) == {
        ("I-10.1", WHOLE): 3,
        ("I-10.1.amount", ("currency", "CNY")): Decimal("10000.50"),
        ("I-10.1.amount", ("currency", "JPY")): Decimal(70),
    }
    assert told(lawful.penalties([], MARCH)) == {("I-10.1", WHOLE): 0}


def test_a_licence_is_in_force_to_its_last_day():
    begin, last = date(2020, 1, 1), MARCH.last
    rows = [
        Licence("without end", begin, None, at(1), None),
        Licence("to the last day", begin, last, at(1), MARCH.end),
        Licence("ended", begin, last - timedelta(days=1), at(1), None),
        Licence("not begun", last + timedelta(days=1), None, at(1), None),
        Licence("off the page", begin, None, at(1), MARCH.end - SECOND),
        Licence("not shown yet", begin, None, MARCH.end, None),
    ]
    assert shares(lawful.licences(rows, MARCH), "I-10.2") == (2, 4)


def test_reports_and_answers_to_the_last_moment():
    due = at(9)
    rows = [
        Report("a", "identity", due, due),
        Report("b", "incident", due, due + SECOND),
        Report("c", "incident", due, None),
        Report("d", "incident", MARCH.end + SECOND, due),
    ]
    found = lawful.reports(rows, MARCH)
    assert shares(found, "I-10.3") == (1, 3)
    assert shares(found, "I-10.3", ("report", "incident")) == (0, 2)
    asked = [
        Demand("a", "court", False, at(2), due, due),
        Demand("b", "tax", True, at(2), due, None),
        Demand("c", "tax", False, at(2, month=2), MARCH.end + SECOND, None),
    ]
    found = lawful.demands(asked, MARCH)
    assert shares(found, "I-10.4") == (1, 2)
    assert shares(found, "I-10.4", ("origin", "home")) == (1, 1)
    assert told(found)["I-10.4.received", WHOLE] == 2


def test_incidents_by_nature_and_grade():
    rows = [Incident("a", "loss", "general", at(3)), Incident("b", "loss", "major", MARCH.end)]
    found = told(lawful.incidents(rows, MARCH))
    assert found["I-10.5", WHOLE] == found["I-10.5", ("nature", "loss")] == 1
    assert ("I-10.5", ("grade", "major")) not in found


def test_measures_for_each_thousand_sellers_that_did_something():
    month = date(2026, 3, 1)
    parties = [seller("a"), seller("b"), seller("idle"), party("buyer", at(1, month=1))]
    acts = [Act("a", "list", month), Act("a", "quote", month), Act("b", "ship", month), Act("buyer", "ask", month)]
    acts.append(Act("idle", "list", date(2026, 2, 1)))
    rows = [
        sanction(1, level="full", reason="fraud", appealed=at(10), appeal_decided=at(12), appeal="lifted"),
        sanction(2, appealed=at(10), appeal_decided=at(12), appeal="upheld"),
        sanction(3, starts=at(1, month=2), appealed=at(3), appeal_decided=at(5), appeal="reduced"),
        sanction(4, appealed=at(10)),
    ]
    found = lawful.sanctions(rows, parties, acts, MARCH)
    assert told(found)["I-10.6", WHOLE] == 3
    assert told(found)["I-10.6", ("cause", "fraud")] == told(found)["I-10.6", ("level", "full")] == 1
    assert told(found)["I-10.6.rate", WHOLE] == 1500
    assert shares(found, "I-10.8") == (2, 3)
    assert told(lawful.sanctions(rows, parties, [], MARCH))["I-10.6.rate", WHOLE] is None


def test_hours_until_a_member_is_stopped_are_never_below_nothing():
    rows = [
        Finding("a", "fraud", at(3), at(3) + 5 * HOUR),
        Finding("b", "fraud", at(3), at(2)),
        Finding("c", "smuggling", at(3), None),
        Finding("d", "smuggling", MARCH.end, at(3)),
    ]
    found = told(lawful.findings(rows, MARCH))
    assert found["I-10.7", WHOLE] == 3
    assert found["I-10.7", ("cause", "smuggling")] == 1
    assert found["I-10.7.hours", WHOLE] == Decimal("2.50")


def test_reports_on_sellers_are_due_with_the_end_of_january_and_of_july():
    found = list(half_years(YEAR))
    assert [period for period, _due in found] == [date(2025, 1, 1), date(2025, 7, 1)]
    assert [due.isoformat() for _period, due in found] == ["2025-08-01T00:00:00+08:00", "2026-02-01T00:00:00+08:00"]


def test_capital_is_that_of_the_end_and_a_change_inside_shows_with_its_day():
    rows = [
        capital(date(2020, 5, 1), 5_000_000, stated=at(2)),
        capital(date(2020, 5, 1), 4_000_000),
        capital(date(2026, 3, 9), 8_005_000),
        capital(date(2026, 4, 1), 9_000_000),
    ]
    found = told(operator.figures(rows, MARCH))
    assert found["I-01.1", WHOLE] == found["I-01.1", ("currency", "CNY")] == Decimal("800.5")
    assert found["I-01.2", WHOLE] == 100
    assert {cut[1]: value for (code, cut), value in found.items() if code == "I-01.1" and cut[0] == "since"} == {
        "2020-05-01": 500,
        "2026-03-09": Decimal("800.5"),
    }
    assert told(operator.figures([], MARCH)) == {("I-01.1", WHOLE): None, ("I-01.2", WHOLE): None}


@given(
    st.lists(
        st.tuples(st.dates(date(2019, 1, 1), date(2027, 1, 1)), st.integers(1, 10**12)),
        max_size=12,
        unique_by=lambda one: one[0],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_statements_is_nothing(said, chance: random.Random):
    rows = [capital(day, amount) for day, amount in said]
    first = told(operator.figures(rows, MARCH))
    chance.shuffle(rows)
    assert told(operator.figures(rows, MARCH)) == first
    assert all(key <= "2026-03-31" for _code, (kind, key) in first if kind == "since")
