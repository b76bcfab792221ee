"""The parameters in force, kept in each process and read again when a decision about them was made anywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import home
from trust.risk.engine import Mode, Setting
from trust.risk.models import RiskSetting

APPROVED = "approved"
_STAMP = select(func.count(), func.max(RiskSetting.decided_at)).where(RiskSetting.verdict == APPROVED)


@dataclass(frozen=True, slots=True)
class _Known:
    """Settings by rule, the latest first, as of `stamp`: how many were approved ever, and when the last was."""

    stamp: tuple[Any, ...]
    of_rule: dict[str, list[tuple[datetime, Setting]]]

    def at(self, moment: datetime) -> dict[str, Setting]:
        return {
            rule: found
            for rule, rows in self.of_rule.items()
            if (found := next((setting for since, setting in rows if since <= moment), None)) is not None
        }


_known: WeakKeyDictionary[Any, _Known] = WeakKeyDictionary()


async def current(tx: AsyncSession) -> dict[str, Setting]:
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
