"""Laying the calendar out: every report that is due, a year ahead, and opening those whose time has come."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id
from app.core.periods import day_of
from app.statutory.models import StatutoryFiling
from app.statutory.rules import RULES, Duty, Kind, after_event, recurring
from app.statutory.states import FilingMove, FilingState
from trust.identity import counted as users
from trust.rules import disclosure

BACK = timedelta(days=60)
"""Further back than any report is due after what asks for it."""


async def lay_out(tx: AsyncSession, zone: str) -> None:
    """Write down what is due today or later, and open what is to be made by now. However often: nothing comes twice,
    and a day that moved, for a calendar of holidays became known, moves while its report is upcoming.

    A platform without a company has nobody to report on. What was due before the calendar began is not in it.
    """
    now = clock.now()
    first = await users.first_registered(tx)
    if first is None:
        return
    today = day_of(now, zone)
    duties = [*_recurring(day_of(first, zone), today), *await _asked(tx, day_of(first, zone), today, zone)]
    await _write(tx, duties, now)
    query = select(StatutoryFiling).where(
        StatutoryFiling.state == FilingState.UPCOMING, StatutoryFiling.opens_on <= today
    )
    for row in await tx.scalars(query.order_by(StatutoryFiling.id).with_for_update(skip_locked=True)):
        row.move(FilingMove.OPEN, by=None)
    await tx.flush()


def _recurring(start: date, today: date) -> list[Duty]:
    return [duty for rule in RULES.values() if rule.months for duty in recurring(rule, start, today)]


async def _asked(tx: AsyncSession, start: date, today: date, zone: str) -> list[Duty]:
    """Particulars of the platform: at its beginning, and each time the operator says something else of itself."""
    since = datetime.combine(today - BACK, time(), ZoneInfo(zone))
    days = {start, *(day_of(at, zone) for at in await disclosure.changed(tx, since))}
    duties = (after_event(RULES[Kind.BASIC], day) for day in sorted(days))
    return [duty for duty in duties if duty.due_on >= today]


async def _write(tx: AsyncSession, duties: Sequence[Duty], now: datetime) -> None:
    if not duties:
        return
    values = [
        {
            "id": new_id(),
            "kind": duty.kind,
            "state": FilingState.UPCOMING,
            "first_day": duty.first,
            "last_day": duty.last,
            "opens_on": duty.opens_on,
            "due_on": duty.due_on,
            "waiver_reason": "",
            "created_at": now,
        }
        for duty in duties
    ]
    row = insert(StatutoryFiling).values(values)
    moved = or_(
        StatutoryFiling.opens_on != row.excluded.opens_on,
        StatutoryFiling.due_on != row.excluded.due_on,
    )
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=["kind", "first_day"],
            set_={"opens_on": row.excluded.opens_on, "due_on": row.excluded.due_on},
            where=(StatutoryFiling.state == FilingState.UPCOMING) & moved,
        )
    )
