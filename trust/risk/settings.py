"""The parameters in force, kept in each process and read again when a decision about them was made anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import home
from trust.risk.engine import Mode, Setting
from trust.risk.models import RiskSetting

APPROVED = "approved"
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_STAMP = select(func.count(), func.max(RiskSetting.decided_at)).where(RiskSetting.verdict == APPROVED)


@dataclass(slots=True)
class _Known:
    """Settings by rule, the latest first, as of `stamp`: how many were approved ever, and when the last was.

    since, until, there  what is in force between two moments at which something comes into force
    """

    stamp: tuple[Any, ...]
    of_rule: dict[str, list[tuple[datetime, Setting]]]
    since: datetime = LAST
    until: datetime = LAST
    there: Mapping[str, Setting] = field(default_factory=dict)

    def at(self, moment: datetime) -> Mapping[str, Setting]:
        if not self.since <= moment < self.until:
            moments = [since for rows in self.of_rule.values() for since, _setting in rows]
            self.since = max((since for since in moments if since <= moment), default=FIRST)
            self.until = min((since for since in moments if since > moment), default=LAST)
            self.there = {
                rule: found
                for rule, rows in self.of_rule.items()
                if (found := next((setting for since, setting in rows if since <= moment), None)) is not None
            }
        return self.there


_known: WeakKeyDictionary[Any, _Known] = WeakKeyDictionary()


async def current(tx: AsyncSession) -> Mapping[str, Setting]:
    """By rule, what is in force now."""
    stamp = tuple((await tx.execute(_STAMP)).one())
    known = _known.get(home(tx))
    if known is None or known.stamp != stamp:
        known = _known[home(tx)] = _Known(stamp, await _read(tx))
    return known.at(clock.now())


async def _read(tx: AsyncSession) -> dict[str, list[tuple[datetime, Setting]]]:
    query = select(RiskSetting).where(RiskSetting.verdict == APPROVED)
    found: dict[str, list[tuple[datetime, Setting]]] = {}
    for row in await tx.scalars(query.order_by(RiskSetting.effective_from.desc(), RiskSetting.decided_at.desc())):
        setting = Setting(row.id, Mode(row.mode), row.parameters, row.trial)
        found.setdefault(row.rule, []).append((row.effective_from, setting))
    return found
