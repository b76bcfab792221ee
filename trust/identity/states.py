"""What an organisation says of itself. What is taken away from it stands in restrictions (trust.restrictions)."""

from enum import StrEnum


class OrganisationState(StrEnum):
    ACTIVE = "active"
    ON_HOLIDAY = "on_holiday"


class OrganisationMove(StrEnum):
    LEAVE = "leave"
    RETURN = "return"


S, M = OrganisationState, OrganisationMove
MOVES = {
    (S.ACTIVE, M.LEAVE): S.ON_HOLIDAY,
    (S.ON_HOLIDAY, M.RETURN): S.ACTIVE,
}
