"""The life of a restriction, and of the appeal against it."""

from enum import StrEnum

from app.core.i18n import N_


class RestrictionState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    EXPIRED = "expired"
    LIFTED = "lifted"
    REPLACED = "replaced"


class RestrictionMove(StrEnum):
    AGREE = "agree"
    REFUSE = "refuse"
    EXPIRE = "expire"
    LIFT = "lift"
    REPLACE = "replace"


S, M = RestrictionState, RestrictionMove
MOVES = {
    (S.PROPOSED, M.AGREE): S.IN_FORCE,
    (S.PROPOSED, M.REFUSE): S.REFUSED,
    (S.IN_FORCE, M.EXPIRE): S.EXPIRED,
    (S.IN_FORCE, M.LIFT): S.LIFTED,
    (S.IN_FORCE, M.REPLACE): S.REPLACED,  # by a lighter one, on appeal
}
FOR_THE_REGISTER = (S.IN_FORCE, S.EXPIRED)
"""What was placed and stood. A measure that ended before it was published is published all the same."""
LABELS = {
    S.PROPOSED: N_("Waits for a second person"),
    S.IN_FORCE: N_("In force"),
    S.REFUSED: N_("Not placed"),
    S.EXPIRED: N_("Expired"),
    S.LIFTED: N_("Lifted"),
    S.REPLACED: N_("Reduced"),
}


class AppealState(StrEnum):
    FILED = "filed"
    UPHELD = "upheld"
    REDUCED = "reduced"
    LIFTED = "lifted"


class AppealMove(StrEnum):
    UPHOLD = "uphold"
    REDUCE = "reduce"
    LIFT = "lift"


APPEAL_MOVES = {
    (AppealState.FILED, AppealMove.UPHOLD): AppealState.UPHELD,
    (AppealState.FILED, AppealMove.REDUCE): AppealState.REDUCED,
    (AppealState.FILED, AppealMove.LIFT): AppealState.LIFTED,
}
OUTCOMES = {
    AppealState.FILED: N_("Being decided"),
    AppealState.UPHELD: N_("Upheld"),
    AppealState.REDUCED: N_("Reduced"),
    AppealState.LIFTED: N_("Lifted"),
}
