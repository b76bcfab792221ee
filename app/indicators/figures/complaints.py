"""I-09 Complaint handling, and the reports of I-09.8. Disputes over orders count as complaints of their parties."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from app.indicators.figures.base import (
    WHOLE,
    Counts,
    Figure,
    Span,
    count,
    hours,
    mean,
    median_hours,
    rounded,
    share,
)
from app.indicators.figures.rows import Complaint

RECEIVED, PER_THOUSAND = "I-09.1", "I-09.1.rate"
ACCEPTED, DECIDED_ON_TIME = "I-09.2", "I-09.2.on_time"
ANSWERED_ON_TIME, CLOSED_ON_TIME = "I-09.3", "I-09.4"
MEDIAN_HOURS, P90_HOURS, BACKLOG = "I-09.5", "I-09.5.p90", "I-09.5.backlog"
SATISFIED, SURVEYED = "I-09.6", "I-09.6.response"
UPHELD, REOPENED = "I-09.7", "I-09.7.reopened"
REPORTS, REPORTS_HANDLED, ANONYMOUS = "I-09.8", "I-09.8.handled", "I-09.8.anonymous"
AGES = ((timedelta(days=7), "0-7"), (timedelta(days=15), "8-15"), (timedelta(days=30), "16-30"))
OLDER = "31+"
GOOD = 4
"""Of five points, from which on somebody was satisfied."""


def figures(complaints: Iterable[Complaint], span: Span, contracted: int) -> list[Figure]:
    """Of what came in, was due and was closed in the span. `contracted`: orders contracted in it (I-05.1)."""
    rows = list(complaints)
    cases = [row for row in rows if row.kind != "report"]
    reports = [row for row in rows if row.kind == "report"]
    received = [row for row in cases if span.holds(row.received)]
    closed = [row for row in cases if span.holds(row.closed)]
    counts = Counts()
    counts.at_least((RECEIVED, REPORTS, BACKLOG))
    for row in received:
        counts.add(RECEIVED, [("topic", row.topic), ("side", row.side), ("country", row.country), ("kind", row.kind)])
    for row in cases:
        if row.received < span.end and (row.closed is None or row.closed >= span.end):
            counts.add(BACKLOG, [("age", _age(span.end - row.received))])
    told = [row for row in reports if span.holds(row.received)]
    counts.add(REPORTS, (), len(told))
    return [
        *counts.figures(),
        mean(PER_THOUSAND, 1000 * len(received), contracted),
        share(ACCEPTED, sum(row.accepted is not None and row.accepted < span.end for row in received), len(received)),
        _on_time(DECIDED_ON_TIME, cases, span, lambda row: row.accept_due, lambda row: row.decided),
        _on_time(ANSWERED_ON_TIME, cases, span, lambda row: row.answer_due, lambda row: row.answered),
        _on_time(CLOSED_ON_TIME, cases, span, lambda row: row.due, lambda row: row.closed),
        *_hours([row.closed - row.received for row in closed if row.closed]),
        *_survey(closed),
        share(UPHELD, sum(row.upheld is True for row in closed), sum(row.upheld is not None for row in closed)),
        share(REOPENED, sum(row.reopened for row in closed), len(closed)),
        count(REPORTS_HANDLED, sum(span.holds(row.closed) for row in reports)),
        share(ANONYMOUS, sum(row.anonymous for row in told), len(told)),
    ]


Moment = Callable[[Complaint], datetime | None]


def _on_time(code: str, rows: Iterable[Complaint], span: Span, due: Moment, done: Moment) -> Figure:
    """Of what had to be done by a moment in the span, the share that was."""
    asked = [(limit, done(row)) for row in rows if (limit := due(row)) is not None and span.closes(limit)]
    return share(code, sum(_by(at, limit) for limit, at in asked), len(asked))


def _by(moment: datetime | None, limit: datetime) -> bool:
    return moment is not None and moment <= limit


def _age(age: timedelta) -> str:
    return next((name for limit, name in AGES if age <= limit), OLDER)


def _hours(took: list[timedelta]) -> list[Figure]:
    """Median and 90th percentile (the smallest value that nine tenths do not exceed) from receipt to closing."""
    ordered = sorted(hours(took))
    high = rounded(ordered[-(-9 * len(ordered) // 10) - 1]) if ordered else None
    return [median_hours(MEDIAN_HOURS, took), Figure(P90_HOURS, WHOLE, high)]


def _survey(closed: list[Complaint]) -> list[Figure]:
    said = [row.satisfied for row in closed if row.satisfied is not None]
    return [
        share(SATISFIED, sum(points >= GOOD for points in said), len(said)),
        share(SURVEYED, len(said), len(closed)),
    ]
