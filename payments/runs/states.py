"""What may become of a payment run: one person makes it, another approves, then it goes to the bank."""

from enum import StrEnum

from app.core.i18n import N_


class RunState(StrEnum):
    MADE = "made"
    APPROVED = "approved"
    SENT = "sent"  # downloaded for the bank
    CALLED_OFF = "called_off"


class RunMove(StrEnum):
    APPROVE = "approve"
    SEND = "send"
    CALL_OFF = "call_off"


S, M = RunState, RunMove
MOVES = {
    (S.MADE, M.APPROVE): S.APPROVED,
    (S.APPROVED, M.SEND): S.SENT,
    (S.MADE, M.CALL_OFF): S.CALLED_OFF,
    (S.APPROVED, M.CALL_OFF): S.CALLED_OFF,
}
LABELS = {
    S.MADE: N_("Waits for a second person"),
    S.APPROVED: N_("Approved, to be downloaded"),
    S.SENT: N_("Downloaded for the bank"),
    S.CALLED_OFF: N_("Called off"),
}
