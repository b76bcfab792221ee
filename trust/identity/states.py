"""What may become of an organisation. A suspended one still ships and settles its open orders."""

from enum import StrEnum


class OrganisationState(StrEnum):
    ACTIVE = "active"
    ON_HOLIDAY = "on_holiday"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class OrganisationMove(StrEnum):
    LEAVE = "leave"
    RETURN = "return"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    TERMINATE = "terminate"


S, M = OrganisationState, OrganisationMove
MOVES = {
    (S.ACTIVE, M.LEAVE): S.ON_HOLIDAY,
    (S.ON_HOLIDAY, M.RETURN): S.ACTIVE,
    (S.ACTIVE, M.SUSPEND): S.SUSPENDED,
    (S.ON_HOLIDAY, M.SUSPEND): S.SUSPENDED,
    (S.SUSPENDED, M.REINSTATE): S.ACTIVE,
    (S.ACTIVE, M.TERMINATE): S.TERMINATED,
    (S.ON_HOLIDAY, M.TERMINATE): S.TERMINATED,
    (S.SUSPENDED, M.TERMINATE): S.TERMINATED,
}
