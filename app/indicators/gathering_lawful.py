"""Rows of lawful operation, and of the operator itself."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import exponent
from app.indicators.figures.base import Span
from app.indicators.figures.standing_rows import Capital, Demand, Finding, Incident, Licence, Penalty, Report
from app.indicators.marks import Marks
from app.statutory import queries as statutory
from app.statutory.rules import Kind
from trust.authorities import counted as authorities
from trust.identity import counted as users
from trust.incidents import counted as incidents_counted
from trust.operator import queries as operator
from trust.restrictions import counted as restrictions
from trust.rules import counted as disclosure
from trust.verification import counted as verification

DUE_MONTHS = (2, 8)
"""A half-year's report on sellers is made in January or July, so it is late from the first of the next month on.
Measures for Supervision of Online Trading (PRC) art. 25."""


async def penalties(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Penalty]:
    for row in await operator.decided(tx, year.first, year.last):
        currency = row.amount.currency if row.amount else ""
        amount, places = (row.amount.decimal, exponent(currency)) if row.amount else (None, 0)
        yield Penalty(marks.of("penalty", row.id), row.decided_on, currency, places, amount)


async def licences(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Licence]:
    for row in await disclosure.licences(tx, year.begin, year.end):
        yield Licence(marks.of("licence", row.id), row.valid_from, row.valid_to, row.added_at, row.ended_at)


async def reports(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Report]:
    """Reports of the statutory calendar by the days of their receipts; reports on sellers of before it began, since
    there has been somebody to report on; and those that incidents brought."""
    first, made = await users.first_registered(tx), await verification.reports(tx)
    kept, day = await statutory.counted(tx, year.first, year.last), timedelta(days=1)
    half = {row.first for row in kept if row.kind is Kind.IDENTITY}
    for period, due in half_years(year):
        if first is not None and first < due and period not in half:
            yield Report(f"identity-{period}", "identity", due, made.get(period))
    for filing in kept:
        due = _midnight(filing.until + day, year.zone)
        filed = _midnight(filing.filed_on + day, year.zone) if filing.filed_on else None
        yield Report(marks.of("filing", filing.id), filing.kind, due, filed)
    for row in await incidents_counted.duties(tx, year.begin, year.end):
        yield Report(marks.of("duty", row.id), "incident", row.due_at, row.done_at)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def half_years(year: Span) -> Iterator[tuple[date, datetime]]:
    """Half-years whose report is due in the span: first day, and the first moment at which it is late."""
    for number in (year.first.year, year.first.year + 1):
        for month in DUE_MONTHS:
            due = _midnight(date(number, month, 1), year.zone)
            if year.closes(due):
                yield (date(number - 1, 7, 1) if month == DUE_MONTHS[0] else date(number, 1, 1)), due


async def demands(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Demand]:
    for row in await authorities.requests(tx, year.begin, year.end):
        mark = marks.of("demand", row.id)
        yield Demand(mark, row.kind, row.foreign, row.received_at, row.due_at, row.ended_at)


async def incidents(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Incident]:
    for row in await incidents_counted.incidents(tx, year.begin, year.end):
        yield Incident(marks.of("incident", row.id), row.nature, row.grade, row.detected_at)


async def findings(tx: AsyncSession, marks: Marks, year: Span) -> AsyncIterator[Finding]:
    async for row in restrictions.findings(tx, year.begin, year.end):
        yield Finding(marks.of("finding", row.id), row.kind, row.recorded_at, row.stopped_at)


async def capital(tx: AsyncSession, _marks: Marks, year: Span) -> AsyncIterator[Capital]:
    """Every statement that reaches back before the end: the licence is the operator's own, and names nobody."""
    for row in await operator.capitals(tx, year.last):
        yield Capital(
            changed=row.changed_on,
            stated=row.stated_at,
            subscribed=row.subscribed.decimal,
            paid_in=row.paid_in.decimal,
            currency=row.subscribed.currency,
            registration=row.registration,
            registered=row.registered_on,
            document=row.document["sha256"],
        )
