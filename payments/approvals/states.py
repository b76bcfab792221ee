"""How far something is that one person asked for and a second has to agree to."""

from enum import StrEnum

from app.core.i18n import N_


class ApprovalState(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"  # by a second person, or done at once by one where the amount allows it
    RETURNED = "returned"  # sent back with a reason
    EXPIRED = "expired"  # what it rested on changed before anybody agreed


class ApprovalMove(StrEnum):
    AGREE = "agree"
    RETURN = "return"
    EXPIRE = "expire"


S, M = ApprovalState, ApprovalMove
MOVES = {
    (S.PROPOSED, M.AGREE): S.AGREED,
    (S.PROPOSED, M.RETURN): S.RETURNED,
    (S.PROPOSED, M.EXPIRE): S.EXPIRED,
}
LABELS = {
    S.PROPOSED: N_("Waits for a second person"),
    S.AGREED: N_("Agreed and done"),
    S.RETURNED: N_("Sent back"),
    S.EXPIRED: N_("Expired"),
}
