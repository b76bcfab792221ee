"""Growth against the same span a year before, with what has to be said of its base."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.core.i18n import N_
from app.indicators.definitions import Unit
from app.indicators.figures.base import change

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
    grown = change(now, base, points=points)
    if points or grown is None:
        return Growth(grown, base, points, flag if points else Flag.ZERO)
    return Growth(grown, base, points, flag or (Flag.SMALL if abs(base) < SMALL else None))
