"""How long each step of a case may take; shown to everybody at /complaint.

Received to taken up: one working day, within the two that E-Commerce platforms are asked for (indicator I-09.2).
Decision: fifteen working days, thirty calendar days for a complex case (I-09.4).
"""

from enum import StrEnum

from app.core.i18n import N_, ngettext
from trust.cases.clocks import Length, Unit


class ClockName(StrEnum):
    INTAKE = "intake"
    ANSWER = "answer"
    MORE = "more"
    DECISION = "decision"
    APPEAL = "appeal"


OF_BOTH = (ClockName.ANSWER, ClockName.APPEAL)
"""Clocks that a reported company sees too: they say nothing of when the report came."""

INTAKE = Length(1, Unit.WORKING_DAYS)
ANSWER = Length(5, Unit.WORKING_DAYS)
MORE = Length(10, Unit.CALENDAR_DAYS)
DECISION = Length(15, Unit.WORKING_DAYS)
COMPLEX = Length(30, Unit.CALENDAR_DAYS)
APPEAL = Length(10, Unit.WORKING_DAYS)
SECOND_LOOK = Length(10, Unit.WORKING_DAYS)

CLOCKS = {
    ClockName.INTAKE: N_("Taken up or not"),
    ClockName.ANSWER: N_("Answer of the respondent"),
    ClockName.MORE: N_("Answer of the complainant"),
    ClockName.DECISION: N_("Decision"),
    ClockName.APPEAL: N_("Appeal"),
}
PUBLISHED = (
    (N_("We say whether we take it up"), INTAKE, N_("Counted from the moment it is sent in.")),
    (
        N_("The other side answers"),
        ANSWER,
        N_("Working days of its own country. After that we decide with what there is."),
    ),
    (N_("The complainant answers our questions"), MORE, N_("Our own time stands still meanwhile.")),
    (N_("We decide"), DECISION, N_("Counted from the moment it is sent in.")),
    (N_("We decide a complex case"), COMPLEX, N_("Said to both sides when we take it up.")),
    (N_("Either side may appeal"), APPEAL, N_("Counted from the decision.")),
    (N_("Another person looks again"), SECOND_LOOK, N_("Never one who decided before; what comes out is final.")),
)


def spelled(number: int, unit: str) -> str:
    """A length in the reader's words."""
    match Unit(unit):
        case Unit.HOURS:
            return ngettext("%(num)d hour", "%(num)d hours", number) % {"num": number}
        case Unit.WORKING_DAYS:
            return ngettext("%(num)d working day", "%(num)d working days", number) % {"num": number}
        case Unit.CALENDAR_DAYS:
            return ngettext("%(num)d calendar day", "%(num)d calendar days", number) % {"num": number}
