"""The value of each signal now. Every one is a look at an index, or at a count that is small while all is well."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from math import sqrt
from statistics import median
from typing import Any

from sqlalchemy import Date, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Period, day_of

DAYS = 28
"""So many days before yesterday tell what is usual."""
LEAST = 10
"""A difference of fewer is never unusual, however quiet the days before were."""
SCALE = 1.4826
"""Makes the median of absolute deviations comparable to a standard deviation."""
TYPES: Mapping[str, Any] = {"now": DateTime(timezone=True), "today": Date()}
LARGEST = Decimal(999_999_999)

_VALUES: Mapping[str, str] = {
    "jobs.late": """SELECT extract(epoch FROM :now - min(run_at)) / 60 FROM job
                     WHERE done_at IS NULL AND dead_at IS NULL AND run_at < :now
                       AND (leased_until IS NULL OR leased_until < :now)""",
    "jobs.dead": "SELECT count(*) FROM job WHERE dead_at > :now - interval '7 days'",
    "evidence.age": "SELECT extract(epoch FROM :now - max(made_at)) / 3600 FROM tree_head",
    "money.proof": "SELECT (NOT holds)::int FROM ledger_proof ORDER BY id DESC LIMIT 1",
    "money.proof_age": "SELECT extract(epoch FROM :now - max(at)) / 3600 FROM ledger_proof",
    "money.unknown": """SELECT count(*) FROM operation
                         WHERE state = 'unknown' AND first_sent_at < :now - interval '1 hour'""",
    "money.bookings": """SELECT count(*) FROM bank_booking
                          WHERE state = 'booked' AND created_at < :now - interval '1 day'""",
    "queue.late": "SELECT count(*) FROM review WHERE state IN ('open', 'claimed') AND due_at < :now",
    "queue.oldest": """SELECT extract(epoch FROM :now - min(opened_at)) / 3600 FROM review
                        WHERE state IN ('open', 'claimed')""",
    "cases.late": "SELECT count(*) FROM case_clock WHERE stopped_at IS NULL AND due_at < :now - interval '1 hour'",
    "statutory.overdue": """SELECT count(*) FROM statutory_filing
                             WHERE state IN ('open', 'prepared', 'deferred')
                               AND coalesce(deferred_to, due_on) < :today""",
    "traffic.age": """SELECT extract(epoch FROM :now - max(computed_at)) / 3600 FROM traffic_daily
                       WHERE EXISTS (SELECT FROM traffic_changed)""",
    "rates.age": "SELECT :today - max(day) FROM fx_rate",
    "lists.age": """SELECT extract(epoch FROM :now - min(taken)) / 86400
                      FROM (SELECT max(taken_at) AS taken FROM list_version GROUP BY list_key) newest""",
}
_BY_DAY: Mapping[str, str] = {
    "change.companies": "SELECT created_at FROM organisation WHERE NOT is_platform AND created_at {between}",
    "change.inquiries": "SELECT created_at FROM inquiry WHERE created_at {between}",
    "change.contracts": "SELECT effective_at FROM contract WHERE amends_id IS NULL AND effective_at {between}",
    "change.complaints": "SELECT opened_at FROM case_file WHERE opened_at {between}",
}
_BETWEEN = ">= :since AND {column} < :before"
_VIEWS = "SELECT day, views FROM traffic_daily WHERE facet = 'all' AND key = '' AND day BETWEEN :first AND :last"


@dataclass(frozen=True, slots=True)
class Reading:
    """`counted` and `usual`: yesterday's number and the median of the days before, of signals of change."""

    value: Decimal
    counted: Decimal | None = None
    usual: Decimal | None = None


async def read(tx: AsyncSession, now: datetime, zone: str) -> dict[str, Reading]:
    """Every signal that has a value: what never happened has no age, and change is told after four weeks."""
    said: dict[str, Any] = {"now": now, "today": day_of(now, zone)}
    found: dict[str, Reading] = {}
    for code, query in _VALUES.items():
        asked = {name: value for name, value in said.items() if f":{name}" in query}
        typed = [bindparam(name, value, type_=TYPES[name]) for name, value in asked.items()]
        value = await tx.scalar(text(query).bindparams(*typed))
        if value is not None:
            found[code] = Reading(_rounded(Decimal(value)))
    return found | await _changes(tx, now, zone)


async def _changes(tx: AsyncSession, now: datetime, zone: str) -> dict[str, Reading]:
    yesterday = day_of(now, zone) - timedelta(days=1)
    span = Period(yesterday - timedelta(days=DAYS), yesterday, zone)
    began = await tx.scalar(text("SELECT min(created_at) FROM organisation"))
    if began is None or day_of(began, zone) > span.first:
        return {}
    found = {}
    for code, query in _BY_DAY.items():
        column = query.split()[1]
        rows = query.format(between=_BETWEEN.format(column=column))
        counted = text(
            f"SELECT CAST(at AT TIME ZONE :zone AS date) AS day, count(*) FROM ({rows}) AS t (at) GROUP BY 1"  # noqa: S608  our own texts
        )
        by_day = await tx.execute(counted, {"since": span.begin, "before": span.end, "zone": zone})
        found[code] = change(_by_day(by_day), yesterday)
    views = await tx.execute(text(_VIEWS), {"first": span.first, "last": span.last})
    found["change.views"] = change(_by_day(views), yesterday)
    return found


def _by_day(rows: Iterable[Any]) -> dict[date, int]:
    return {row[0]: row[1] for row in rows}


def change(by_day: Mapping[date, int], yesterday: date) -> Reading:
    """How far yesterday lies from the median of the days before, in robust standard deviations.

    The scale is at least the square root of the median, as counts of what happens by chance have it, and at least one.
    """
    before = [by_day.get(yesterday - timedelta(days=n), 0) for n in range(1, DAYS + 1)]
    number, usual = by_day.get(yesterday, 0), median(before)
    scale = max(SCALE * median(abs(one - usual) for one in before), sqrt(usual), 1.0)
    far = abs(number - usual)
    distance = Decimal(far / scale) if far >= LEAST else Decimal(0)
    return Reading(_rounded(distance), Decimal(number), Decimal(str(usual)))


def _rounded(value: Decimal) -> Decimal:
    return min(value, LARGEST).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
