"""Figures of who stands behind the names: levels at the end of a span, requests, and what was renewed in time."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.indicators.figures import registration
from app.indicators.figures.base import WHOLE, Figure, Span
from app.indicators.figures.standing_rows import Check, Proof
from tests.rules.test_figures import MARCH, party, told

HALF_YEAR = timedelta(days=182)
SECOND = timedelta(seconds=1)


def at(day: int, hour: int = 12, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def proof(name: str, since: datetime, what: str = "entity", until: datetime | None = None) -> Proof:
    return Proof(name, what, since, until or since + HALF_YEAR)


def seller(name: str, **more) -> Any:
    return party(name, at(1, month=1), sells=True, **more)


def check(number: int = 1, **more) -> Check:
    said: dict[str, Any] = {
        "check": f"k{number:04d}", "renewing": False, "opened": at(3), "decided": None, "end": "", "faults": "",
        "twice": False, "mismatched": None,
    }  # fmt: skip
    return Check(**said | more)


def shares(found: list[Figure], code: str, cut: tuple[str, str] = WHOLE) -> tuple[int, int]:
    [one] = [one for one in found if (one.code, one.cut) == (code, cut)]
    assert one.numerator is not None
    assert one.denominator is not None
    return int(one.numerator), int(one.denominator)


# Registration verification


def test_a_level_is_that_of_the_end_of_the_span():
    end = MARCH.end
    assert registration.level_at([], end) == 1
    assert registration.level_at([proof("a", end)], end) == 1, "confirmed a moment too late"
    assert registration.level_at([proof("a", end - SECOND)], end) == 2
    assert registration.level_at([proof("a", at(1), until=end)], end) == 2, "held to the last moment"
    assert registration.level_at([proof("a", at(1), until=end - SECOND)], end) == 1
    assert registration.level_at([proof("a", at(1)), proof("a", at(2), "bank")], end) == 3
    assert registration.level_at([proof("a", at(2), "site")], end) == 1, "a site without the entity says nothing"


def test_of_one_kind_the_newest_counts_and_what_was_only_claimed_does_not():
    rows = [proof("a", at(1)), proof("a", at(2), "bank"), proof("a", at(9), "bank", until=at(9))]
    assert registration.level_at(rows, MARCH.end) == 2, "the account was ended on the ninth"
    assert registration.level_at(rows, at(5)) == 3


def test_sellers_all_and_those_abroad():
    rows = [
        seller("a", country="CN"),
        seller("b", country="CN"),
        party("c", at(1, month=1)),
        party("d", at(1, month=1), country="HK"),
        seller("gone", until=at(9)),
    ]
    proofs = [proof("a", at(1)), proof("a", at(1), "site"), proof("c", at(1)), proof("gone", at(1))]
    found = registration.figures(rows, proofs, MARCH)
    assert shares(found, "I-08.1") == (1, 2)
    assert shares(found, "I-08.1.all") == (2, 4)
    assert shares(found, "I-08.1.full") == (1, 2)
    assert shares(found, "I-08.1.abroad") == (1, 2)
    assert shares(found, "I-08.1.all", ("geo", "near")) == (0, 1)
    assert told(registration.figures([], [], MARCH))["I-08.1", WHOLE] is None, "a share of nobody is nothing"


def test_renewed_by_the_last_moment_is_in_time():
    ends = at(15)
    rows = [seller(name) for name in ("early", "late", "never")] + [seller("gone", until=at(14))]
    proofs = [proof(name, ends - HALF_YEAR, until=ends) for name in ("early", "late", "never", "gone")]
    proofs += [proof("early", ends), proof("late", ends + SECOND)]
    assert shares(registration.figures(rows, proofs, MARCH), "I-08.7") == (1, 3)
    april = Span(date(2026, 4, 1), date(2026, 4, 30), MARCH.zone)
    assert shares(registration.figures(rows, proofs, april), "I-08.7") == (0, 0)


def test_requests_by_what_came_of_them():
    rows = [
        check(1, decided=at(4), end="accepted", twice=True),
        check(2, decided=at(5), end="rejected", faults="address document_licence", mismatched=at(4)),
        check(3, decided=at(6), end="rejected"),
        check(4, decided=at(7), end="withdrawn"),
        check(5, opened=at(1, month=2), renewing=True, decided=at(1, month=4), end="accepted"),
        check(6, renewing=True),
    ]
    found = told(registration.checks(rows, MARCH))
    assert [found[code, WHOLE] for code in ("I-08.2", "I-08.3", "I-08.4", "I-08.4.withdrawn", "I-08.8")] == [
        *(5, 1, 2, 1, 1),
    ]
    assert found["I-08.2", ("renewing", "again")] == 1
    assert {cut[1]: value for (code, cut), value in found.items() if code == "I-08.4" and cut != WHOLE} == {
        "address": 1,
        "document_licence": 1,
        "other": 1,
    }
    assert found["I-08.5", WHOLE] == 48
    assert found["I-08.6", WHOLE] == Decimal("33.33")


PROOFS = st.lists(
    st.builds(
        lambda name, what, days: proof(name, at(1) + timedelta(days=days), what),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["entity", "bank", "site"]),
        st.integers(-300, 40),
    ),
    max_size=20,
    unique=True,
)


@given(PROOFS, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_nothing(rows, chance: random.Random):
    parties = [seller("a"), seller("b", country="CN"), seller("c", country="HK")]
    first = registration.figures(parties, rows, MARCH)
    chance.shuffle(rows)
    chance.shuffle(parties)
    assert registration.figures(parties, rows, MARCH) == first
