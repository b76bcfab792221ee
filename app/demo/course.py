"""The course of a deal: its steps in their order, and the ways it can end."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class Stop(IntEnum):
    """How far a deal has come, in the order of its steps."""

    ASKED = 0
    ANSWERED = 1
    QUOTED = 2
    COUNTERED = 3
    REQUOTED = 4
    AGREED = 5
    READY = 6
    HALF_SIGNED = 7
    PLACED = 8
    PART_PAID = 9
    PAID = 10
    SHIPPED = 11
    DELIVERED = 12


class End(StrEnum):
    """How a deal ended there, or what it has come to beside its last step; OPEN is neither."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOID = "void"
    ANNOUNCED = "announced"
    """The buyer has sent a transfer, and one clerk has booked it."""
    SUBMITTED = "submitted"
    """The supplier has submitted evidence for the next payment; the buyer has not answered yet."""
    PROPOSED = "proposed"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"
    """Ended by an agreement that both signed."""
    OVERDUE = "overdue"
    """The last day of shipment has passed, nothing came, and the buyer asks for its money back."""
    HALFWAY = "halfway"
    """The first of two shipments has arrived."""
    ACCEPTED = "accepted"
    SILENT = "silent"
    CONTESTED = "contested"
    PARTLY = "partly"
    """Accepted in part, as the buyer proposed."""
    SETTLED = "settled"
    """Accepted in part, as the supplier proposed in answer."""
    OWED = "owed"
    """Refused; the bank has not sent the money back yet."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Course:
    """How far a deal comes, how it ends there, in how many shipments its goods leave, and by which plan it is paid.

    careful  its contract says what the goods are measured by, has clauses of the library and an annex
    """

    until: Stop
    end: End = End.OPEN
    parts: int = 1
    plan: str = "deposit_balance"
    careful: bool = False


WAITS = {
    Stop.ANSWERED: timedelta(hours=17),
    Stop.QUOTED: timedelta(days=1),
    Stop.COUNTERED: timedelta(days=2),
    Stop.REQUOTED: timedelta(days=1),
    Stop.AGREED: timedelta(days=1),
    Stop.READY: timedelta(days=2),
    Stop.HALF_SIGNED: timedelta(days=1),
    Stop.PLACED: timedelta(hours=20),
    Stop.PART_PAID: timedelta(days=3),
    Stop.PAID: timedelta(days=2),
    Stop.SHIPPED: timedelta(days=21),
    Stop.DELIVERED: timedelta(days=26),
}
"""From the step before to this one."""
APART = timedelta(days=6)
"""From one shipment of an order to the next, and from one evidence before shipment to the next."""
LATE = timedelta(days=47)
"""From the last payment to a day by which the goods of any contract were to be shipped: none has a longer lead time."""
SPAN = {
    End.ANNOUNCED: timedelta(days=3),
    End.SUBMITTED: timedelta(days=3),
    End.PROPOSED: timedelta(days=3),
    End.OVERDUE: LATE + timedelta(days=3),
    End.HALFWAY: timedelta(days=17),
    End.CONTESTED: timedelta(days=3),
    End.OWED: timedelta(days=6),
}
"""How long a deal under way needs for what it comes to beside its last step."""
UNDER_WAY = (
    *(Course(stop, careful=stop in (Stop.READY, Stop.PAID)) for stop in Stop),
    Course(Stop.PLACED, End.ANNOUNCED),
    Course(Stop.PLACED, End.PROPOSED),
    Course(Stop.SHIPPED, End.HALFWAY, parts=2),
    Course(Stop.PAID, End.OVERDUE),
    Course(Stop.DELIVERED, End.CONTESTED),
    Course(Stop.DELIVERED, End.OWED),
    Course(Stop.PAID, End.SUBMITTED, plan="documents"),
    Course(Stop.SHIPPED, End.SUBMITTED, plan="stages"),
)
OVER = (
    Course(Stop.DELIVERED, End.ACCEPTED),
    Course(Stop.ASKED, End.WITHDRAWN),
    Course(Stop.ANSWERED, End.DECLINED),
    Course(Stop.DELIVERED, End.ACCEPTED, parts=2),
    Course(Stop.QUOTED, End.REJECTED),
    Course(Stop.QUOTED, End.EXPIRED),
    Course(Stop.AGREED, End.VOID),
    Course(Stop.DELIVERED, End.SILENT),
    Course(Stop.PLACED, End.CANCELLED),
    Course(Stop.PAID, End.CANCELLED),
    Course(Stop.PAID, End.TERMINATED),
    Course(Stop.DELIVERED, End.SETTLED),
    Course(Stop.DELIVERED, End.PARTLY),
    Course(Stop.DELIVERED, End.REFUSED),
)


def length(course: Course) -> timedelta:
    """From the inquiry to what the deal has come to, if it is under way."""
    return sum((wait for stop, wait in WAITS.items() if stop <= course.until), SPAN.get(course.end, timedelta()))
