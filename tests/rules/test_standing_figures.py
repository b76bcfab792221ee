"""Figures of who stands behind the names: levels at the end of a span, requests, and what was renewed in time."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.indicators.figures import members, registration, rights
from app.indicators.figures.base import WHOLE, Figure, Span
from app.indicators.figures.standing_rows import (
    Check,
    Counter,
    Institution,
    Item,
    Notice,
    Paid,
    Proof,
    Sanction,
    Scan,
    Stock,
    Strike,
)
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


# Paid members


def test_a_member_counts_once_in_the_plan_that_began_last():
    begin, last = date(2026, 1, 1), MARCH.last
    rows = [
        Paid("a", "standard", begin, date(2026, 12, 31)),
        Paid("a", "premium", date(2026, 3, 9), date(2026, 12, 31)),
        Paid("b", "standard", begin, last),
        Paid("c", "standard", begin, last - timedelta(days=1)),
        Paid("d", "standard", last + timedelta(days=1), date(2026, 12, 31)),
    ]
    for order in (rows, rows[::-1]):
        found = told(members.figures(order, MARCH))
        assert found == {
            ("I-02.6", WHOLE): 2,
            ("I-02.6", ("plan", "premium")): 1,
            ("I-02.6", ("plan", "standard")): 1,
        }


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


# Protection of intellectual property


def notice(number: int = 1, **more) -> Notice:
    said: dict[str, Any] = {
        "notice": f"n{number:04d}", "right": "trade_mark", "office": "CN", "filed": at(3), "decided": None,
        "stopped": 0, "refused": 0, "withdrawn": None, "fault": "", "public": False,
    }  # fmt: skip
    return Notice(**said | more)


def item(name: str, down: datetime | None, number: int = 1, **more) -> Item:
    said: dict[str, Any] = {"stopped": at(4), "proved": None, "ended": None, "how": ""}
    return Item(f"n{number:04d}", name, down=down, **said | more)


def sanction(number: int = 1, **more) -> Sanction:
    said: dict[str, Any] = {
        "sanction": f"s{number:04d}", "party": "a", "level": "remind", "reason": "intellectual_property",
        "found": False, "starts": at(9), "appealed": None, "appeal_decided": None, "appeal": "",
    }  # fmt: skip
    return Sanction(**said | more)


def test_notices_by_what_came_of_them():
    rows = [
        notice(1, decided=at(4), stopped=2, refused=1, public=True),
        notice(2, decided=at(4), refused=1, fault="malicious", public=True, office="EM", right="design"),
        notice(3, withdrawn=at(5)),
        notice(4, filed=at(28, month=2), decided=at(4), stopped=1, public=True),
        notice(5, decided=at(1, month=4), stopped=1, public=True),
    ]
    found = told(rights.figures(rows, [], MARCH))
    assert [found[code, WHOLE] for code in ("I-06.1", "I-06.1.valid", "I-06.1.rejected", "I-06.6", "I-06.7")] == [
        *(4, 2, 2, 1, 100),
    ]
    assert found["I-06.1", ("office", "EM")] == found["I-06.1", ("right", "design")] == 1
    assert found["I-06.1.rejected", ("ending", "refuse")] == found["I-06.1.rejected", ("ending", "withdraw")] == 1
    assert found["I-06.6", ("wrong", "malicious")] == 1


def test_in_time_is_every_listing_down_within_a_day_to_the_last_moment():
    decided, limit = at(4), at(5)
    rows = [notice(number, decided=decided, stopped=1, public=True) for number in (1, 2, 3)]
    items = [item("a", at(4)), item("b", limit), item("c", limit + SECOND, 2), item("d", at(4), 3), item("e", None, 3)]
    found = rights.figures(rows, items, MARCH)
    assert shares(found, "I-06.2") == (1, 3)
    assert told(found)["I-06.2.hours", WHOLE] == 48, "of those that are down; half a second more rounds to nothing"


def test_measures_and_their_rate():
    items = [
        item("a", at(4), ended=at(30), how="lapse"),
        item("b", at(5), proved=at(6)),
        item("c", at(1, month=4), ended=at(2, month=4), how="lapse"),
        item("d", None),
    ]
    found = told(rights.measures(items, [Stock(MARCH.last, 4000), Stock(date(2026, 2, 28), 9)], MARCH))
    assert [found[code, WHOLE] for code in ("I-06.4", "I-06.4.rate", "I-06.3.lapsed", "I-06.3.kept")] == [2, 5, 1, 1]
    assert told(rights.measures([], [], MARCH))["I-06.4.rate", WHOLE] is None


def test_counter_statements_are_passed_on_within_a_working_day():
    rows = [
        Counter("a", at(3), at(4), at(4)),
        Counter("b", at(3), at(4), at(4) + SECOND),
        Counter("c", at(3), at(4), None),
        Counter("d", at(31), at(1, month=4), at(31)),
    ]
    found = rights.counters(rows, MARCH)
    assert shares(found, "I-06.3.forwarded") == (1, 3)
    assert told(found)["I-06.3", WHOLE] == 4


def test_who_infringes_again_does_so_within_twelve_months():
    year = datetime(2025, 3, 31, 16, tzinfo=UTC)
    parties = [seller(name) for name in ("twice", "once", "long ago", "later")]
    strikes = [Strike("twice", year), Strike("twice", at(31)), Strike("once", at(5))]
    strikes += [Strike("long ago", year - SECOND), Strike("long ago", at(5)), Strike("later", at(5))]
    strikes.append(Strike("later", MARCH.end))
    assert told(rights.repeated(parties, strikes, MARCH))["I-06.5", WHOLE] == 1


def test_sanctions_by_level_and_listings_found():
    rows = [sanction(1), sanction(2, level="partial"), sanction(3, reason="fraud"), sanction(4, starts=MARCH.end)]
    found = told(rights.sanctions(rows, MARCH))
    assert found["I-06.5.sanctions", WHOLE] == 2
    assert found["I-06.5.sanctions", ("level", "partial")] == 1
    scans = [Scan("x", at(3)), Scan("y", at(3)), Scan("z", MARCH.end)]
    assert told(rights.scans(scans, MARCH))["I-06.4.found", WHOLE] == 2


def test_what_is_there_to_protect_rights():
    rows = [Institution("rules", "/rules/reports 1", MARCH.last), Institution("scan", "INF-03", date(2026, 4, 1))]
    found = told(rights.institutions(rows, MARCH))
    assert found["I-06.0", WHOLE] == 1
    assert {cut[1]: value for (_code, cut), value in found.items() if cut != WHOLE} == dict.fromkeys(
        rights.PROTECTS, 0
    ) | {"rules": 1}
