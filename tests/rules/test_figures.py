"""Figures from rows: the edges of spans, the bridge, what adds up, and the vectors everybody must come to."""

import io
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.indicators.figures import complaints, renewal, trade, users
from app.indicators.figures.base import WHOLE, Figure, Span
from app.indicators.figures.rows import Act, BadSheet, Complaint, Deal, Due, Party, Person, read, sheet

ZONE = "Asia/Shanghai"
MARCH = Span(date(2026, 3, 1), date(2026, 3, 31), ZONE)
YEAR = Span(date(2025, 4, 1), date(2026, 3, 31), ZONE)
SECOND = timedelta(seconds=1)
KNOWN = date(2026, 5, 8)


def at(day: int, hour: int = 12, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def party(name: str, since: datetime, until: datetime | None = None, country: str = "DE", **more) -> Party:
    why = "left" if until else ""
    area = "44" if country == "CN" else ""
    said: dict[str, Any] = {"area": area, "verified": True, "buys": True, "sells": False} | more
    return Party(name, country, said["area"], said["verified"], said["buys"], said["sells"], since, until, why)


def deal(number: int = 1, **more) -> Deal:
    said: dict[str, Any] = {
        "deal": f"d{number:04d}", "buyer": "b1", "seller": "s1", "buyer_country": "DE", "seller_country": "CN",
        "area": "44", "category": "light/led", "chapter": "94", "contracted": at(5), "currency": "USD", "places": 2,
        "amount": Decimal(1000), "usd": Decimal(1), "cny": Decimal("6.652882"), "rate_day": date(2026, 3, 5),
        "paid": None, "completed": None, "ended": None, "end": "", "by": "", "disputed": None, "ruling": "",
        "linked": False,
    }  # fmt: skip
    return Deal(**said | more)


def figured(rows: list[Deal], span: Span = MARCH) -> list[Figure]:
    """Every figure of transactions, of both what is final at once and what waits."""
    return [one for count in (trade.figures, trade.disputes, trade.completion) for one in count(rows, [span])[0]]


def told(found: list[Figure]) -> dict[tuple[str, tuple[str, str]], Decimal | None]:
    values = {(one.code, one.cut): one.value for one in found}
    assert len(values) == len(found), "each figure stands once"
    return values


def whole(found: list[Figure], code: str) -> Decimal | None:
    return told(found)[code, WHOLE]


# Users


def test_a_span_begins_and_ends_at_midnight_in_shanghai():
    begin, end = datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert (MARCH.begin, MARCH.end) == (begin, end)
    assert [MARCH.holds(moment) for moment in (begin - SECOND, begin, end - SECOND, end, None)] == [
        *(False, True, True, False, False),
    ]


def test_who_comes_and_goes_on_the_edge_counts_once():
    found = users.figures(
        [
            party("before", MARCH.begin - SECOND),
            party("with the first moment", MARCH.begin),
            party("with the last", MARCH.end - SECOND),
            party("after", MARCH.end),
            party("gone with the first moment", at(1, month=2), MARCH.begin),
            party("gone before", at(1, month=2), MARCH.begin - SECOND),
            party("gone with the end", at(1, month=2), MARCH.end),
            party("came and went", at(3), at(9)),
        ],
        [],
        [],
        MARCH,
    )
    assert [whole(found, code) for code in users.COMPANIES] == [3, 3, 2, 4]


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900) | st.none()), max_size=40), st.integers(0, 400))
def test_the_bridge_holds_over_any_rows_and_spans(rows, middle):
    day = date(2024, 1, 1)
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    parties = [
        party(
            str(n), begin + timedelta(hours=24 * since), begin + timedelta(hours=24 * (since + more)) if more else None
        )
        for n, (since, more) in enumerate(rows)
    ]
    first = Span(day, day + timedelta(days=middle), ZONE)
    second = Span(day + timedelta(days=middle + 1), day + timedelta(days=500), ZONE)
    one, two = (users.figures(parties, [], [], span) for span in (first, second))
    closing = whole(one, users.CLOSING)
    assert closing is not None
    assert users.difference(closing, two) == 0
    assert whole(two, users.OPENING) == closing
    assert users.difference(closing + 1, two) == 1


def test_active_is_who_did_something_once_however_often():
    rows = [party("a", at(1)), party("b", at(1), country="CN"), party("c", at(1))]
    month, before = date(2026, 3, 1), date(2026, 2, 1)
    acts = [Act("a", "ask", month), Act("a", "sign", month), Act("b", "list", month), Act("nobody", "ask", month)]
    acts.append(Act("c", "ask", before))
    found = told(users.figures(rows, [], acts, MARCH))
    assert found["I-02.4", WHOLE] == 2
    assert found["I-02.4.acts", ("act", "ask")] == 1
    assert found["I-02.5.active", WHOLE] == 1
    assert found["I-02.5", WHOLE] == 2


