"""What may become of a milestone's money. Each held unit leaves once: to the supplier or to the buyer. Part of it may
leave before the rest; the milestone is over when nothing is held any more.
"""

from enum import StrEnum

from app.core.i18n import N_


class MilestoneState(StrEnum):
    PENDING = "pending"  # nothing asked yet, or the last try failed
    FUNDING = "funding"  # a payment is on its way
    FUNDED = "funded"  # held
    FROZEN = "frozen"  # held, under dispute: every clock stands still
    RELEASED = "released"
    REFUND_DUE = "refund_due"  # decided, on its way back
    REFUNDED = "refunded"  # back with the buyer, whole or in part
    CHARGED_BACK = "charged_back"  # the buyer's bank took back all that was still held
    CANCELLED = "cancelled"  # never funded, no longer wanted


class MilestoneMove(StrEnum):
    ASK = "ask"
    GIVE_UP = "give_up"
    FUND = "fund"
    LET_GO = "let_go"  # a part leaves, the rest stays held
    RELEASE = "release"
    REFUND = "refund"  # the rest goes back, or a part of it
    FREEZE = "freeze"
    THAW = "thaw"
    AWARD = "award"  # a ruling, for the supplier alone
    RETURN = "return"  # a ruling, wholly or partly for the buyer
    REPAY = "repay"
    BOUNCE = "bounce"  # the buyer's bank sent it back to us
    CHARGE_BACK = "charge_back"
    REINSTATE = "reinstate"  # the bank decided for the supplier: it is held again
    OWE_AGAIN = "owe_again"  # and what was due back to the buyer is due again
    CANCEL = "cancel"


S, M = MilestoneState, MilestoneMove
MOVES = {
    (S.PENDING, M.ASK): S.FUNDING,
    (S.FUNDING, M.GIVE_UP): S.PENDING,
    (S.PENDING, M.FUND): S.FUNDED,
    (S.FUNDING, M.FUND): S.FUNDED,
    (S.FUNDED, M.LET_GO): S.FUNDED,
    (S.FUNDED, M.RELEASE): S.RELEASED,
    (S.FUNDED, M.REFUND): S.REFUND_DUE,
    (S.FUNDED, M.FREEZE): S.FROZEN,
    (S.FROZEN, M.THAW): S.FUNDED,
    (S.FROZEN, M.AWARD): S.RELEASED,
    (S.FROZEN, M.RETURN): S.REFUND_DUE,
    (S.REFUND_DUE, M.REPAY): S.REFUNDED,
    (S.REFUNDED, M.BOUNCE): S.REFUND_DUE,
    (S.FUNDED, M.CHARGE_BACK): S.CHARGED_BACK,
    (S.FROZEN, M.CHARGE_BACK): S.CHARGED_BACK,
    (S.REFUND_DUE, M.CHARGE_BACK): S.CHARGED_BACK,
    (S.CHARGED_BACK, M.REINSTATE): S.FUNDED,
    (S.RELEASED, M.REINSTATE): S.FUNDED,
    (S.REFUND_DUE, M.REINSTATE): S.FUNDED,
    (S.REFUNDED, M.REINSTATE): S.FUNDED,
    (S.CHARGED_BACK, M.OWE_AGAIN): S.REFUND_DUE,
    (S.RELEASED, M.OWE_AGAIN): S.REFUND_DUE,
    (S.REFUNDED, M.OWE_AGAIN): S.REFUND_DUE,
    (S.PENDING, M.CANCEL): S.CANCELLED,
}

PAID = (S.FUNDED, S.FROZEN, S.RELEASED, S.REFUND_DUE, S.REFUNDED, S.CHARGED_BACK)

LABELS = {
    S.PENDING: N_("Not paid yet"),
    S.FUNDING: N_("Payment on its way"),
    S.FUNDED: N_("Held"),
    S.FROZEN: N_("Frozen by a dispute"),
    S.RELEASED: N_("Released to the supplier"),
    S.REFUND_DUE: N_("On its way back to the buyer"),
    S.REFUNDED: N_("Refunded"),
    S.CHARGED_BACK: N_("Taken back by the buyer's bank"),
    S.CANCELLED: N_("No longer due"),
}
