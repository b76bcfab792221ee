"""Figures of quality and brands from rows: vectors made by hand, edges of spans, and that their order says nothing."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.indicators.figures import brands, groups, improvement, quality
from app.indicators.figures.archive import Archive, BadArchive, Writer
from app.indicators.figures.base import WHOLE, Figure, Span
from app.indicators.figures.improvement import Traded
from app.indicators.figures.quality import NOTHING, Sold
from app.indicators.figures.quality_rows import (
    Alert,
    Brand,
    Gathered,
    Guided,
    Inspection,
    Line,
    Lot,
    Offer,
    Visit,
    Waiver,
)

ZONE = "Asia/Shanghai"
MARCH = Span(date(2026, 3, 1), date(2026, 3, 31), ZONE)
SECOND = timedelta(seconds=1)


def at(day: int, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def offer(listing: str = "l1", **more: Any) -> Offer:
    said: dict[str, Any] = {
        "listing": listing,
        "seller": "s1",
        "category": "mugs",
        "since": at(1, 1),
        "until": None,
        "asked": date(2004, 12, 3),
        "certified": True,
        "valid_until": None,
    }
    return Offer(**said | more)


def inspection(listing: str = "l1", passed: bool = True, **more: Any) -> Inspection:
    said: dict[str, Any] = {
        "listing": listing,
        "inspection": "i1",
        "category": "mugs",
        "day": date(2026, 3, 9),
        "standard": "ISO 2859-1, II",
        "aql": "2.5",
        "passed": passed,
    }
    return Inspection(**said | more)


def lot(deal: str = "d1", listing: str = "l1", **more: Any) -> Lot:
    said: dict[str, Any] = {
        "listing": listing,
        "deal": deal,
        "category": "mugs",
        "contracted": at(2),
        "amount": Decimal(1000),
        "returned": Decimal(),
        "completed": None,
        "ended": None,
        "complained": None,
        "batch": False,
        "events": 0,
        "shipped": True,
        "tested": False,
        "linked": False,
    }
    return Lot(**said | more)


def line(amount: object, quantity: object, *, year: int = 2026, **more: Any) -> Line:
    said: dict[str, Any] = {
        "deal": "d1",
        "position": 1,
        "contracted": at(5, year=year),
        "hs6": "691110",
        "unit": "H87",
        "quantity": Decimal(str(quantity)),
        "amount": Decimal(str(amount)),
        "own": False,
        "linked": False,
    }
    return Line(**said | more)


def brand(party: str = "p1", **more: Any) -> Brand:
    said: dict[str, Any] = {
        "party": party,
        "right": "r1",
        "office": "CN",
        "own": True,
        "sells": True,
        "joined": at(1, 1),
        "left": None,
        "since": at(1, 2),
        "until": None,
        "valid_until": date(2030, 1, 1),
    }
    return Brand(**said | more)


def told(found: list[Figure]) -> dict[tuple[str, tuple[str, str]], Figure]:
    values = {(one.code, one.cut): one for one in found}
    assert len(values) == len(found), "each figure stands once"
    return values


def value(found: list[Figure], code: str, cut: tuple[str, str] = WHOLE) -> Decimal | None:
    return told(found)[code, cut].value


def counted(offers=(), inspections=(), lots=(), span=MARCH) -> list[Figure]:
    return quality.figures(list(offers), list(inspections), Sold(lots, [span]), span)


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ((2026, 3, 1), (2026, 3, 31), ((2025, 3, 1), (2025, 3, 31))),
        ((2024, 2, 1), (2024, 2, 29), ((2023, 2, 1), (2023, 2, 28))),
        ((2025, 2, 1), (2025, 2, 28), ((2024, 2, 1), (2024, 2, 29))),
        ((2024, 3, 1), (2025, 2, 28), ((2023, 3, 1), (2024, 2, 29))),
    ],
)
def test_the_span_a_year_before_is_of_whole_months_too(first, last, before):
    found = Span(date(*first), date(*last), ZONE).year_before
    assert (found.first, found.last) == tuple(date(*one) for one in before)


def test_coverage_is_of_what_is_online_at_the_end_and_asked_for_by_then():
    rows = [
        offer("good"),
        offer("ends with the last day", valid_until=date(2026, 3, 31)),
        offer("ended before", valid_until=date(2026, 3, 30)),
        offer("none", certified=False),
        offer("not asked for", asked=None, certified=False),
        offer("asked for later", asked=date(2026, 4, 1), certified=False),
        offer("gone", until=MARCH.end - SECOND, certified=False),
        offer("gone with the end", until=MARCH.end, category="e-bikes"),
        offer("too late", since=MARCH.end, certified=False),
    ]
    found = told(counted(rows))["I-07.1", WHOLE]
    assert (found.value, found.numerator, found.denominator) == (Decimal("60.00"), 3, 5)
    assert value(counted(rows), "I-07.1", ("category", "mugs")) == Decimal("50.00")
    assert value(counted(), "I-07.1") is None, "a share of nothing is nothing"


def test_inspections_of_the_span_and_their_categories():
    rows = [inspection(passed=True), inspection(passed=True, day=date(2026, 3, 31)), inspection(passed=False)]
    rows.append(inspection(passed=False, day=date(2026, 4, 1)))
    rows.append(inspection(passed=False, day=date(2026, 2, 28)))
    rows.append(inspection(passed=True, category="e-bikes", day=date(2026, 3, 1)))
    found = counted(inspections=rows)
    assert (value(found, "I-07.2"), value(found, "I-07.2.inspected")) == (Decimal("75.00"), 4)
    assert value(found, "I-07.2", ("category", "e-bikes")) == 100


def test_complaints_for_each_thousand_orders_and_what_was_returned():
    rows = [lot(f"d{n}", completed=at(9), ended=at(9)) for n in range(8)]
    rows += [lot("c", completed=at(9), ended=at(9), complained=at(20), returned=Decimal(250))]
    rows += [lot("earlier", completed=at(9), ended=at(9), complained=at(20, 2))]
    rows += [lot("linked", completed=at(9), ended=at(9), complained=at(20), returned=Decimal(999), linked=True)]
    rows += [lot("never shipped", ended=at(9), returned=Decimal(1000), shipped=False)]
    found = counted(lots=rows)
    assert value(found, "I-07.3") == Decimal("100.00")
    assert value(found, "I-07.3.returned") == Decimal("2.50")


def test_an_order_is_traced_with_proof_and_three_events():
    rows = [lot(f"d{n}", completed=at(9), batch=batch, events=events)
            for n, (batch, events) in enumerate([(True, 3), (True, 4), (True, 2), (False, 3)])]  # fmt: skip
    assert value(counted(lots=rows), "I-07.5") == Decimal("50.00")


def test_recalls_from_found_to_taken_down():
    rows = [
        Alert("a", "recall", "customs", at(2), at(2) + timedelta(hours=10)),
        Alert("b", "recall", "safety_gate", at(3), at(3) + timedelta(hours=20)),
        Alert("c", "recall", "customs", at(4), None),
        Alert("before", "recall", "customs", at(4, 2), MARCH.end),
        Alert("v", "visit", "", at(5), at(6)),
        Alert("w", "visit", "", at(5), None),
    ]
    visits = [Visit("x", date(2026, 3, 1), date(2026, 4, 2)), Visit("y", date(2026, 3, 31), None)]
    found = quality.recalls(rows, [*visits, Visit("z", date(2026, 4, 1), None)], MARCH)
    assert [value(found, code) for code in ("I-07.4", "I-07.4.hours", "I-07.4.standing")] == [3, 15, 2]
    assert value(found, "I-07.4", ("source", "customs")) == 2
    assert [value(found, code) for code in ("I-07.7", "I-07.7.done", "I-07.7.remedied")] == [2, 50, 50]


@pytest.mark.parametrize(
    ("points", "name"),
    [("100", "A"), ("90", "A"), ("89.99", "B"), ("75", "B"), ("74.99", "C"), ("60", "C"), ("59.99", "D"), ("0", "D")],
)
def test_grades_at_their_edges(points, name):
    assert quality.grade(Decimal(points)) == name


def test_a_grade_weighs_what_is_known():
    year = Span(date(2025, 4, 1), date(2026, 3, 31), ZONE)
    lots = [lot("d1", completed=at(9)), lot("d2", completed=at(9), complained=at(10))]
    lots += [lot("d3", completed=at(9), linked=True), lot("d4", completed=at(9, year=2025))]
    sold = Sold(lots, [MARCH]).of_listing(offer().listing, year)
    assert sold == (1, 2)
    seen = [inspection(passed=True), inspection(passed=False)]
    assert quality.score(offer(), seen, sold, year) == 70, "40 of 40, 15 of 30, 15 of 30"
    assert quality.score(offer(), [], NOTHING, year) == 100
    assert quality.score(offer(asked=None), seen, NOTHING, year) == 50
    assert quality.score(offer(asked=None), [], NOTHING, year) is None
    assert quality.score(offer(), [inspection(passed=False, day=date(2025, 3, 31))], NOTHING, year) == 100, (
        "too long ago"
    )


def test_the_distribution_of_grades():
    rows = [offer("good"), offer("bad", certified=False), offer("nothing known", asked=None)]
    found = counted(rows, [inspection("bad", passed=False)])
    assert (value(found, "I-07.6"), value(found, "I-07.6.ungraded")) == (2, 1)
    assert value(found, "I-07.6", ("grade", "A")) == value(found, "I-07.6", ("grade", "D")) == 1


def test_changes_within_a_year():
    inspections = [inspection(passed=True), inspection(passed=True), inspection(passed=False)]
    inspections += [inspection(passed=flag, day=date(2025, 3, 9)) for flag in (True, False)]
    lots = [lot("now", completed=at(9), ended=at(9), returned=Decimal(100), tested=True, complained=at(10))]
    lots += [lot("then", contracted=at(2, year=2025), completed=at(9, year=2025), ended=at(9, year=2025))]
    offers = [offer("a", since=at(1, 1, 2025)), offer("b", certified=False)]
    found = told(improvement.figures(offers, inspections, Sold(lots, [MARCH]), MARCH))
    changes = {code: found[f"I-11.{code}", WHOLE] for code in range(1, 6)}
    assert [one.value for one in changes.values()] == [
        Decimal(n) for n in ("16.67", "10.00", "1000.00", "-50.00", "100.00")
    ]
    assert (changes[1].numerator, changes[1].denominator) == (3, 2)
    assert found["I-11.5.share", WHOLE].value == 100
    empty = told(improvement.figures([], [], Sold([], [MARCH]), MARCH))
    assert [empty[f"I-11.{code}", WHOLE].value for code in range(1, 6)] == [None] * 5


def test_fisher_s_index_by_hand():
    """Mugs cost 1.00 for 100 and then 1.20 for 50; plates 2.00 for 10 and then 2.00 for 30.

    Laspeyres (120 + 20) / 120, Paasche (60 + 60) / (50 + 60): the root of 1.16667 times 1.09091 is 1.12815.
    """
    plates = {"hs6": "691200"}
    rows = [line(60, 50), line(60, 30, **plates), line(100, 100, year=2025), line(20, 10, year=2025, **plates)]
    found = improvement.unit_values(Traded(rows, [MARCH]), MARCH)
    assert value(found, "I-11.6") == Decimal("112.82")
    assert value(found, "I-11.6.matched") == 100
    others = [line(500, 5, unit="KGM"), line(100, 100, year=2025, hs6="940521"), line(9, 9, linked=True)]
    again = improvement.unit_values(Traded(rows + others, [MARCH]), MARCH)
    assert value(again, "I-11.6") == Decimal("112.82"), "what is in one period alone does not count"
    assert value(again, "I-11.6.matched") == Decimal("28.57")
    assert value(improvement.unit_values(Traded([line(1, 1)], [MARCH]), MARCH), "I-11.6") is None


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1, max_size=8), st.integers(1, 50))
def test_prices_times_something_are_the_index_of_it(sold, times):
    """And with unchanged quantities of each of several goods, whatever they cost."""
    rows = [line(a, q, hs6=f"{n:06}", year=2025) for n, (a, q) in enumerate(sold)]
    rows += [line(a * times, q, hs6=f"{n:06}") for n, (a, q) in enumerate(sold)]
    assert value(improvement.unit_values(Traded(rows, [MARCH]), MARCH), "I-11.6") == 100 * times


def test_a_guided_company_counts_once():
    rows = [
        Guided("a", "w1", date(2026, 3, 1)),
        Guided("a", "w2", date(2026, 3, 9)),
        Guided("b", "w3", date(2026, 4, 1)),
    ]
    assert value(improvement.guided(rows, MARCH), "I-11.7") == 1


def test_sellers_with_a_mark_of_their_own():
    rows = [
        brand("both", office="CN"), brand("both", right="r2", office="US"), brand("madrid", office="WO"),
        brand("licensed", own=False), brand("buyer", sells=False), brand("left", left=MARCH.end - SECOND),
        brand("withdrawn", until=at(9)), brand("ended", valid_until=date(2026, 3, 30)),
        brand("new abroad", office="EM", since=at(9)), brand("before it came", office="EM", since=at(9), joined=at(10)),
        brand("new at home", since=at(9)),
    ]  # fmt: skip
    found = brands.holders(rows, MARCH)
    assert value(found, "I-12.1") == 5
    cuts = [value(found, "I-12.1", ("registry", name)) for name in ("cn", "abroad", "madrid")]
    assert cuts == [2, 3, 1]
    assert value(found, "I-12.3") == value(found, "I-12.3", ("registry", "abroad")) == 1


def test_turnover_under_own_brands():
    rows = [line(300, 1, own=True), line(700, 1), line(5000, 1, own=True, linked=True), line(9, 9, year=2025, own=True)]
    rows.append(line(1, 1)._replace(amount=None, own=True))
    assert value(brands.own_share(Traded(rows, [MARCH]), MARCH), "I-12.2") == Decimal("30.00")
    assert value(brands.own_share(Traded([], [MARCH]), MARCH), "I-12.2") is None


def test_events_their_hours_and_participants():
    rows = [
        Gathered("a", "training", date(2026, 3, 1), Decimal("2.5"), 40),
        Gathered("b", "brand_event", date(2026, 3, 31), Decimal("0.25"), 100),
        Gathered("c", "training", date(2026, 4, 1), Decimal(8), 9),
    ]
    found = brands.events(rows, MARCH)
    assert [value(found, f"I-12.4{tail}") for tail in ("", ".hours", ".participants")] == [2, Decimal("2.75"), 140]
    assert value(found, "I-12.4.hours", ("event", "training")) == Decimal("2.5")


def test_waivers_by_reason_province_and_currency():
    rows = [
        Waiver("a", "region", "CN-SC", at(3), "CNY", 2, Decimal(3000), Decimal(1)),
        Waiver("b", "brand", "", at(4), "USD", 2, Decimal("100.50"), Decimal("7.1")),
        Waiver("c", "brand", "", at(5), "JPY", 0, Decimal(5000), None),
        Waiver("d", "brand", "", at(5, 4), "USD", 2, Decimal(1), Decimal(7)),
    ]
    found = brands.waivers(rows, MARCH)
    assert [value(found, code) for code in ("I-12.5", "I-12.5.amount.cny", "I-12.5.without_rate")] == [
        *(3, Decimal("3713.55"), 1),
    ]
    assert value(found, "I-12.5", ("province", "CN-SC")) == 1
    assert value(found, "I-12.5.amount.cny", ("why", "brand")) == Decimal("713.55")
    assert f"{value(found, 'I-12.5.amount.currency', ('currency', 'JPY'))}" == "5000", "yen have no decimals"


days = st.integers(0, 800).map(lambda n: at(1, 1, 2025) + timedelta(days=n))
maybe = st.none() | days
LOTS = st.builds(
    lot, deal=st.text("xyz", max_size=3), listing=st.sampled_from(["l1", "l2", ""]), contracted=days, completed=maybe,
    ended=maybe, complained=maybe, events=st.integers(0, 4), batch=st.booleans(), tested=st.booleans(),
    amount=st.none() | st.decimals(1, 10**9, places=9), returned=st.decimals(0, 10**9, places=9),
)  # fmt: skip
INSPECTIONS = st.builds(
    inspection, listing=st.sampled_from(["l1", "l2"]), passed=st.booleans(), day=days.map(datetime.date)
)
OFFERS = st.builds(offer, listing=st.sampled_from(["l1", "l2"]), since=days, until=maybe, certified=st.booleans())
LINES = st.builds(
    line, st.decimals("0.01", 10**9, places=9), st.decimals("0.001", 10**6, places=6), hs6=st.sampled_from(["1", "2"]),
    year=st.sampled_from([2025, 2026]), own=st.booleans(),
)  # fmt: skip


@given(
    st.lists(OFFERS, max_size=12), st.lists(INSPECTIONS, max_size=12), st.lists(LOTS, max_size=12),
    st.lists(LINES, max_size=12), st.integers(),
)  # fmt: skip
def test_the_order_of_rows_says_nothing(offers, inspections, lots, lines, seed):
    def all_of(mixed: list[list[Any]]) -> list[Figure]:
        online, seen, bought, sold = mixed
        some = [
            figures(online, seen, Sold(bought, [MARCH]), MARCH) for figures in (quality.figures, improvement.figures)
        ]
        some += [improvement.unit_values(Traded(sold, [MARCH]), MARCH), brands.own_share(Traded(sold, [MARCH]), MARCH)]
        return [one for figures in some for one in figures]

    sheets = [offers, inspections, lots, lines]
    chance = random.Random(seed)  # noqa: S311  of a test
    mixed = [chance.sample(rows, len(rows)) for rows in sheets]
    assert all_of(sheets) == all_of(mixed)


async def nothing() -> AsyncIterator[Any]:
    rows: tuple[Any, ...] = ()
    for row in rows:
        yield row


async def test_a_file_from_before_these_sheets_is_counted_as_it_was_then(tmp_path):
    writer, path = Writer(tmp_path / "before.zip"), tmp_path / "before.zip"
    for kind in groups.sheets_of(groups.FIGURES):
        if kind.__module__ != Offer.__module__:
            await writer.add(kind, nothing())
    writer.close(groups.FIGURES, MARCH.last, date(2026, 4, 9), ZONE)
    codes = {one.code for one in Archive(path).count()["month"]}
    assert "I-02.1" in codes
    assert not any(code.startswith(("I-07", "I-11", "I-12")) for code in codes)


async def test_a_sheet_that_is_missing_beside_its_own_is_told(tmp_path):
    writer, path = Writer(tmp_path / "broken.zip"), tmp_path / "broken.zip"
    for kind in groups.sheets_of(groups.FIGURES):
        if kind is not Lot:
            await writer.add(kind, nothing())
    writer.close(groups.FIGURES, MARCH.last, date(2026, 4, 9), ZONE)
    with pytest.raises(BadArchive):
        Archive(path).count()
