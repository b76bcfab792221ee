"""Comparing goods with lists: numbers are certain, words only hint, and parts of other words mean nothing."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Money
from orders import controlled
from orders.contracts import clauses
from tests.factories.terms import particulars
from trust.goods.licences import Left, Terms
from trust.goods.matching import Book, Entry, Goods, folded, is_cas, is_keyword
from trust.goods.statements import ELSEWHERE, FORWARDER, OTHER_COMPANY, Statement, flags
from trust.goods.states import ORDER, Kind, LicenceForm, Point, binds

DAY = date(2026, 6, 15)


def entry(**said) -> Entry:
    facts: dict[str, Any] = {
        "id": uuid4(),
        "kind": Kind.PROHIBITED,
        "code": "X",
        "since": date(2026, 1, 1),
        "until": None,
    }
    return Entry(**facts | said)


def goods(text: str = "", hs: str = "691200", *, origin: str = "CN", categories=()) -> Goods:
    return Goods("Mug", (("title_en", text),), hs, "hs_code", origin, categories)


def met(one: Entry, what: Goods, *, day: date = DAY, destination: str = "") -> list[bool]:
    """Of each hit, whether it is certain."""
    return [hit.certain for hit in Book([one]).hits(what, day=day, destinations=(destination,) if destination else ())]


@pytest.mark.parametrize(
    ("prefix", "code", "found"),
    [
        ("93", "930110", [True]),
        ("93", "920110", []),
        ("93", "299300", []),  # a prefix stands at the beginning
        ("9301", "930110", [True]),
        ("930110", "930110", [True]),
        ("930110", "93011000", [True]),
        ("930110", "930119", []),
        ("93011010", "93011010", [True]),
        ("93011010", "93011090", []),
        ("93011010", "930110", [False]),  # six digits may be these, or others
        ("9301101000", "93011010", [False]),
        ("93011010", "930120", []),
        ("9", "930110", []),  # no prefix has one digit
    ],
)
def test_hs_prefixes(prefix, code, found):
    assert met(entry(hs=(prefix,)), goods(hs=code)) == found


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2025, 12, 31), []),
        (date(2026, 1, 1), [True]),
        (date(2026, 3, 31), [True]),
        (date(2026, 4, 1), []),
    ],
)
def test_an_entry_holds_from_its_first_to_its_last_day(day, found):
    assert met(entry(hs=("93",), until=date(2026, 3, 31)), goods(hs="930110"), day=day) == found


@pytest.mark.parametrize(
    ("said", "destination", "found"),
    [
        ({"destinations": ("IR", "KP")}, "KP", [True]),
        ({"destinations": ("IR", "KP")}, "DE", []),
        ({"destinations": ("IR", "KP")}, "", []),  # nobody knows yet
        ({}, "", [True]),
        ({"origins": ("CN",)}, "DE", [True]),
        ({"origins": ("MM",)}, "DE", []),
    ],
)
def test_countries(said, destination, found):
    assert met(entry(hs=("93",), **said), goods(hs="930110"), destination=destination) == found


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("ivory", "Carved IVORY box", True),
        ("ivory", "Carved Ivory.", True),
        ("ivory", "ivoryware", False),
        ("gun", "Burgundy mug, begun in June", False),
        ("gun", "Two guns", True),
        ("firearm", "fire arm", False),
        ("night vision scope", "Night-vision\u00a0scopes", True),
        ("night vision scope", "night vision. Scope of delivery", False),
        ("night vision scope", "vision scope", False),
        ("box", "boxes", True),
        ("glass", "glasses", True),
        ("café", "CAFE", True),
        ("ivory", "ｉｖｏｒｙ", True),
        ("枪支", "出售枪支配件", True),
        ("枪支", "喷枪 支架", False),
        ("枪支", "枪 支", False),
        ("象牙", "天然象牙雕刻", True),
        ("M4步枪", "AM4步枪", False),
        ("M4步枪", "M4步枪模型", True),
    ],
)
def test_words_have_borders_and_are_never_certain(keyword, text, found):
    assert met(entry(keywords=(keyword,)), goods(text)) == ([False] if found else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mug, ivory white", False),
        ("Mug, Ivory-White, made of ivory", True),
        ("象牙白马克杯", False),
        ("象牙白马克杯，象牙把手", True),
        ("Made in Ivory Coast", False),
    ],
)
def test_phrases_in_which_a_word_means_something_else(text, found):
    one = entry(keywords=("ivory", "象牙"), unless=("ivory white", "ivory coast", "象牙白"))
    assert met(one, goods(text)) == ([False] if found else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CAS 108-24-7", True),
        ("CAS:108‑24‑7;", True),
        ("CAS 108-24-8", False),
        ("phone 0108-24-7", False),
        ("phone 108-24-75", False),
        ("1-108-24-7", False),
    ],
)
def test_cas_numbers_stand_alone_and_have_their_check_digit(text, found):
    assert met(entry(cas=("108-24-7",)), goods(text)) == ([True] if found else [])


def test_a_category_counts_with_those_above_it():
    assert met(entry(categories=("chemicals",)), goods(categories=("solvents", "chemicals"))) == [True]
    assert met(entry(categories=("chemicals",)), goods(categories=("solvents",))) == []


def test_what_is_certain_goes_before_what_a_word_hints_at():
    one = entry(hs=("93",), keywords=("firearm",))
    [hit] = Book([one]).hits(goods("firearm", hs="930110"), day=DAY)
    assert hit.certain
    assert hit.field == "hs_code"


@given(st.text(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_nothing_that_people_write_breaks_the_comparison(text, keyword, unless):
    one = entry(keywords=(keyword,), unless=(unless,))
    for hit in Book([one]).hits(goods(text), day=DAY):
        assert hit.matched in folded(text)
        assert not hit.certain


def test_the_digest_is_of_words_and_code_not_of_their_places():
    assert goods("Mug").digest == goods(" MUG ").digest
    assert goods("Mug").digest != goods("Mugs").digest
    assert goods("Mug").digest != goods("Mug", "691110").digest
    assert goods("Mug", "69120010").digest == goods("Mug").digest


@pytest.mark.parametrize(("number", "sound"), [("7732-18-5", True), ("7732-18-4", False), ("773-185", False)])
def test_cas_check_digits(number, sound):
    assert is_cas(number) == sound


@pytest.mark.parametrize(
    ("word", "sound"), [("gun", True), ("ab", False), ("枪", False), ("枪支", True), ("!!!", False)]
)
def test_a_keyword_is_long_enough_to_mean_something(word, sound):
    assert is_keyword(word) == sound


def test_what_is_needed_from_one_point_on_is_needed_at_all_later_ones():
    found = [[binds(since, at) for at in ORDER] for since in ORDER]
    assert found == [[True] * 4, [False] + [True] * 3, [False, False, True, True], [False] * 3 + [True]]
    assert ORDER[0] is Point.LISTING


TERMS = Terms(
    LicenceForm.GENERAL, "L1", "MOFCOM", "Lantern", ("681511",), ("1C210",), ("DE", "FR"), Decimal(100), "KGM",
    Money(100_00, "USD"), date(2026, 1, 1), date(2026, 12, 31),
)  # fmt: skip
CARBON = entry(code="1C210", hs=("681511",), kind=Kind.DUAL_USE)


@pytest.mark.parametrize(
    ("code", "hs", "destination", "day", "fits"),
    [
        ("1C210", "681511", "DE", DAY, True),
        ("1C210", "68151100", "DE", DAY, True),
        ("1C210", "681512", "DE", DAY, False),
        ("9A012", "681511", "DE", DAY, False),
        ("1C210", "681511", "US", DAY, False),
        ("1C210", "681511", "", DAY, True),
        ("1C210", "681511", "DE", date(2026, 1, 1), True),
        ("1C210", "681511", "DE", date(2025, 12, 31), False),
        ("1C210", "681511", "DE", date(2026, 12, 31), True),
        ("1C210", "681511", "DE", date(2027, 1, 1), False),
    ],
)
def test_what_a_licence_covers(code, hs, destination, day, fits):
    assert TERMS.covers(entry(code=code, kind=Kind.DUAL_USE), hs, (destination,) if destination else (), day) == fits


@pytest.mark.parametrize(
    ("quantity", "unit", "minor", "currency", "takes"),
    [
        ("100", "KGM", 10_000, "USD", True),
        ("100.000001", "KGM", 10_000, "USD", False),
        ("100", "KGM", 10_001, "USD", False),
        ("1", "TNE", 1, "USD", False),
        ("1", "KGM", 1, "EUR", False),
    ],
)
def test_a_licence_is_never_taken_beyond_its_limits(quantity, unit, minor, currency, takes):
    left = Left(uuid4(), TERMS, Decimal(100), 10_000)
    assert left.takes(Decimal(quantity), unit, Money(minor, currency)) == takes


def statement(**said) -> Statement:
    facts = {
        "end_user": "Hansa Import GmbH", "address": "Kai 1", "country": "DE", "registration": "HRB 1",
        "contact": "A", "email": "a@b.example", "phone": "1", "goods": "Carbon fibre", "hs_code": "681511",
        "quantity": "100", "unit": "KGM", "end_use": "Bicycle frames", "site": "Hamburg", "no_reexport": True,
        "signed_by": "A", "title": "B", "signed_on": "2026-01-01",
    }  # fmt: skip
    return Statement.model_validate(facts | said)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"end_user": "HANSA IMPORT"}, []),
        ({"end_user": "Hansa Freight Forwarding GmbH"}, [FORWARDER, OTHER_COMPANY]),
        ({"end_user": "Rhein Logistics"}, [FORWARDER, OTHER_COMPANY]),
        ({"end_user": "上海某国际货运代理有限公司"}, [FORWARDER, OTHER_COMPANY]),
        ({"end_user": "Expressive Arts GmbH"}, [OTHER_COMPANY]),
        ({"country": "AE"}, [ELSEWHERE]),
    ],
)
def test_a_forwarder_is_no_end_user(said, found):
    assert flags(statement(**said), buyer_names=("Hansa Import",), destination="DE") == found


@pytest.mark.parametrize(
    ("hs", "quantity", "unit", "covers"),
    [("68151100", "100", "KGM", True), ("681512", "100", "KGM", False), ("681511", "100.1", "KGM", False),
     ("681511", "1", "TNE", False)],
)  # fmt: skip
def test_what_a_statement_covers(hs, quantity, unit, covers):
    assert statement().covers(hs, Decimal(quantity), unit) == covers


def test_an_amendment_does_not_ask_a_licence_for_what_has_gone():
    terms = clauses.draw_up(particulars())
    assert [line.quantity for line in controlled.agreed(terms)] == [Decimal(5000), Decimal(5000)]
    assert [line.quantity for line in controlled.agreed(terms, counted=False)] == [None, None]
