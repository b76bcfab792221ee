"""What can be wrong with restricting a company."""

from app.core.errors import Conflict, Forbidden, NotFound


class RestrictionNotFound(NotFound):
    code = "restriction_not_found"


class SecondPersonNeeded(Conflict):
    """Who proposed a suspension does not agree to it."""

    code = "second_person_needed"


class NotTheReviewer(Forbidden):
    """Who placed a restriction, or agreed to it, does not decide the appeal against it."""

    code = "not_the_reviewer"


class NotRead(Conflict):
    """The statement of facts is read before it is answered."""

    code = "not_read"


class AppealClosed(Conflict):
    """The time to appeal is over, or there was an appeal already."""

    code = "appeal_closed"


class PartnerRestricted(Conflict):
    """The other company cannot enter into new deals."""

    code = "partner_restricted"


class NotForPublication(Conflict):
    """Only measures against illegal acts, once in force, are published, and once."""

    code = "not_for_publication"
