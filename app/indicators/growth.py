"""Growth against the same span a year before, with what has to be said of its base."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from app.core.i18n import N_
from app.indicators.definitions import Unit
from app.indicators.figures.base import CENT, EXACT

SMALL = 30
"""A base of fewer units says little."""


class Flag(StrEnum):
    NO_BASE = "no_base"
    ZERO = "zero"
    SMALL = "small"
    REDEFINED = "redefined"


FLAGS = {
    Flag.NO_BASE: N_("no figure a year before"),
    Flag.ZERO: N_("the base is nought"),
    Flag.SMALL: N_("the base is small"),
    Flag.REDEFINED: N_("the definition has changed"),
}


@dataclass(frozen=True, slots=True)
class Growth:
    """In percent, or in points of percent where the figure itself is a percentage; None where it says nothing."""

    value: Decimal | None
    base: Decimal | None
    points: bool
    flag: Flag | None


def growth(now: Decimal | None, base: Decimal | None, unit: Unit, *, redefined: bool = False) -> Growth:
    """From `base` to `now`. Of percentages the difference: a rate of a rate misleads."""
    points = unit is Unit.PERCENT
    if now is None or base is None:
        return Growth(None, base, points, Flag.NO_BASE)
    flag = Flag.REDEFINED if redefined else None
    if points:
        return Growth(now - base, base, points, flag)
    if not base:
        return Growth(None, base, points, Flag.ZERO)
    change = EXACT.divide((now - base) * 100, abs(base)).quantize(CENT, ROUND_HALF_EVEN)
    return Growth(change, base, points, flag or (Flag.SMALL if abs(base) < SMALL else None))
