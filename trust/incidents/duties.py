"""What the law asks for after an incident, and until when: dated data and a pure function over it.

Every clock runs from the moment at which the platform came to know. A class that is raised later brings duties whose
time may be over already: they are late, and say why.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core.i18n import N_
from trust.incidents.states import Grade, Harm

HOUR = timedelta(hours=1)


class Duty(StrEnum):
    CYBER_AUTHORITY = "cyber_authority"
    CYBER_FINAL = "cyber_final"
    POLICE = "police"
    DATA_AUTHORITY_CN = "data_authority_cn"
    PEOPLE_CN = "people_cn"
    DATA_AUTHORITY_EU = "data_authority_eu"
    PEOPLE_EU = "people_eu"


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a duty leaves, from a day on.

    within   from the moment of knowledge; of the final report, from the end of the handling
    by_law   the law gives this figure; else it says "at once" or "without undue delay", and the figure is ours
    """

    duty: Duty
    since: date
    within: timedelta
    by_law: bool
    law: str
    label: str


CLOCKS = (
    Clock(
        Duty.CYBER_AUTHORITY,
        date(2025, 11, 1),
        4 * HOUR,
        True,
        N_("Measures for Reporting National Cybersecurity Incidents (PRC) art. 4: other operators, four hours"),
        N_("Report to the provincial cyberspace administration"),
    ),
    Clock(
        Duty.CYBER_FINAL,
        date(2025, 11, 1),
        timedelta(days=30),
        True,
        N_("Measures for Reporting National Cybersecurity Incidents (PRC): thirty days after the handling"),
        N_("Final report to the provincial cyberspace administration"),
    ),
    Clock(
        Duty.POLICE,
        date(2025, 11, 1),
        24 * HOUR,
        False,
        N_("Measures for Reporting National Cybersecurity Incidents (PRC): suspected crime, promptly; ours 24 hours"),
        N_("Report to the public security organ"),
    ),
    Clock(
        Duty.DATA_AUTHORITY_CN,
        date(2021, 11, 1),
        24 * HOUR,
        False,
        N_("Personal Information Protection Law (PRC) art. 57: at once; ours 24 hours"),
        N_("Notice to the authority that protects personal information"),
    ),
    Clock(
        Duty.PEOPLE_CN,
        date(2021, 11, 1),
        72 * HOUR,
        False,
        N_("Personal Information Protection Law (PRC) art. 57: at once; ours 72 hours"),
        N_("Notice to the people concerned in China"),
    ),
    Clock(
        Duty.DATA_AUTHORITY_EU,
        date(2018, 5, 25),
        72 * HOUR,
        True,
        N_("GDPR art. 33: 72 hours after having become aware"),
        N_("Notification to the supervisory authority"),
    ),
    Clock(
        Duty.PEOPLE_EU,
        date(2018, 5, 25),
        72 * HOUR,
        False,
        N_("GDPR art. 34: without undue delay; ours 72 hours"),
        N_("Communication to the people concerned in the EU"),
    ),
)
"""Of the tiers of art. 4, ours is that of other operators: the platform is neither critical infrastructure (an hour)
nor an organ of the state (two hours). An operator who becomes one adds a clock with the day from which it holds."""
TO_PEOPLE = (Duty.PEOPLE_CN, Duty.PEOPLE_EU)
"""Done by a notice that was sent from here."""


@dataclass(frozen=True, slots=True)
class Definition:
    """From when on how many people, or which direct loss in yuan, make an incident of a grade."""

    grade: Grade
    since: date
    people: int
    loss_yuan: int


DEFINITIONS = (
    Definition(Grade.LARGER, date(2025, 11, 1), 1_000_000, 5_000_000),
    Definition(Grade.MAJOR, date(2025, 11, 1), 10_000_000, 20_000_000),
    Definition(Grade.EXTREME, date(2025, 11, 1), 100_000_000, 100_000_000),
)
"""What of the guide annexed to the Measures can be counted for a platform like this. Its other cases (state secrets,
media, infrastructure of a province) raise the grade by judgement: it may be set higher than the count, never lower."""
_ORDER = list(Grade)


@dataclass(frozen=True, slots=True)
class Facts:
    """What duties depend on. `loss_yuan` None: not known yet."""

    grade: Grade
    harm: Harm
    personal: bool
    in_cn: bool
    in_eu: bool
    crime: bool


def definitions(day: date) -> list[Definition]:
    """The newest of each grade that holds on a day."""
    found: dict[Grade, Definition] = {}
    for one in DEFINITIONS:
        if one.since <= day and (one.grade not in found or one.since > found[one.grade].since):
            found[one.grade] = one
    return list(found.values())


def least(people: int, loss_yuan: int | None, day: date) -> Grade:
    """The grade that the counts alone ask for."""
    reached = [one.grade for one in definitions(day) if people >= one.people or (loss_yuan or 0) >= one.loss_yuan]
    return max(reached, key=_ORDER.index, default=Grade.GENERAL)


def below(grade: Grade, other: Grade) -> bool:
    return _ORDER.index(grade) < _ORDER.index(other)


def clock_of(duty: Duty, day: date) -> Clock | None:
    """The newest clock of a duty that holds on a day; None before the law did."""
    held = [one for one in CLOCKS if one.duty is duty and one.since <= day]
    return max(held, key=lambda one: one.since, default=None)


def asked_for(facts: Facts) -> list[Duty]:
    """The duties an incident brings while it is handled."""
    at_risk = facts.personal and facts.harm is not Harm.UNLIKELY
    wanted = {
        Duty.CYBER_AUTHORITY: facts.in_cn and facts.grade is not Grade.GENERAL,
        Duty.POLICE: facts.in_cn and facts.crime,
        Duty.DATA_AUTHORITY_CN: facts.in_cn and facts.personal,
        Duty.PEOPLE_CN: facts.in_cn and facts.personal,
        Duty.DATA_AUTHORITY_EU: facts.in_eu and at_risk,
        Duty.PEOPLE_EU: facts.in_eu and facts.personal and facts.harm is Harm.HIGH,
    }
    return [duty for duty, is_wanted in wanted.items() if is_wanted]


def due(duty: Duty, began: datetime) -> datetime | None:
    """The last moment for a duty whose clock began then; None where no law asked for it yet."""
    clock = clock_of(duty, began.date())
    return None if clock is None else began + clock.within


LEAD = 4


def alarm_at(began: datetime, due_at: datetime) -> datetime:
    """When those who handle it are reminded: a quarter of the time is left."""
    return due_at - (due_at - began) / LEAD


LABELS = {one.duty: one.label for one in CLOCKS}
