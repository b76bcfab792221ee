"""The last moment of a month and the first of the next, in Shanghai, of everything that figures date; and that neither
the order of rows nor how often they are counted says anything."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.indicators.figures import (
    brands,
    complaints,
    groups,
    improvement,
    lawful,
    members,
    operator,
    quality,
    registration,
    renewal,
    rights,
    trade,
    traffic,
    users,
)
from app.indicators.figures.archive import fingerprint
from app.indicators.figures.base import WHOLE, Figure, Span, spans
from app.indicators.figures.quality_rows import Alert, Brand, Gathered, Guided, Inspection, Line, Lot, Offer, Waiver
from app.indicators.figures.rows import Complaint, Day, Deal, Due, Enquiry, Party, Person
from app.indicators.figures.standing_rows import (
    Capital,
    Check,
    Counter,
    Demand,
    Finding,
    Incident,
    Item,
    Notice,
    Paid,
    Penalty,
    Proof,
    Report,
    Sanction,
    Scan,
    Strike,
)

ZONE = "Asia/Shanghai"
MARCH = Span(date(2026, 3, 1), date(2026, 3, 31), ZONE)
APRIL = Span(date(2026, 4, 1), date(2026, 4, 30), ZONE)
FIRST = datetime(2026, 3, 31, 16, tzinfo=UTC)
"""The first moment of April."""
TICK = timedelta(microseconds=1)
LAST = FIRST - TICK
LONG_AGO = datetime(2025, 5, 1, tzinfo=UTC)
KNOWN = date(2026, 12, 1)
Count = Callable[[Any, Span], list[Figure]]


def row(shape: type[Any], /, **said: Any) -> Any:
    """A row with something in every column: the smallest of its type, nothing where it may be nothing."""
    least: dict[Any, Any] = {str: "a", bool: False, int: 1, Decimal: Decimal(1), datetime: LONG_AGO, date: KNOWN}
    hints = {name: get_args(hint) or (hint,) for name, hint in get_type_hints(shape).items()}
    return shape(**{name: None if NoneType in types else least[types[0]] for name, types in hints.items()} | said)


def deals(one: Any, span: Span) -> list[Figure]:
    return trade.figures([one], [span])[0]


def cases(one: Any, span: Span) -> list[Figure]:
    return complaints.figures([one], span, 1)


def sanctions(one: Any, span: Span) -> list[Figure]:
    return lawful.sanctions([one], [], [], span)


def lots(one: Any, span: Span) -> list[Figure]:
    return quality.figures([], [], quality.Sold([one], [span]), span)


def inspections(one: Any, span: Span) -> list[Figure]:
    return quality.figures([], [one], quality.Sold([], [span]), span)


def sold_lines(one: Any, span: Span) -> list[Figure]:
    return brands.own_share(improvement.Traded([one], [span]), span)


MOMENTS: dict[str, tuple[type[Any], str, str, Count]] = {
    "a company registered": (Party, "since", "I-02.3", lambda one, span: users.figures([one], [], [], span)),
    "a company left": (Party, "until", "I-02.1.removed", lambda one, span: users.figures([one], [], [], span)),
    "a person came": (Person, "since", "I-02.2.new", lambda one, span: users.figures([], [one], [], span)),
    "an inquiry": (Enquiry, "asked", "I-03.7.inquiries", lambda one, span: traffic.figures([], [], [one], span)),
    "an order contracted": (Deal, "contracted", "I-05.1", deals),
    "an order paid": (Deal, "paid", "I-05.3", deals),
    "an order completed": (Deal, "completed", "I-05.4", deals),
    "an order called off": (Deal, "ended", "I-05.7", deals),
    "a notice": (Notice, "filed", "I-06.1", lambda one, span: rights.figures([one], [], span)),
    "a notice decided": (Notice, "decided", "I-06.1.valid", lambda one, span: rights.figures([one], [], span)),
    "a listing down": (Item, "down", "I-06.4", lambda one, span: rights.measures([one], [], span)),
    "a lawsuit shown": (Item, "proved", "I-06.3.kept", lambda one, span: rights.measures([one], [], span)),
    "a counter-statement": (Counter, "filed", "I-06.3", lambda one, span: rights.counters([one], span)),
    "an infringement found": (Scan, "found", "I-06.4.found", lambda one, span: rights.scans([one], span)),
    "a recall": (Alert, "found", "I-07.4", lambda one, span: quality.recalls([one], [], span)),
    "an order traced": (Lot, "completed", "I-07.5", lots),
    "a request to be verified": (Check, "opened", "I-08.2", lambda one, span: registration.checks([one], span)),
    "a request accepted": (Check, "decided", "I-08.3", lambda one, span: registration.checks([one], span)),
    "a register that differs": (Check, "mismatched", "I-08.8", lambda one, span: registration.checks([one], span)),
    "a complaint": (Complaint, "received", "I-09.1", cases),
    "a complaint closed": (Complaint, "closed", "I-09.6.response", cases),
    "an incident": (Incident, "noticed", "I-10.5", lambda one, span: lawful.incidents([one], span)),
    "a measure": (Sanction, "starts", "I-10.6", sanctions),
    "an appeal decided": (Sanction, "appeal_decided", "I-10.8", sanctions),
    "a finding": (Finding, "recorded", "I-10.7", lambda one, span: lawful.findings([one], span)),
    "a request of an authority": (Demand, "received", "I-10.4.received", lambda one, span: lawful.demands([one], span)),
    "a line of a contract": (
        Line,
        "contracted",
        "I-12.2",
        sold_lines,
    ),
    "a mark abroad": (Brand, "since", "I-12.3", lambda one, span: brands.holders([one], span)),
    "a waiver": (Waiver, "granted", "I-12.5", lambda one, span: brands.waivers([one], span)),
}
"""What happens → its row, the column that dates it, a figure of it, and what counts it."""
TRUE: dict[type[Any], dict[str, Any]] = {
    Deal: {"end": "cancelled", "linked": False},
    Check: {"end": "accepted"},
    Lot: {"batch": True, "events": 4},
    Line: {"own": True, "amount": Decimal(1)},
    Brand: {"own": True, "sells": True},
    Alert: {"kind": "recall"},
    Complaint: {"satisfied": 5},
}
DAYS: dict[str, tuple[type[Any], str, str, Count]] = {
    "views": (Day, "day", "I-03.1", lambda one, span: traffic.figures([one], [], [], span)),
    "a term that came due": (Due, "ends_on", "I-04.due", lambda one, span: renewal.figures([one], span, KNOWN)),
    "an inspection": (
        Inspection,
        "day",
        "I-07.2.inspected",
        inspections,
    ),
    "a penalty": (Penalty, "decided", "I-10.1", lambda one, span: lawful.penalties([one], span)),
    "a company guided": (Guided, "day", "I-11.7", lambda one, span: improvement.guided([one], span)),
    "a training": (Gathered, "day", "I-12.4", lambda one, span: brands.events([one], span)),
}
OF_DAYS: dict[type[Any], dict[str, Any]] = {Day: {"facet": "all"}, Due: {"months": 12, "outcome": "none"}}
LIMITS: dict[str, tuple[type[Any], str, str, Count]] = {
    "a complaint to be taken up": (Complaint, "accept_due", "I-09.2.on_time", cases),
    "a complaint to be answered": (Complaint, "answer_due", "I-09.3", cases),
    "a complaint to be closed": (Complaint, "due", "I-09.4", cases),
    "a statement to pass on": (
        Counter,
        "forward_due",
        "I-06.3.forwarded",
        lambda one, span: rights.counters([one], span),
    ),
    "a report to make": (Report, "due", "I-10.3", lambda one, span: lawful.reports([one], span)),
    "an authority to answer": (Demand, "due", "I-10.4", lambda one, span: lawful.demands([one], span)),
}
"""What has to be done by a moment, the first one that is too late."""


def counted(found: list[Figure], code: str) -> bool:
    """Whether anything is counted under a code."""
    [figure] = [one for one in found if (one.code, one.cut) == (code, WHOLE)]
    return bool(figure.value if figure.denominator is None else figure.denominator)


@pytest.mark.parametrize("what", MOMENTS)
def test_the_last_microsecond_is_march_s_and_the_next_april_s(what):
    kind, column, code, count = MOMENTS[what]
    for moment, months in ((LAST, (True, False)), (FIRST, (False, True))):
        one = row(kind, **TRUE.get(kind, {}) | {column: moment})
        assert tuple(counted(count(one, span), code) for span in (MARCH, APRIL)) == months, moment


@pytest.mark.parametrize("what", DAYS)
def test_the_last_day_is_march_s_and_the_next_april_s(what):
    kind, column, code, count = DAYS[what]
    for day, months in ((MARCH.last, (True, False)), (APRIL.first, (False, True))):
        one = row(kind, **OF_DAYS.get(kind, {}) | {column: day})
        assert tuple(counted(count(one, span), code) for span in (MARCH, APRIL)) == months, day


@pytest.mark.parametrize("what", LIMITS)
def test_what_is_due_by_midnight_is_due_on_the_day_that_ends(what):
    kind, column, code, count = LIMITS[what]
    for limit, months in ((MARCH.begin, (False, False)), (LAST, (True, False)), (FIRST, (True, False))):
        assert tuple(counted(count(row(kind, **{column: limit}), span), code) for span in (MARCH, APRIL)) == months
    late = row(kind, **{column: FIRST + TICK})
    assert [counted(count(late, span), code) for span in (MARCH, APRIL)] == [False, True]


def test_what_stands_is_that_of_the_last_moment():
    """A company, a member, a listing, a level and a term that begin or end with the month."""
    for since, there in ((LAST, 1), (FIRST, 0)):
        told = users.figures([row(Party, since=since)], [row(Person, since=since)], [], MARCH)
        assert {one.value for one in told if one.code in ("I-02.1", "I-02.2") and one.cut == WHOLE} == {there}
        assert quality.online(row(Offer, since=since), MARCH) == bool(there)
        proof = row(Proof, what="entity", since=since, until=since + timedelta(days=180))
        assert registration.level_at([proof], MARCH.end) == 1 + there
    for until, there in ((LAST, 0), (FIRST, 1)):
        told = users.figures([row(Party, until=until)], [row(Person, until=until)], [], MARCH)
        assert {one.value for one in told if one.code in ("I-02.1", "I-02.2") and one.cut == WHOLE} == {there}
        assert quality.online(row(Offer, until=until), MARCH) == bool(there)
        assert registration.level_at([row(Proof, what="entity", until=until)], MARCH.end) == 1 + there
    for first, last, there in ((MARCH.last, KNOWN, 1), (APRIL.first, KNOWN, 0), (MARCH.first, MARCH.last, 1)):
        [whole, *_parts] = members.figures([row(Paid, first=first, last=last)], MARCH)
        assert whole.value == there
    for changed, known in ((MARCH.last, True), (APRIL.first, False)):
        [subscribed, *_others] = operator.figures([row(Capital, changed=changed)], MARCH)
        assert (subscribed.value is not None) == known
    for first_strike, again in ((MARCH.begin - TICK, 1), (LAST, 1), (FIRST, 0)):
        strikes = [row(Strike, given=first_strike), row(Strike, given=LAST - TICK)]
        assert [one.value for one in rights.repeated([row(Party, party="a")], strikes, MARCH)] == [again]


def test_a_complaint_taken_up_in_april_was_not_taken_up_by_the_end_of_march():
    for accepted, value in ((LAST, 100), (FIRST, 0)):
        found = cases(row(Complaint, received=LAST, accepted=accepted), MARCH)
        assert [one.value for one in found if one.code == "I-09.2"] == [value]


# Rows in any order, and counted twice


MARKS = st.sampled_from(["a", "b", "c"])
TIMES = st.sampled_from([LONG_AGO, MARCH.begin - TICK, MARCH.begin, LAST - timedelta(days=9), LAST, FIRST])
SAID: dict[str, st.SearchStrategy[Any]] = {
    "country": st.sampled_from(["CN", "DE", "HK", "ZZ"]),
    "buyer_country": st.sampled_from(["CN", "DE"]),
    "seller_country": st.sampled_from(["CN", "DE"]),
    "facet": st.sampled_from(["all", "country", "channel", "referrer", "out"]),
    "outcome": st.sampled_from(renewal.OUTCOMES),
    "end": st.sampled_from(["accepted", "rejected", "withdrawn"]),
    "currency": st.sampled_from(["USD", "CNY"]),
    "what": st.sampled_from(["entity", "bank", "site", *rights.PROTECTS]),
    "kind": st.sampled_from(["complaint", "dispute", "report", "recall", "visit"]),
    "places": st.just(2),
    "change": st.integers(-1, 1),
    "satisfied": st.none() | st.integers(1, 5),
}
ANY: dict[Any, st.SearchStrategy[Any]] = {
    str: MARKS,
    bool: st.booleans(),
    int: st.integers(0, 40),
    Decimal: st.decimals("0.01", 10**7, places=2),
    datetime: TIMES,
    date: TIMES.map(lambda moment: moment.date()),
    NoneType: st.none(),
}


def any_row(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = {name: get_args(hint) or (hint,) for name, hint in get_type_hints(kind).items()}
    columns = {name: SAID.get(name, st.one_of([ANY[one] for one in types])) for name, types in hints.items()}
    return st.builds(kind, **columns)


class Sheets:
    """Rows by their kind."""

    def __init__(self, rows: dict[type[Any], list[Any]]) -> None:
        self._rows = rows

    def rows(self, kind: type[Any]) -> Iterator[Any]:
        return iter(self._rows[kind])


@pytest.mark.parametrize("closing", groups.CLOSINGS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_rows_in_any_order_counted_twice_make_the_same(closing, data):
    kinds = groups.sheets_of(closing)
    rows = {kind: data.draw(_rows(kind, 6), label=kind.__name__) for kind in kinds}
    over = spans(MARCH.last, ZONE)

    def seal() -> str:
        return fingerprint(groups.count(groups.CLOSINGS[closing], Sheets(rows), over, KNOWN))

    first = seal()
    assert seal() == first
    for some in rows.values():
        data.draw(st.randoms(use_true_random=False)).shuffle(some)
    assert seal() == first


def _rows(kind: type[Any], most: int) -> st.SearchStrategy[list[Any]]:
    """Each thing once: a sheet has one row of a company, an order or a case, and one statement of a moment."""
    return st.lists(any_row(kind), max_size=most, unique_by=lambda one: one[: ONCE.get(kind, len(one))])


ONCE = dict.fromkeys((Party, Person, Enquiry, Deal, Complaint, Check, Notice, Sanction, Demand), 1) | {Capital: 2}
"""By how many of its first columns a row is known."""
WHOLLY = {
    "I-02.1": ("country", "geo", "role", "known"),
    "I-02.3": ("country", "geo", "role", "known"),
    "I-02.4": ("country", "geo", "role", "known"),
    "I-02.5": ("country", "geo"),
    "I-04.due": ("plan",),
    "I-05.1": ("country", "geo", "category", "chapter", "area", "direction"),
    "I-05.7": ("country", "by", "end"),
    "I-06.1": ("right", "office"),
    "I-08.2": ("renewing",),
    "I-09.1": ("topic", "side", "country", "kind"),
    "I-09.5.backlog": ("age",),
    "I-10.5": ("nature", "grade"),
    "I-10.6": ("level", "cause"),
    "I-12.4": ("event",),
    "I-12.5": ("why",),
}
"""Numbers whose parts of these kinds take in everything once."""
ADDING = (
    *("I-02.3", "I-02.1.removed", "I-02.2.new", "I-03.1", "I-03.2", "I-03.7.inquiries", "I-05.1", "I-05.3", "I-05.4"),
    *("I-05.7", "I-06.1", "I-06.1.valid", "I-06.1.rejected", "I-06.3", "I-06.4", "I-07.2.inspected", "I-07.4"),
    *("I-08.2", "I-08.3", "I-08.4", "I-08.8", "I-09.1", "I-09.8", "I-10.1", "I-10.4.received", "I-10.5", "I-10.6"),
    *("I-10.7", "I-12.3", "I-12.4", "I-12.4.participants", "I-12.5"),
)
"""What happens in one month or another, so that months add up."""


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_parts_make_the_whole_and_three_months_the_quarter(data):
    kinds = list(dict.fromkeys(kind for closing in groups.CLOSINGS for kind in groups.sheets_of(closing)))
    rows = Sheets({kind: data.draw(_rows(kind, 5), label=kind.__name__) for kind in kinds})
    lasts = [date(2026, 1, 31), date(2026, 2, 28), MARCH.last]
    over = {str(n): Span(last.replace(day=1), last, ZONE) for n, last in enumerate(lasts)}
    over["quarter"] = Span(date(2026, 1, 1), MARCH.last, ZONE)
    every = [group for closing in groups.CLOSINGS.values() for group in closing]
    found = {
        name: {(one.code, one.cut): one.value or Decimal() for one in figures}
        for name, figures in groups.count(every, rows, over, KNOWN).items()
    }
    for code, cuts in WHOLLY.items():
        for name, values in found.items():
            for kind in cuts:
                parts = sum(value for (known, cut), value in values.items() if known == code and cut[0] == kind)
                assert parts == values[code, WHOLE], (code, kind, name)
    for code in ADDING:
        months = sum(found[str(n)][code, WHOLE] for n in range(3))
        assert months == found["quarter"][code, WHOLE], code
