"""What may happen to an order, readable by both parties. Money moves only along these lines.

Goods are shipped once all money due before shipment is held. What is held for a milestone leaves when its evidence is
accepted (orders.milestones), all of it on acceptance of the goods, on silence past the window, or as both sides agree.
Goods that do not come can be claimed for; an order whose claim is over goes on where it was (orders.deals.claiming).
"""

from enum import StrEnum

from app.core.i18n import N_


class OrderState(StrEnum):
    CONTRACTED = "contracted"
    FUNDING = "funding"
    FUNDED = "funded"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    CONTESTED = "contested"
    UNDELIVERED = "undelivered"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"


class OrderMove(StrEnum):
    FUND_PART = "fund_part"
    FUND_ALL = "fund_all"
    REOPEN = "reopen"
    SHIP = "ship"
    DELIVER = "deliver"
    ACCEPT = "accept"
    FALL_SILENT = "fall_silent"
    CONTEST = "contest"
    CLAIM = "claim"
    RESUME_FUNDING = "resume_funding"
    RESUME_FUNDED = "resume_funded"
    RESUME_IN_PROGRESS = "resume_in_progress"
    SETTLE = "settle"
    REFUND = "refund"
    CANCEL = "cancel"
    TERMINATE = "terminate"


S, M = OrderState, OrderMove
MOVES = {
    (S.CONTRACTED, M.FUND_PART): S.FUNDING,
    (S.CONTRACTED, M.FUND_ALL): S.FUNDED,
    (S.FUNDING, M.FUND_PART): S.FUNDING,
    (S.FUNDING, M.FUND_ALL): S.FUNDED,
    (S.FUNDED, M.REOPEN): S.FUNDING,
    (S.FUNDED, M.SHIP): S.IN_PROGRESS,
    (S.IN_PROGRESS, M.SHIP): S.IN_PROGRESS,
    (S.IN_PROGRESS, M.DELIVER): S.DELIVERED,
    (S.DELIVERED, M.ACCEPT): S.COMPLETED,
    (S.DELIVERED, M.FALL_SILENT): S.COMPLETED,
    (S.DELIVERED, M.CONTEST): S.CONTESTED,
    (S.CONTESTED, M.ACCEPT): S.COMPLETED,
    (S.CONTESTED, M.SETTLE): S.COMPLETED,
    (S.CONTESTED, M.REFUND): S.REFUNDED,
    (S.FUNDING, M.CLAIM): S.UNDELIVERED,
    (S.FUNDED, M.CLAIM): S.UNDELIVERED,
    (S.IN_PROGRESS, M.CLAIM): S.UNDELIVERED,
    (S.UNDELIVERED, M.SHIP): S.UNDELIVERED,
    (S.UNDELIVERED, M.DELIVER): S.DELIVERED,
    (S.UNDELIVERED, M.RESUME_FUNDING): S.FUNDING,
    (S.UNDELIVERED, M.RESUME_FUNDED): S.FUNDED,
    (S.UNDELIVERED, M.RESUME_IN_PROGRESS): S.IN_PROGRESS,
    (S.UNDELIVERED, M.SETTLE): S.COMPLETED,
    (S.UNDELIVERED, M.REFUND): S.REFUNDED,
    (S.CONTRACTED, M.CANCEL): S.CANCELLED,
    (S.FUNDING, M.CANCEL): S.CANCELLED,
    (S.FUNDED, M.CANCEL): S.CANCELLED,
    (S.IN_PROGRESS, M.CANCEL): S.CANCELLED,
    (S.FUNDING, M.REFUND): S.REFUNDED,
    (S.FUNDED, M.REFUND): S.REFUNDED,
    (S.IN_PROGRESS, M.REFUND): S.REFUNDED,
    (S.CONTRACTED, M.TERMINATE): S.TERMINATED,
    (S.FUNDING, M.TERMINATE): S.TERMINATED,
    (S.FUNDED, M.TERMINATE): S.TERMINATED,
    (S.IN_PROGRESS, M.TERMINATE): S.TERMINATED,
    (S.DELIVERED, M.TERMINATE): S.TERMINATED,
}

LABELS = {
    S.CONTRACTED: N_("Waits for payment"),
    S.FUNDING: N_("Partly paid"),
    S.FUNDED: N_("Paid, to be shipped"),
    S.IN_PROGRESS: N_("Under way"),
    S.DELIVERED: N_("Delivered, to be accepted"),
    S.CONTESTED: N_("Acceptance contested"),
    S.UNDELIVERED: N_("Delivery contested"),
    S.COMPLETED: N_("Completed"),
    S.REFUNDED: N_("Refunded"),
    S.CANCELLED: N_("Cancelled"),
    S.TERMINATED: N_("Ended by agreement"),
}

STILL = (S.CONTESTED, S.UNDELIVERED)
"""Under dispute: money stands frozen and every clock stands still."""
UNDER_WAY = (S.CONTRACTED, S.FUNDING, S.FUNDED, S.IN_PROGRESS, S.DELIVERED, *STILL)
BEFORE_DELIVERY = (S.CONTRACTED, S.FUNDING, S.FUNDED, S.IN_PROGRESS)
ENDED = (S.COMPLETED, S.REFUNDED, S.CANCELLED, S.TERMINATED)


class ProposalState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class ProposalMove(StrEnum):
    ACCEPT = "accept"
    REPLACE = "replace"
    WITHDRAW = "withdraw"


PROPOSAL_MOVES = {
    (ProposalState.OPEN, ProposalMove.ACCEPT): ProposalState.ACCEPTED,
    (ProposalState.OPEN, ProposalMove.REPLACE): ProposalState.REPLACED,
    (ProposalState.OPEN, ProposalMove.WITHDRAW): ProposalState.WITHDRAWN,
}
