"""Limits in force, alarms, and courses of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.signals.catalogue import SIGNALS
from app.signals.models import SignalAlarm, SignalLimit, SignalReading
from trust.identity import queries as identity


@dataclass(frozen=True, slots=True)
class LimitSet:
    """That somebody set another limit."""

    code: str
    most: Decimal
    reason: str
    by: str
    at: datetime


async def limits(tx: AsyncSession) -> dict[str, Decimal]:
    """The limit of every signal: as it was set last, else the catalogue's."""
    query = (
        select(SignalLimit.code, SignalLimit.most)
        .ext(distinct_on(SignalLimit.code))
        .order_by(SignalLimit.code, SignalLimit.id.desc())
    )
    last = {row.code: row.most for row in await tx.execute(query)}
    return {code: one.limit for code, one in SIGNALS.items()} | last


async def standing(tx: AsyncSession) -> dict[str, SignalAlarm]:
    """Alarms that are not over, by signal."""
    return {row.code: row for row in await tx.scalars(select(SignalAlarm).where(SignalAlarm.ended_at.is_(None)))}


async def alarms(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[SignalAlarm], int]:
    """A page of all alarms, the newest first, and how many there are."""
    query = select(SignalAlarm).order_by(SignalAlarm.began_at.desc(), SignalAlarm.id.desc())
    total = (await tx.execute(select(func.count()).select_from(SignalAlarm))).scalar_one()
    return list(await tx.scalars(query.offset(offset).limit(limit))), total


async def courses(tx: AsyncSession, since: datetime) -> dict[str, Sequence[SignalReading]]:
    """The worst value of each hour since then, by signal, in order."""
    found: dict[str, list[SignalReading]] = {}
    query = select(SignalReading).where(SignalReading.at >= since).order_by(SignalReading.code, SignalReading.at)
    for row in await tx.scalars(query):
        found.setdefault(row.code, []).append(row)
    return dict(found)


async def newest(tx: AsyncSession) -> dict[str, SignalReading]:
    """The last value of each signal."""
    query = select(SignalReading).ext(distinct_on(SignalReading.code))
    rows = await tx.scalars(query.order_by(SignalReading.code, SignalReading.at.desc()))
    return {row.code: row for row in rows}


async def limits_set(tx: AsyncSession, *, limit: int) -> list[LimitSet]:
    """Who set which limit, the newest first."""
    names = {member.id: member.name for member in await identity.members(tx, await identity.platform_id(tx))}
    rows = await tx.scalars(select(SignalLimit).order_by(SignalLimit.id.desc()).limit(limit))
    return [LimitSet(row.code, row.most, row.reason, names.get(row.set_by, ""), row.set_at) for row in rows]
