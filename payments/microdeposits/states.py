"""What may become of a micro-deposit: a small transfer of our own money, by whose amount an account is proved."""

from enum import StrEnum

from app.core.i18n import N_


class DepositState(StrEnum):
    REQUESTED = "requested"  # waits for our bank
    SENT = "sent"  # our bank has sent it; the company has to say how much it was
    REVIEW = "review"  # the amount was right, but the bank names another holder
    PROVED = "proved"
    EXHAUSTED = "exhausted"  # too many wrong amounts
    EXPIRED = "expired"
    RETURNED = "returned"  # the account's bank sent it back
    REFUSED = "refused"  # a reviewer: the account is somebody else's
    FAILED = "failed"  # it never left
    CALLED_OFF = "called_off"  # the account is used no more


class DepositMove(StrEnum):
    SEND = "send"
    FAIL = "fail"
    PROVE = "prove"
    HOLD = "hold"
    EXHAUST = "exhaust"
    EXPIRE = "expire"
    RETURN = "return"
    REFUSE = "refuse"
    CALL_OFF = "call_off"


S, M = DepositState, DepositMove
MOVES = {
    (S.REQUESTED, M.SEND): S.SENT,
    (S.REQUESTED, M.FAIL): S.FAILED,
    (S.REQUESTED, M.CALL_OFF): S.CALLED_OFF,
    (S.SENT, M.PROVE): S.PROVED,
    (S.SENT, M.HOLD): S.REVIEW,
    (S.SENT, M.EXHAUST): S.EXHAUSTED,
    (S.SENT, M.EXPIRE): S.EXPIRED,
    (S.SENT, M.RETURN): S.RETURNED,
    (S.SENT, M.CALL_OFF): S.CALLED_OFF,
    (S.REVIEW, M.PROVE): S.PROVED,
    (S.REVIEW, M.REFUSE): S.REFUSED,
    (S.REVIEW, M.RETURN): S.RETURNED,
    (S.REVIEW, M.CALL_OFF): S.CALLED_OFF,
    (S.PROVED, M.RETURN): S.RETURNED,  # a bank may send money back days after it was seen on the account
}
LIVE = (S.REQUESTED, S.SENT, S.REVIEW)
LABELS = {
    S.REQUESTED: N_("Waits to be sent"),
    S.SENT: N_("Sent: enter the amount"),
    S.REVIEW: N_("The holder's name is looked at"),
    S.PROVED: N_("Proved"),
    S.EXHAUSTED: N_("Ended: too many wrong amounts"),
    S.EXPIRED: N_("Ended: no amount was entered in time"),
    S.RETURNED: N_("Sent back by the bank"),
    S.REFUSED: N_("Refused: the account is in another name"),
    S.FAILED: N_("Could not be sent"),
    S.CALLED_OFF: N_("Called off"),
}
TONES = {S.REQUESTED: "waiting", S.SENT: "waiting", S.REVIEW: "waiting", S.PROVED: "settled", S.CALLED_OFF: "neutral"}
"""Of its badge; refused otherwise."""
