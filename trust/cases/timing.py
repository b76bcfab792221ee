"""Clocks of a case as rows: begun, stood still, run on, stopped."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.workdays import is_working_day
from trust.cases.clocks import Length, Unit, due
from trust.cases.models import Case, CaseClock
from trust.cases.periods import ClockName

OWN_CALENDAR = "CN"


def on_calendar_of(length: Length, country: str) -> Length:
    """The same number of working days, as people in `country` work; ours where its holidays are not known."""
    try:
        is_working_day(clock.now().date(), country)
    except ValueError:
        country = OWN_CALENDAR
    return Length(length.number, length.unit, country)


async def begin(
    tx: AsyncSession, case: Case, name: ClockName, length: Length, *, since: datetime | None = None
) -> None:
    """A clock starts; one of the same name that still runs is stopped first."""
    await stop(tx, case, name)
    began = since or clock.now()
    row = CaseClock(
        case_id=case.id,
        name=name,
        number=length.number,
        unit=length.unit,
        calendar=length.calendar if length.unit is Unit.WORKING_DAYS else "",
        began_at=began,
        pauses=[],
        due_at=due(began, length, case.zone),
    )
    tx.add(row)
    await tx.flush()


async def stop(tx: AsyncSession, case: Case, *names: ClockName) -> None:
    """What they measured has happened. Clocks that do not run are left alone."""
    for row in await _running(tx, case.id, names):
        _run_on(row, case.zone)
        row.stopped_at = clock.now()


async def pause(tx: AsyncSession, case: Case, name: ClockName) -> None:
    for row in await _running(tx, case.id, [name]):
        if row.due_at is not None:
            row.pauses = [*row.pauses, [clock.now().isoformat(), None]]
            row.due_at = None


async def run_on(tx: AsyncSession, case: Case, name: ClockName) -> None:
    for row in await _running(tx, case.id, [name]):
        _run_on(row, case.zone)


def _run_on(row: CaseClock, zone: str) -> None:
    if row.due_at is None:
        since, _still = row.pauses[-1]
        row.pauses = [*row.pauses[:-1], [since, clock.now().isoformat()]]
        row.due_at = due(row.began_at, row.length, zone, row.stood_still)


async def _running(tx: AsyncSession, case_id: UUID, names: Sequence[ClockName]) -> list[CaseClock]:
    query = select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.stopped_at.is_(None))
    return list(await tx.scalars(query.where(CaseClock.name.in_(names)).with_for_update()))


async def due_at(tx: AsyncSession, case: Case, name: ClockName) -> datetime | None:
    """When the running clock of this name is due."""
    return next((row.due_at for row in await _running(tx, case.id, [name])), None)
