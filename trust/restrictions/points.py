"""Points for breaches: what each counts, how long, and which rung is proposed at how many. Dated data; nothing is ever
placed by points alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.core.i18n import N_
from trust.restrictions.ladder import Kind


class Breach(StrEnum):
    WARNING = "warning"
    FALSE_INFORMATION = "false_information"
    IP = "ip"
    SERIOUS_IP = "serious_ip"
    FRAUD = "fraud"


BREACHES = {
    Breach.WARNING: N_("Warning"),
    Breach.FALSE_INFORMATION: N_("False information"),
    Breach.IP: N_("Infringement of intellectual property"),
    Breach.SERIOUS_IP: N_("Serious or repeated infringement of intellectual property"),
    Breach.FRAUD: N_("Fraud"),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """In force from a day: the points of each breach, and the rung proposed once they reach a sum, the lowest first."""

    since: date
    worth: dict[Breach, int]
    steps: tuple[tuple[int, Kind], ...]


SCHEDULES = (
    Schedule(
        date(2026, 11, 22),
        {Breach.WARNING: 2, Breach.FALSE_INFORMATION: 6, Breach.IP: 6, Breach.SERIOUS_IP: 12, Breach.FRAUD: 48},
        ((6, Kind.REMIND), (12, Kind.PARTIAL), (48, Kind.FULL)),
    ),
)


def schedule(on: date) -> Schedule:
    """The one in force on a day; the first one before it began."""
    return max((s for s in SCHEDULES if s.since <= on), key=lambda s: s.since, default=SCHEDULES[0])


def counts_until(given: datetime) -> datetime:
    """Points count for twelve months: to the same day a year later, the 29th of February to the 28th."""
    leap = (given.month, given.day) == (2, 29)
    return given.replace(year=given.year + 1, day=28 if leap else given.day)


def sum_of(given: Sequence[tuple[int, datetime]], now: datetime) -> int:
    """What (points, when) come to now."""
    return sum(points for points, at in given if at <= now < counts_until(at))


def reached(before: int, after: int, steps: Sequence[tuple[int, Kind]]) -> Kind | None:
    """The highest rung whose threshold the sum has just reached or passed."""
    crossed = [kind for least, kind in steps if before < least <= after]
    return crossed[-1] if crossed else None
