from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class OrderNotFound(NotFound):
    code = "order_not_found"


class ShipmentNotFound(NotFound):
    code = "shipment_not_found"


class MilestoneNotFound(NotFound):
    code = "milestone_not_found"


class ProposalNotFound(NotFound):
    code = "proposal_not_found"


class WrongSide(Forbidden):
    """This step belongs to the other party."""

    code = "wrong_side"


class TooMuchShipped(Invalid):
    """More than the contract's quantity, its tolerance included."""

    code = "too_much_shipped"


class PartialNotAgreed(Invalid):
    """The contract does not allow partial shipments."""

    code = "partial_not_agreed"


class BadShare(Invalid):
    """A proposed share that is negative, more than the total or in another currency."""

    code = "bad_share"


class NothingHeld(Conflict):
    code = "nothing_held"


class NotYet(Conflict):
    """The order has not come that far."""

    code = "not_yet"


class AlreadyRated(Conflict):
    code = "already_rated"


class Overtaken(Conflict):
    """What an amendment would change has happened meanwhile."""

    code = "overtaken"


class RatingNotFound(NotFound):
    code = "rating_not_found"


class AnsweredAlready(Conflict):
    """The rated company answers once."""

    code = "answered_already"
