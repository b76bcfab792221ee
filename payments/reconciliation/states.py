"""What we make of a line in the provider's own books."""

from enum import StrEnum

from app.core.i18n import N_


class LineState(StrEnum):
    WAITING = "waiting"  # for the answer to an operation, or for the bank
    EXPLAINED = "explained"  # our books say the same
    UNEXPLAINED = "unexplained"  # nobody asked for it, or for another amount
    PROPOSED = "proposed"  # somebody says what it was; a second person has to agree
    SETTLED = "settled"  # booked as two people agreed


class LineMove(StrEnum):
    EXPLAIN = "explain"
    WONDER = "wonder"
    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"


S, M = LineState, LineMove
MOVES = {
    (S.WAITING, M.EXPLAIN): S.EXPLAINED,
    (S.WAITING, M.WONDER): S.UNEXPLAINED,
    (S.UNEXPLAINED, M.EXPLAIN): S.EXPLAINED,
    (S.UNEXPLAINED, M.PROPOSE): S.PROPOSED,
    (S.PROPOSED, M.APPROVE): S.SETTLED,
    (S.PROPOSED, M.REJECT): S.UNEXPLAINED,
}

LABELS = {
    S.WAITING: N_("Waiting"),
    S.EXPLAINED: N_("Explained"),
    S.UNEXPLAINED: N_("Unexplained"),
    S.PROPOSED: N_("Waits for a second person"),
    S.SETTLED: N_("Settled by hand"),
}
OPEN = (S.WAITING, S.UNEXPLAINED, S.PROPOSED)
