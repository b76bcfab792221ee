"""How many decisions are made, at next to no cost: each process counts for itself and writes it down once a minute."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import home
from app.core.ids import new_id
from trust.risk.engine import Point
from trust.risk.models import RiskCount

EVERY = timedelta(minutes=1)


class _Tally:
    """Of one database. What a process counted in its last minute is lost with it: these are shares, not books."""

    def __init__(self) -> None:
        self.process = new_id()  # made after a process was forked, not before
        self.counted: Counter[tuple[date, Point]] = Counter()
        self.written_at: datetime | None = None


_tallies: WeakKeyDictionary[Any, _Tally] = WeakKeyDictionary()


async def count(tx: AsyncSession, point: Point) -> None:
    """One more decision at this point."""
    tally = _tallies.setdefault(home(tx), _Tally())
    now = clock.now()
    tally.counted[now.date(), point] += 1
    if tally.written_at is None or now - tally.written_at >= EVERY:
        tally.written_at = now
        counted, tally.counted = tally.counted, Counter()
        rows = [
            {"day": day, "point": at, "process": tally.process, "decisions": number}
            for (day, at), number in sorted(counted.items())
        ]
        written = insert(RiskCount).values(rows)
        more = {"decisions": RiskCount.decisions + written.excluded.decisions}
        await tx.execute(written.on_conflict_do_update(index_elements=["day", "point", "process"], set_=more))