def test_near_is_abroad_and_unknown_is_nowhere():
    rows = [party(country, at(1), country=country) for country in ("CN", "HK", "TW", "US", "ZZ")]
    found = told(users.figures(rows, [], [], MARCH))
    assert found["I-02.5", WHOLE] == 3
    assert [found["I-02.1", ("geo", name)] for name in ("mainland", "near", "overseas", "unknown")] == [1, 2, 1, 1]


def test_people_have_a_bridge_of_their_own():
    people = [Person("p", "a", at(1, month=2), None), Person("q", "a", at(4), at(5)), Person("r", "a", at(6), None)]
    found = users.figures([], people, [], MARCH)
    assert [whole(found, code) for code in users.PERSONS] == [1, 2, 1, 2]


# Transactions


def test_currency_vectors():
    rows = [
        deal(1, currency="EUR", amount=Decimal(10_000), usd=Decimal("1.1172"), cny=Decimal("7.4326")),
        deal(2, amount=Decimal(10_000), cny=Decimal("6.652882205513785")),
        deal(3, currency="JPY", places=0, amount=Decimal(1_000_000), usd=Decimal("0.006359289617486339"),
             cny=Decimal("0.04230760473588342")),
    ]  # fmt: skip
    found = [told(figured([row], MARCH)) for row in rows]
    assert [one["I-05.2.usd", WHOLE] for one in found] == [Decimal("11172.00"), Decimal("10000.00"), Decimal("6359.29")]
    assert [one["I-05.2.cny", WHOLE] for one in found] == [
        Decimal("74326.00"),
        Decimal("66528.82"),
        Decimal("42307.60"),
    ]
    assert found[2]["I-05.2.currency", ("currency", "JPY")] == Decimal(1_000_000)
    assert f"{found[2]['I-05.2.currency', ('currency', 'JPY')]}" == "1000000", "yen have no decimals"


def test_sums_are_rounded_once_at_the_end():
    rows = [deal(n, amount=Decimal("0.01"), cny=Decimal("0.5")) for n in range(3)]
    assert told(figured(rows, MARCH))["I-05.2.cny", WHOLE] == Decimal("0.02"), "0.015, half to even"


def test_contracted_paid_and_completed_are_three_things():
    row = deal(contracted=at(20, month=2), paid=at(2), completed=at(30), ended=at(30), end="completed")
    found = told(figured([row], MARCH))
    assert [found[code, WHOLE] for code in ("I-05.1", "I-05.3", "I-05.4", "I-05.7")] == [0, 1, 1, 0]
    assert found["I-05.3.amount.usd", WHOLE] == found["I-05.4.amount.usd", WHOLE] == 1000
    assert ("I-05.2.usd", WHOLE) not in found


def test_export_import_and_what_touches_no_border():
    ways = {("CN", "DE"): "export", ("DE", "CN"): "import", ("CN", "CN"): "domestic", ("HK", "DE"): "offshore"}
    for (seller, buyer), way in ways.items():
        found = told(figured([deal(seller_country=seller, buyer_country=buyer)], MARCH))
        assert found["I-05.1", ("direction", way)] == 1
        assert (("I-05.5.usd", WHOLE) in found) == (way in ("export", "import"))


def test_linked_deals_stand_in_the_gross_figures_alone():
    rows = [deal(1), deal(2, linked=True, paid=at(6), completed=at(7), ended=at(7), end="completed")]
    found = told(figured(rows, MARCH))
    assert found["I-05.1", WHOLE] == 1
    assert found["I-05.1", trade.GROSS] == 2
    assert found["I-05.1.linked", WHOLE] == 1
    assert found["I-05.2.usd", WHOLE] == found["I-05.2.linked.usd", WHOLE] == 1000
    assert [found[code, WHOLE] for code in ("I-05.3", "I-05.4")] == [0, 0]


def test_completion_counts_to_the_180th_day_and_disputes_to_the_90th():
    start = at(5)
    last = start + timedelta(days=180)
    rows = [deal(1, completed=last), deal(2, completed=last + SECOND)]
    found = told(figured(rows, MARCH))
    assert found["I-05.4.rate", WHOLE] == Decimal("50.00")
    over = at(20)
    rows = [
        deal(n, completed=over, disputed=over + timedelta(days=90) + late) for n, late in enumerate((-SECOND, SECOND))
    ]
    found = told(figured(rows, MARCH))
    assert (found["I-05.8", WHOLE], found["I-05.8.rulings", ("ruling", "open")]) == (Decimal("50.00"), 1)


