"""The way of a company out: announced, and left once nothing of it is open; or it stays after all."""

from enum import StrEnum

from app.core.i18n import N_


class DepartureState(StrEnum):
    ANNOUNCED = "announced"
    LEFT = "left"
    WITHDRAWN = "withdrawn"


class DepartureMove(StrEnum):
    LEAVE = "leave"
    STAY = "stay"


S, M = DepartureState, DepartureMove
MOVES = {
    (S.ANNOUNCED, M.LEAVE): S.LEFT,
    (S.ANNOUNCED, M.STAY): S.WITHDRAWN,
}
LABELS = {
    S.ANNOUNCED: N_("Leaving"),
    S.LEFT: N_("Left"),
    S.WITHDRAWN: N_("Stayed"),
}
