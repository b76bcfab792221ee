"""What becomes of a payment that the buyer's bank takes back or asks about."""

from enum import StrEnum

from app.core.i18n import N_


class ChargebackState(StrEnum):
    ASKED = "asked"  # the bank asks; nothing was taken
    TAKEN = "taken"  # the bank has the money until it decides
    WON = "won"  # it came back, or never left
    LOST = "lost"  # it stays with the buyer


class ChargebackMove(StrEnum):
    TAKE = "take"
    WIN = "win"
    LOSE = "lose"


S, M = ChargebackState, ChargebackMove
MOVES = {
    (S.ASKED, M.TAKE): S.TAKEN,
    (S.ASKED, M.WIN): S.WON,
    (S.ASKED, M.LOSE): S.LOST,
    (S.TAKEN, M.WIN): S.WON,
    (S.TAKEN, M.LOSE): S.LOST,
}
OVER = (S.WON, S.LOST)

LABELS = {
    S.ASKED: N_("The bank asks"),
    S.TAKEN: N_("Taken back, to be decided"),
    S.WON: N_("Decided for the supplier"),
    S.LOST: N_("Decided for the buyer"),
}


class DefenceState(StrEnum):
    """What we told the bank."""

    NONE = "none"
    PLANNED = "planned"
    SENT = "sent"
    REFUSED = "refused"


DEFENCES = {
    DefenceState.NONE: N_("Nothing said yet"),
    DefenceState.PLANNED: N_("On its way to the bank"),
    DefenceState.SENT: N_("With the bank"),
    DefenceState.REFUSED: N_("Not taken by the bank"),
}
