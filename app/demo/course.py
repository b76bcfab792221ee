"""The course of a deal: its steps in their order, and the ways it can end."""

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
    """How a deal ended there; OPEN is not ended."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOID = "void"
    PROPOSED = "proposed"
    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    SILENT = "silent"
    CONTESTED = "contested"
    SETTLED = "settled"
    REFUSED = "refused"
