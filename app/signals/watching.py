"""Reading every signal, keeping its worst value of the hour, and raising an alarm once for as long as it lasts."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.errors import Invalid
from app.core.i18n import _
from app.signals import queries, reading
from app.signals.catalogue import SIGNALS
from app.signals.events import SignalRaised
from app.signals.models import SignalAlarm, SignalLimit, SignalReading
from app.signals.reading import Reading
from trust.access import Member, Permission, require

KEPT = timedelta(days=90)


async def look(tx: AsyncSession, zone: str) -> None:
    """Read all, and raise or end alarms. One at a time: the second finds what the first has raised."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('signals', 0))"))
    now = clock.now()
    found, limits = await reading.read(tx, now, zone), await queries.limits(tx)
    standing = await queries.standing(tx)
    for code in SIGNALS:
        one = found.get(code)
        if one is not None:
            await _keep(tx, code, now, one)
        await _judge(tx, code, one, limits[code], standing.get(code), now)
    await tx.execute(delete(SignalReading).where(SignalReading.at < now - KEPT))


async def _keep(tx: AsyncSession, code: str, now: datetime, one: Reading) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = insert(SignalReading).values(code=code, at=hour, value=one.value, counted=one.counted, usual=one.usual)
    worst = {
        "value": func.greatest(SignalReading.value, row.excluded.value),
        "counted": row.excluded.counted,
        "usual": row.excluded.usual,
    }
    await tx.execute(row.on_conflict_do_update(index_elements=["code", "at"], set_=worst))


async def _judge(
    tx: AsyncSession, code: str, one: Reading | None, most: Decimal, standing: SignalAlarm | None, now: datetime
) -> None:
    value = None if one is None else one.value
    if value is not None and value > most:
        if standing is None:
            alarm = SignalAlarm(code=code, most=most, worst=value, began_at=now)
            tx.add(alarm)
            await tx.flush()
            await outbox.publish(tx, SignalRaised(alarm.id, code, f"{value:f}", f"{most:f}"))
        elif value > standing.worst:
            standing.worst = value
    elif standing is not None:
        await tx.execute(update(SignalAlarm).where(SignalAlarm.id == standing.id).values(ended_at=now))


async def limit(tx: AsyncSession, code: str, most: Decimal, reason: str, *, by: Member) -> None:
    """Another limit from now on. Raises NotPermitted, Invalid for a code that is none."""
    require(by, Permission.ADMINISTER)
    if code not in SIGNALS:
        raise Invalid(_("There is no such signal."), field="code")
    tx.add(SignalLimit(code=code, most=most, reason=reason, set_by=by.id, set_at=clock.now()))
    await tx.flush()
