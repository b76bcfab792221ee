"""Why people must look at a line of the bank's statement, what they may decide, and how far that is."""

from enum import StrEnum

from app.core.i18n import N_


class CaseKind(StrEnum):
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    LATE = "late"  # what it pays for is no longer due
    WRONG_SENDER = "wrong_sender"
    UNKNOWN_REFERENCE = "unknown_reference"
    PAID_TWICE = "paid_twice"
    WRONG_CURRENCY = "wrong_currency"
    CAME_BACK = "came_back"  # a payment of ours
    LARGE = "large"  # all fits, but the amount is over the limit of what is booked without a person
    UNKNOWN_DEBIT = "unknown_debit"  # money left, and nobody knows why


class CaseState(StrEnum):
    OPEN = "open"
    PROPOSED = "proposed"  # one person has decided, another has to agree
    WAITING = "waiting"  # for the rest of the money
    CLOSED = "closed"


class CaseMove(StrEnum):
    PROPOSE = "propose"
    REJECT = "reject"
    WAIT = "wait"
    WRITE = "write"
    CLOSE = "close"


class Action(StrEnum):
    APPLY = "apply"
    APPLY_AND_RETURN = "apply_and_return"
    APPLY_TOGETHER = "apply_together"
    WAIT = "wait"
    SEND_BACK = "send_back"
    WRITE = "write"
    NOTE = "note"
    CARRIED_OUT = "carried_out"
    COST = "cost"
    OFFSET = "offset"
    PUT_BACK = "put_back"
    SWEPT = "swept"
    EXCHANGED = "exchanged"


class DecisionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class DecisionMove(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


S, M = CaseState, CaseMove
MOVES = {
    (S.OPEN, M.PROPOSE): S.PROPOSED,
    (S.WAITING, M.PROPOSE): S.PROPOSED,
    (S.PROPOSED, M.REJECT): S.OPEN,
    (S.PROPOSED, M.WRITE): S.OPEN,
    (S.PROPOSED, M.WAIT): S.WAITING,
    (S.PROPOSED, M.CLOSE): S.CLOSED,
    (S.OPEN, M.CLOSE): S.CLOSED,  # as one of several that are applied together
    (S.WAITING, M.CLOSE): S.CLOSED,
}
DECISION_MOVES = {
    (DecisionState.PROPOSED, DecisionMove.APPROVE): DecisionState.APPROVED,
    (DecisionState.PROPOSED, DecisionMove.REJECT): DecisionState.REJECTED,
}

KIND_LABELS = {
    CaseKind.UNDERPAID: N_("Too little"),
    CaseKind.OVERPAID: N_("Too much"),
    CaseKind.LATE: N_("No longer due"),
    CaseKind.WRONG_SENDER: N_("Another sender"),
    CaseKind.UNKNOWN_REFERENCE: N_("Unknown reference"),
    CaseKind.PAID_TWICE: N_("Paid twice"),
    CaseKind.WRONG_CURRENCY: N_("Another currency"),
    CaseKind.CAME_BACK: N_("Our payment came back"),
    CaseKind.LARGE: N_("Over the limit"),
    CaseKind.UNKNOWN_DEBIT: N_("Unexplained debit"),
}
STATE_LABELS = {
    S.OPEN: N_("Open"),
    S.PROPOSED: N_("Waits for a second person"),
    S.WAITING: N_("Waits for the rest"),
    S.CLOSED: N_("Closed"),
}
ACTION_LABELS = {
    Action.APPLY: N_("Apply to the payment"),
    Action.APPLY_AND_RETURN: N_("Apply, and send the rest back"),
    Action.APPLY_TOGETHER: N_("Apply together with the other parts"),
    Action.WAIT: N_("Wait for the rest"),
    Action.SEND_BACK: N_("Send back to the sender"),
    Action.WRITE: N_("Write to the payer"),
    Action.NOTE: N_("Take note"),
    Action.CARRIED_OUT: N_("It carried out this payment"),
    Action.COST: N_("Book as the bank's charge"),
    Action.OFFSET: N_("The bank took one back by the other"),
    Action.PUT_BACK: N_("Put it back; the difference is the bank's charge"),
    Action.SWEPT: N_("The payment provider paid it to our bank"),
    Action.EXCHANGED: N_("The bank changed one into the other"),
}
