"""The life of one item in the moderation queue."""

from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """What comes first. Within one priority, what is due first."""

    URGENT = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class ReviewState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    DECIDED = "decided"
    DROPPED = "dropped"


class ReviewMove(StrEnum):
    CLAIM = "claim"
    GIVE_BACK = "give_back"
    DECIDE = "decide"
    DROP = "drop"


S, M = ReviewState, ReviewMove
MOVES = {
    (S.OPEN, M.CLAIM): S.CLAIMED,
    (S.CLAIMED, M.GIVE_BACK): S.OPEN,
    (S.CLAIMED, M.DECIDE): S.DECIDED,
    (S.OPEN, M.DROP): S.DROPPED,
    (S.CLAIMED, M.DROP): S.DROPPED,
}
WAITING = (S.OPEN, S.CLAIMED)
ADDED = "review.added"
"""The evidence's word for an item that is asked for once more while it waits."""