def test_mean_median_and_concentration():
    rows = [deal(n, seller=f"s{n}", amount=Decimal(amount)) for n, amount in enumerate((100, 200, 300, 1000))]
    found = told(figured(rows, MARCH))
    assert (found["I-05.6", WHOLE], found["I-05.6.median", WHOLE]) == (400, 250)
    assert found["I-05.10", WHOLE] == 100
    assert found["I-05.10.hhi", WHOLE] == Decimal("4453.12"), "10,000 × (1 + 4 + 9 + 100) / 256, half to even"


def test_nothing_has_no_share():
    found = told(figured([], MARCH))
    assert [found[code, WHOLE] for code in ("I-05.1", "I-05.4.rate", "I-05.6", "I-05.8", "I-05.10")] == [
        *(0, None, None, None, None),
    ]


def test_who_buys_again_within_a_year():
    rows = [
        deal(1),
        deal(2, contracted=YEAR.begin),
        deal(3, buyer="b2"),
        deal(4, buyer="b3", contracted=YEAR.begin - SECOND),
    ]
    found = next(one for one in figured(rows, YEAR) if one.code == "I-05.9")
    assert (found.value, found.numerator, found.denominator) == (Decimal("50.00"), 1, 2)


COUNTRIES = st.sampled_from(["DE", "CN", "HK", "US", "ZZ"])
DEALS = st.lists(
    st.builds(
        lambda number, buyer, seller, cents, days, linked: deal(
            number,
            buyer_country=buyer,
            seller_country=seller,
            seller=f"s{number % 3}",
            linked=linked,
            amount=Decimal(cents) / 100,
            contracted=at(1) + timedelta(days=days),
            paid=at(1) + timedelta(days=days + 3),
        ),
        st.integers(1, 9999),
        COUNTRIES,
        COUNTRIES,
        st.integers(1, 10**9),
        st.integers(-5, 40),
        st.booleans(),
    ),
    max_size=30,
)


