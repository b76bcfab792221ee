"""A booking counts only when a second person has approved it."""

from enum import StrEnum

from app.core.i18n import N_


class BookingKind(StrEnum):
    RECEIVED = "received"  # a buyer's transfer has come
    SENT = "sent"  # a refund or payout has gone
    SWEPT = "swept"  # the provider has paid our money to our bank


class BookingState(StrEnum):
    BOOKED = "booked"
    APPROVED = "approved"
    REJECTED = "rejected"


class BookingMove(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


S, M = BookingState, BookingMove
MOVES = {
    (S.BOOKED, M.APPROVE): S.APPROVED,
    (S.BOOKED, M.REJECT): S.REJECTED,
}
KIND_LABELS = {
    BookingKind.RECEIVED: N_("Received from a buyer"),
    BookingKind.SENT: N_("Sent by us"),
    BookingKind.SWEPT: N_("Paid to our bank by the provider"),
}
LABELS = {
    S.BOOKED: N_("Waits for a second person"),
    S.APPROVED: N_("Approved"),
    S.REJECTED: N_("Rejected"),
}
