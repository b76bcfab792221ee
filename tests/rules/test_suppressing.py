"""What a public copy leaves out: counted by who is behind a figure, not by how much it says."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.indicators import ordering
from app.indicators.definitions import DEFINITIONS
from app.indicators.figures import groups
from app.indicators.figures.archive import Archive, Writer
from app.indicators.figures.base import WHOLE, Figure, Span
from app.indicators.figures.rows import Complaint, Day, Deal, Party
from app.indicators.reporting import suppressing
from tests.rules.test_figures import deal, party

MARCH = Span(date(2026, 3, 1), date(2026, 3, 31), "Asia/Shanghai")
KNOWN = {one.code: one for one in DEFINITIONS}
BEFORE = datetime(2026, 2, 1, tzinfo=UTC)


async def behind(path, sheets: dict[type, list]) -> suppressing.Behind:
    async def told(rows):
        for row in rows:
            yield row

    writer = Writer(path / "rows.zip")
    for kind in groups.sheets_of(groups.FIGURES):
        await writer.add(kind, told(sheets.get(kind, [])))
    writer.close(groups.FIGURES, MARCH.last, date(2026, 4, 9), MARCH.zone)
    return suppressing.behind(Archive(path / "rows.zip"), {"month": MARCH})


async def test_companies_are_counted_once_and_up_to_five(tmp_path):
    germans = [party(f"g{n}", BEFORE) for n in range(7)]
    french = [party(f"f{n}", BEFORE, country="FR") for n in range(4)]
    found = await behind(tmp_path, {Party: sorted(germans + french)})
    assert found["month", "I-02.1", WHOLE] == 5
    assert found["month", "I-02.1", ("country", "DE")] == 5
    assert found["month", "I-02.1", ("country", "FR")] == 4


async def test_many_orders_of_few_companies_are_of_few(tmp_path):
    few = [deal(n, buyer="b1", seller="s1") for n in range(9)]
    many = [deal(100 + n, buyer=f"b{n}", seller="s1", buyer_country="FR") for n in range(4)]
    found = await behind(tmp_path, {Deal: few + many})
    assert found["month", "I-05.2.usd", ("country", "DE")] == 2
    assert found["month", "I-05.2.usd", ("country", "FR")] == 5
    assert found["month", "I-05.1", WHOLE] == 5


async def test_more_rows_than_are_held_in_memory_are_found_behind_the_same(tmp_path, monkeypatch):
    rows = {Deal: [deal(n, buyer=f"b{n % 3}", seller=f"s{n % 2}") for n in range(20)]}
    whole = await behind(tmp_path, rows)
    assert whole["month", "I-05.9", WHOLE] == 5, "each company's second order lies apart from its first"
    monkeypatch.setattr(ordering, "RUN", 3)
    monkeypatch.setattr(ordering, "AT_ONCE", 2)
    assert await behind(tmp_path, rows) == whole


def test_sheets_that_are_nobodys_name_no_party():
    assert suppressing.marks_of(Day) == ()
    assert suppressing.marks_of(Deal) == ("buyer", "seller")
    assert suppressing.marks_of(Complaint) == ("case",)


@pytest.mark.parametrize(
    ("code", "value", "numerator", "denominator", "parties", "hidden"),
    [
        ("I-05.2.usd", "90000", None, None, 4, True),
        ("I-05.2.usd", "90000", None, None, 5, False),
        ("I-05.1", "0", None, None, 0, False),  # a nought is of nobody
        ("I-05.8", "0.00", "0", "900", 0, False),
        ("I-05.8", "0.22", "2", "900", 4, True),
        ("I-05.8", None, "0", "0", 0, False),
        ("I-03.1", "4", None, None, 0, True),  # of traffic the number itself counts
        ("I-03.1", "5", None, None, 0, False),
    ],
)
def test_what_is_left_out(code, value, numerator, denominator, parties, hidden):
    numbers = [None if number is None else Decimal(number) for number in (value, numerator, denominator)]
    assert suppressing.hides(Figure(code, WHOLE, *numbers), KNOWN[code], parties) is hidden
