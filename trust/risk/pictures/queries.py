"""What pictures gave away, as far as it counts by the parameters in force."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trust.risk import settings
from trust.risk.engine import Mode
from trust.risk.pictures.finding import Seen, counting
from trust.risk.pictures.models import PictureReading

RULE = "INF-07"


@dataclass(frozen=True, slots=True)
class Reading:
    """`waiting`: it is still to be read; `unreadable`: it could not be."""

    waiting: bool
    unreadable: bool
    seen: list[Seen]


async def readings(tx: AsyncSession, keys: Collection[str]) -> dict[str, Reading]:
    """Everything that was found, by key; nothing of what was never asked about."""
    rows = await tx.scalars(select(PictureReading).where(PictureReading.key.in_(list(keys)))) if keys else ()
    return {row.key: Reading(row.read_at is None, bool(row.fault), [Seen.of(one) for one in row.seen]) for row in rows}


async def counted(tx: AsyncSession, keys: Collection[str]) -> dict[str, list[Seen]]:
    """Of each picture what counts, where anything does; nothing while the rule is not live."""
    rule = (await settings.current(tx)).get(RULE)
    if rule is None or rule.mode is not Mode.LIVE:
        return {}
    found = {key: counting(reading.seen, rule.parameters) for key, reading in (await readings(tx, keys)).items()}
    return {key: seen for key, seen in found.items() if seen}
