"""What may become of a payout: the supplier's own money on its way to the supplier's bank."""

from enum import StrEnum

from app.core.i18n import N_


class PayoutState(StrEnum):
    REQUESTED = "requested"
    TRANSFERRED = "transferred"  # at the supplier's account with the provider, not yet at its bank
    RETURNING = "returning"  # the bank refused it; the provider gives it back to us
    SETTLED = "settled"
    FAILED = "failed"  # in the supplier's balance again


class PayoutMove(StrEnum):
    TRANSFER = "transfer"
    SETTLE = "settle"
    RETURN = "return"
    FAIL = "fail"
    BOUNCE = "bounce"  # the supplier's bank sent it back to us


S, M = PayoutState, PayoutMove
MOVES = {
    (S.REQUESTED, M.TRANSFER): S.TRANSFERRED,
    (S.REQUESTED, M.SETTLE): S.SETTLED,
    (S.REQUESTED, M.RETURN): S.RETURNING,  # a part of it had been transferred
    (S.REQUESTED, M.FAIL): S.FAILED,
    (S.TRANSFERRED, M.SETTLE): S.SETTLED,
    (S.TRANSFERRED, M.RETURN): S.RETURNING,
    (S.RETURNING, M.FAIL): S.FAILED,
    (S.SETTLED, M.BOUNCE): S.FAILED,
    (S.SETTLED, M.RETURN): S.RETURNING,  # a provider may call a payout paid and hear from the bank days later
}

LABELS = {
    S.REQUESTED: N_("Requested"),
    S.TRANSFERRED: N_("On its way to your bank"),
    S.RETURNING: N_("Refused by the bank, coming back"),
    S.SETTLED: N_("Paid out"),
    S.FAILED: N_("Failed, back in your balance"),
}
