"""Rates: how files are read, what is derived from them, and to which unit amounts come out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import Money, UnitPrice
from app.core.rates import DIGITS, Published, RateMissing, Rates, due
from payments.rates import reading
from tests.factories.rates import DAILY, FRIDAY, HISTORY, OWN, XML

SUNDAY = FRIDAY + timedelta(days=2)


def rates(text: str = XML, *, on: date = FRIDAY) -> Rates:
    lines = reading.read(text.encode()).lines
    return Rates(on, [Published(new_id(), s.base, s.quote, s.day, s.rate, s.source, s.published_at) for s in lines])


def test_the_ecb_s_xml():
    sheet = reading.read(XML.encode())
    assert {line.quote: str(line.rate) for line in sheet.lines} == {
        "USD": "1.1172", "JPY": "175.68", "CNY": "7.4326", "KRW": "1622.95",
    }  # fmt: skip
    assert {(line.base, line.day, line.source) for line in sheet.lines} == {("EUR", FRIDAY, "ECB")}
    assert sheet.lines[0].published_at.astimezone(UTC) == datetime(2026, 10, 30, 15, tzinfo=UTC)
    assert (sheet.faults, sheet.left_out) == ([], 1)


@pytest.mark.parametrize("text", [DAILY, HISTORY])
def test_the_ecb_s_csv_of_a_day_and_of_its_history_say_the_same_as_its_xml(text):
    said = {(line.quote, line.rate) for line in reading.read(text.encode()).lines if line.day == FRIDAY}
    assert said >= {("USD", Decimal("1.1172")), ("JPY", Decimal("175.68")), ("CNY", Decimal("7.4326"))}


def test_a_csv_of_our_own_names_base_and_source():
    [line] = reading.read(OWN.encode()).lines
    assert (line.base, line.quote, str(line.rate), line.source) == ("USD", "KWD", "0.30685", "CBK")
    assert line.published_at.astimezone(UTC) == datetime(2026, 10, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-10-30,EUR,XYZ,1.1,ECB", "not a currency"),
        ("2026-10-30,EUR,EUR,1,ECB", "two currencies"),
        ("2026-10-30,EUR,USD,0,ECB", "not a rate"),
        ("2026-10-30,EUR,USD,-1,ECB", "not a rate"),
        ("2026-10-30,EUR,USD,NaN,ECB", "not a rate"),
        ("2026-10-30,EUR,USD,1.0000000000001,ECB", "not a rate"),
        ("2026-10-30,EUR,USD,1.1,", "source"),
        ("30.10.2026,EUR,USD,1.1,ECB", "not a day"),
        ("2026-02-30,EUR,USD,1.1,ECB", "not a day"),
    ],
)
def test_a_wrong_line_is_named(row, said):
    sheet = reading.read(f"date,base,quote,rate,source\n2026-10-30,EUR,JPY,175.68,ECB\n{row}\n".encode())
    assert [number for number, _message in sheet.faults] == [3]
    assert said in sheet.faults[0][1]
    assert len(sheet.lines) == 1


def test_a_pair_that_stands_twice_is_a_fault():
    line = "2026-10-30,EUR,USD,1.1,ECB\n"
    assert reading.read(f"date,base,quote,rate,source\n{line}{line}".encode()).faults[0][0] == 3


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x><Cube time="2026-10-30"/></x>'


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"<Cube", b"a,b\n1,2\n", BOMB, b"<x/>", b"Date,USD\n"])
def test_what_is_no_file_of_rates_is_refused(data):
    with pytest.raises(Invalid):
        reading.read(data)


@pytest.mark.parametrize(
    ("amount", "to", "comes_to"),
    [
        (Money.of("10000", "EUR"), "USD", "11172.00"),
        (Money.of("1000000", "JPY"), "USD", "6359.29"),
        (Money.of("10000", "EUR"), "CNY", "74326.00"),
        (Money.of("10000", "USD"), "CNY", "66528.82"),
        (Money.of("1000000", "JPY"), "CNY", "42307.60"),
        (Money.of("74326", "CNY"), "EUR", "10000.00"),
        (Money.of("11.17", "USD"), "JPY", "1756"),
    ],
)
def test_vectors(amount, to, comes_to):
    """Those of the indicator dictionary, computed from the ECB's rates of 30 October 2026; and both ways round."""
    made = rates().convert(amount, to)
    assert made.amount == Money.of(comes_to, to)
    assert (made.rate.day, made.rate.source) == (FRIDAY, "ECB")


def test_a_sunday_has_friday_s_rate_not_one_between():
    text = HISTORY + "2026-11-02,1.2000,180.00,8.0000,N/A,\n"
    found = rates(text, on=SUNDAY).between("USD", "CNY")
    assert (found.day, found.value) == (FRIDAY, rates().between("USD", "CNY").value)


def test_rates_older_than_a_week_are_refused():
    assert rates(on=FRIDAY + timedelta(days=7)).between("EUR", "USD").day == FRIDAY
    with pytest.raises(RateMissing) as refused:
        rates(on=FRIDAY + timedelta(days=8)).between("EUR", "USD")
    assert refused.value.facts == {"base": "EUR", "quote": "USD", "day": "2026-11-07"}


def test_a_rate_of_tomorrow_is_not_known_today():
    with pytest.raises(RateMissing):
        rates(on=FRIDAY - timedelta(days=1)).between("EUR", "USD")


def test_a_cross_rate_takes_both_legs_of_one_day():
    """On the newest day the yuan is missing: the pair is that of the day before, not a mixture."""
    text = "Date,USD,CNY\n2026-10-30,1.2,N/A\n2026-10-29,1.1,7.7\n"
    found = rates(text).between("USD", "CNY")
    assert (found.day, found.value) == (date(2026, 10, 29), Decimal(7))


def test_derived_rates_have_a_stated_precision():
    found = rates()
    cross, inverse = found.between("USD", "CNY").value, found.between("CNY", "EUR").value
    assert str(cross) == "6.652882205513784"
    assert len(cross.as_tuple().digits) == len(inverse.as_tuple().digits) == DIGITS
    assert found.between("USD", "USD").value == 1


@given(minor=st.integers(min_value=-(10**13), max_value=10**13), to=st.sampled_from(["USD", "JPY", "CNY", "KRW"]))
def test_a_conversion_is_within_half_a_unit_of_the_exact_figure(minor, to):
    found = rates()
    amount = Money(minor, "EUR")
    made = found.convert(amount, to).amount
    exact = amount.decimal * found.between("EUR", to).value
    assert abs(made.decimal - exact) * 2 <= abs(Money(1, to).decimal)


@pytest.mark.parametrize(
    ("price", "to", "shown"),
    [("1.18", "CNY", "7.85"), ("0.00425", "CNY", "0.02827"), ("1.18", "JPY", "185.6"), ("1180", "JPY", "185555")],
)
def test_unit_prices_keep_four_digits(price, to, shown):
    assert rates().between("USD", to).convert_price(UnitPrice.of(price, "USD")).amount == Decimal(shown)


@pytest.mark.parametrize(
    ("today", "wanted"),
    [
        (date(2026, 11, 2), date(2026, 10, 30)),
        (date(2026, 11, 1), date(2026, 10, 30)),
        (date(2026, 11, 3), date(2026, 11, 2)),
    ],
)
def test_which_rates_must_be_here(today, wanted):
    assert due(today) == wanted
