"""What may become of an order for a membership, and of a waiver."""

from enum import StrEnum

from app.core.i18n import N_


class OrderState(StrEnum):
    OPEN = "open"  # waits for its payment
    PAID = "paid"  # the term is there
    CANCELLED = "cancelled"


class OrderMove(StrEnum):
    PAY = "pay"
    CANCEL = "cancel"


ORDER_MOVES = {
    (OrderState.OPEN, OrderMove.PAY): OrderState.PAID,
    (OrderState.OPEN, OrderMove.CANCEL): OrderState.CANCELLED,
}


class WaiverState(StrEnum):
    PROPOSED = "proposed"
    GRANTED = "granted"  # a second person has agreed


class WaiverMove(StrEnum):
    GRANT = "grant"


WAIVER_MOVES = {(WaiverState.PROPOSED, WaiverMove.GRANT): WaiverState.GRANTED}
WAIVER_LABELS = {
    WaiverState.PROPOSED: N_("Waits for a second person"),
    WaiverState.GRANTED: N_("Granted"),
}


class TermKind(StrEnum):
    """How a term followed the one before."""

    NEW = "new"
    RENEWAL = "renewal"
    UPGRADE = "upgrade"  # within a running term, to its end
    WIN_BACK = "win_back"  # paid when the days of grace were over


TERM_LABELS = {
    TermKind.NEW: N_("First term"),
    TermKind.RENEWAL: N_("Renewal"),
    TermKind.UPGRADE: N_("Upgrade"),
    TermKind.WIN_BACK: N_("Came back"),
}


class Mark(StrEnum):
    """What is written beside a term afterwards; the term itself stays as it was."""

    VOID = "void"
    SANCTION = "sanction"  # the platform ended the cooperation while it ran
    SANCTION_LIFTED = "sanction_lifted"


class VoidReason(StrEnum):
    """Why a term does not count (the reasons of the renewal rate's definition)."""

    COOLING_OFF = "cooling_off"  # refunded in full in time
    MERGED = "merged"
    DUPLICATE = "duplicate"


VOID_LABELS = {
    VoidReason.COOLING_OFF: N_("Refunded in full"),
    VoidReason.MERGED: N_("Company merged"),
    VoidReason.DUPLICATE: N_("Registered twice"),
}


class WaiverReason(StrEnum):
    INNOVATIVE = "innovative"
    BRAND = "brand"
    REGION = "region"


WAIVER_REASONS = {
    WaiverReason.INNOVATIVE: N_("Innovative company"),
    WaiverReason.BRAND: N_("Own brand"),
    WaiverReason.REGION: N_("Central and western regions"),
}
