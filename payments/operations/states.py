"""What may become of a request to a provider. A time-out is unknown, never failed; the provider's word always wins."""

from enum import StrEnum


class OperationKind(StrEnum):
    PAY_IN = "pay_in"
    REFUND = "refund"
    TRANSFER = "transfer"
    REVERSAL = "reversal"
    PAY_OUT = "pay_out"
    RETURN = "return"  # money beside any agreement goes back to whoever sent it; its part is a case
    MICRO_DEPOSIT = "micro_deposit"  # our own money, to prove an account


class OperationState(StrEnum):
    PLANNED = "planned"
    SENT = "sent"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OperationMove(StrEnum):
    SEND = "send"
    LOSE = "lose"  # no answer: it may have happened
    CONFIRM = "confirm"
    FAIL = "fail"
    CANCEL = "cancel"
    BOUNCE = "bounce"  # it had happened, and the receiver's bank sent it back


S, M = OperationState, OperationMove
MOVES = {
    (S.PLANNED, M.SEND): S.SENT,
    (S.PLANNED, M.CANCEL): S.CANCELLED,
    (S.PLANNED, M.CONFIRM): S.CONFIRMED,  # a bank transfer: nothing is sent, the booking confirms it
    (S.SENT, M.LOSE): S.UNKNOWN,
    (S.SENT, M.CONFIRM): S.CONFIRMED,
    (S.SENT, M.FAIL): S.FAILED,
    (S.UNKNOWN, M.SEND): S.SENT,
    (S.UNKNOWN, M.CONFIRM): S.CONFIRMED,
    (S.UNKNOWN, M.FAIL): S.FAILED,
    (S.FAILED, M.CONFIRM): S.CONFIRMED,  # it was declared failed by hand, and the provider says otherwise
    (S.CANCELLED, M.CONFIRM): S.CONFIRMED,
    (S.CONFIRMED, M.BOUNCE): S.FAILED,
}
OPEN = (S.PLANNED, S.SENT, S.UNKNOWN)
UNDER_WAY = (S.SENT, S.UNKNOWN)
