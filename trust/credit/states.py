"""The lives of a link between companies and of an appeal against an entry."""

from enum import StrEnum

from app.core.i18n import N_


class LinkState(StrEnum):
    FOUND = "found"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class LinkMove(StrEnum):
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    FIND_AGAIN = "find_again"  # by something that was not known when it was dismissed


L, M = LinkState, LinkMove
LINK_MOVES = {
    (L.FOUND, M.CONFIRM): L.CONFIRMED,
    (L.FOUND, M.DISMISS): L.DISMISSED,
    (L.CONFIRMED, M.DISMISS): L.DISMISSED,
    (L.DISMISSED, M.CONFIRM): L.CONFIRMED,
    (L.DISMISSED, M.FIND_AGAIN): L.FOUND,
}
LINK_LABELS = {
    L.FOUND: N_("Found, not decided"),
    L.CONFIRMED: N_("Linked"),
    L.DISMISSED: N_("Not linked"),
}


class AppealState(StrEnum):
    FILED = "filed"
    UPHELD = "upheld"
    CORRECTED = "corrected"


class AppealMove(StrEnum):
    UPHOLD = "uphold"
    CORRECT = "correct"


APPEAL_MOVES = {
    (AppealState.FILED, AppealMove.UPHOLD): AppealState.UPHELD,
    (AppealState.FILED, AppealMove.CORRECT): AppealState.CORRECTED,
}
APPEAL_LABELS = {
    AppealState.FILED: N_("Appeal being decided"),
    AppealState.UPHELD: N_("Appeal decided: the entry stands"),
    AppealState.CORRECTED: N_("Appeal decided: the entry was corrected"),
}
