"""What can go wrong with an authority's request."""

from app.core.errors import Conflict, NotFound


class RequestNotFound(NotFound):
    code = "authority_request_not_found"


class PartNotFound(NotFound):
    """No such approval or package of this request, or its file is not kept any more."""

    code = "authority_part_not_found"


class SecondPersonNeeded(Conflict):
    code = "authority_second_person_needed"


class ApprovalNeeded(Conflict):
    """A foreign organ gets nothing that lies in China without the competent authority's approval (PIPL art. 41)."""

    code = "authority_approval_needed"


class NotUnderReview(Conflict):
    """Packages are made while a request is under review."""

    code = "authority_not_under_review"


class FetchedByAnother(Conflict):
    """What is given leaves through one person."""

    code = "authority_fetched_by_another"


class NothingGiven(Conflict):
    """It is answered once a package has left."""

    code = "authority_nothing_given"