@given(DEALS, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_nothing_and_parts_make_the_whole(rows, chance: random.Random):
    first = figured(rows, MARCH)
    chance.shuffle(rows)
    assert sorted(told(figured(rows, MARCH)).items(), key=repr) == sorted(told(first).items(), key=repr)
    found = told(first)
    for code in ("I-05.1", "I-05.3"):
        for kind in ("country", "geo", "direction", "chapter"):
            parts = sum(value or 0 for (known, cut), value in found.items() if known == code and cut[0] == kind)
            assert parts == found[code, WHOLE], (code, kind)


@given(DEALS)
def test_two_halves_of_a_month_make_the_month(rows):
    first, second = Span(MARCH.first, date(2026, 3, 15), ZONE), Span(date(2026, 3, 16), MARCH.last, ZONE)
    halves = [told(figured(rows, half)) for half in (first, second)]
    month = told(figured(rows, MARCH))
    for code in ("I-05.1", "I-05.3", "I-05.7", "I-05.2.cny", "I-05.2.usd"):
        parts = [half.get((code, WHOLE), Decimal()) or Decimal() for half in halves]
        slack = Decimal("0.01") if code.endswith("cny") else 0  # each half is rounded
        assert abs(sum(parts) - (month.get((code, WHOLE)) or 0)) <= slack


# Renewals and complaints


def due(number: int, outcome: str, *, sanctioned: bool = False, **more) -> Due:
    said: dict[str, Any] = {"plan": "standard", "months": 12, "change": 0, "currency": "CNY", "annual": 688_000} | more
    return Due(
        f"p{number}", said["plan"], said["months"], date(2026, 3, 15), outcome, sanctioned, *list(said.values())[2:]
    )


def test_the_vector_of_the_renewal_rate():
    outcomes = ["voided"] * 8 + ["early"] * 40 + ["on_time"] * 70 + ["grace"] * 22 + ["win_back"] * 6 + ["none"] * 54
    rows = [due(n, outcome) for n, outcome in enumerate(outcomes)]
    rows[-4:] = [due(1000 + n, "none", sanctioned=True) for n in range(4)]
    found = renewal.figures(rows, MARCH, KNOWN)
    rate = next(one for one in found if (one.code, one.cut) == ("I-04", WHOLE))
    net = next(one for one in found if (one.code, one.cut) == ("I-04.net", WHOLE))
    assert (rate.numerator, rate.denominator, rate.value) == (132, 192, Decimal("68.75"))
    assert (net.numerator, net.denominator, net.value) == (132, 188, Decimal("70.21"))


def test_short_terms_and_plans_have_lines_of_their_own():
    rows = [
        due(1, "early"),
        due(2, "none", months=1),
        due(3, "waived", plan="premium"),
        due(4, "grace", plan="premium"),
    ]
    found = told(renewal.figures(rows, MARCH, KNOWN))
    assert found["I-04", WHOLE] == Decimal("66.67")
    assert found["I-04", renewal.SHORT] == 0
    assert (found["I-04", ("plan", "premium")], found["I-04", ("plan", "standard")]) == (50, 100)
    assert told(renewal.figures([], MARCH, KNOWN))["I-04", WHOLE] is None


def test_who_was_sanctioned_and_renewed_all_the_same_counts():
    found = told(renewal.figures([due(1, "early", sanctioned=True), due(2, "none", sanctioned=True)], MARCH, KNOWN))
    assert (found["I-04", WHOLE], found["I-04.net", WHOLE]) == (50, 100)


def case(number: int = 1, **more) -> Complaint:
    said: dict[str, Any] = {
        "case": f"c{number}", "kind": "complaint", "topic": "quality", "side": "buyer", "country": "DE",
        "anonymous": False, "received": at(3), "decided": None, "accept_due": at(5), "accepted": None, "answered": None,
        "answer_due": at(4), "due": at(25), "closed": None, "end": "", "upheld": None, "reopened": False,
        "satisfied": None,
    }  # fmt: skip
    return Complaint(**said | more)


def test_on_time_is_to_the_last_moment_of_what_was_due_in_the_span():
    rows = [
        case(1, answered=at(4), closed=at(25)),
        case(2, answered=at(4) + SECOND, closed=at(25) + SECOND),
        case(3, due=at(2, month=4), answer_due=at(1, month=2)),
    ]
    found = told(complaints.figures(rows, MARCH, contracted=1500))
    assert (found["I-09.3", WHOLE], found["I-09.4", WHOLE]) == (50, 50)
    assert found["I-09.1.rate", WHOLE] == 2
    assert (found["I-09.5.backlog", WHOLE], found["I-09.5.backlog", ("age", "16-30")]) == (1, 1)


def test_hours_are_of_what_was_closed_and_old_cases_stand_beside_them():
    rows = [case(n, received=at(3), closed=at(3) + timedelta(hours=n)) for n in range(1, 11)]
    rows.append(case(99, received=at(1, month=1)))
    found = told(complaints.figures(rows, MARCH, contracted=0))
    assert (found["I-09.5", WHOLE], found["I-09.5.p90", WHOLE]) == (Decimal("5.50"), 9)
    assert found["I-09.5.backlog", ("age", "31+")] == 1
    assert found["I-09.1.rate", WHOLE] is None, "per order of none"


def test_survey_rulings_and_reports():
    rows = [
        case(1, closed=at(9), satisfied=4, upheld=True),
        case(2, closed=at(9), satisfied=3, upheld=False, reopened=True),
        case(3, closed=at(9)),
        case(4, kind="report", anonymous=True, closed=at(9)),
        case(5, kind="report"),
    ]
    found = told(complaints.figures(rows, MARCH, contracted=10))
    assert (found["I-09.6", WHOLE], found["I-09.6.response", WHOLE]) == (50, Decimal("66.67"))
    assert (found["I-09.7", WHOLE], found["I-09.7.reopened", WHOLE]) == (50, Decimal("33.33"))
    assert [found[code, WHOLE] for code in ("I-09.8", "I-09.8.handled", "I-09.8.anonymous")] == [2, 1, 50]
    assert found["I-09.1", WHOLE] == 3


# Sheets


@given(DEALS)
def test_a_sheet_reads_back_what_was_written(rows):
    file = io.StringIO()
    put = sheet(file, Deal)
    for row in rows:
        put(row)
    file.seek(0)
    assert list(read(file, Deal)) == rows


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("deal,buyer\n", "line 1"),
        ("person,party,since,until\na,b\n", "line 2"),
        ("person,party,since,until\na,b,yesterday,\n", "line 2"),
        ("person,party,since,until\na,b,2026-03-01T00:00:00+00:00,\na,b,,\n", "line 3"),
    ],
)
def test_what_is_no_sheet_says_where(text, line):
    with pytest.raises(BadSheet, match=line):
        list(read(io.StringIO(text), Person))
