"""What can be wrong with leaving."""

from app.core.errors import Conflict, Invalid, NotFound


class DepartureNotFound(NotFound):
    code = "departure_not_found"


class NotLeaving(Conflict):
    """The company is not leaving, or has left already."""

    code = "not_leaving"


class PartnerLeaving(Conflict):
    """The other company is leaving the platform, or has left: it enters into no new deals."""

    code = "partner_leaving"


class BadReason(Invalid):
    """The change of a rule that is named is not one on its way."""

    code = "bad_reason"


class NotConfirmed(Invalid):
    """What follows from leaving was not confirmed."""

    code = "not_confirmed"
