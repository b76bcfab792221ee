from app.core.errors import Conflict, Invalid, NotFound


class ReviewNotFound(NotFound):
    code = "review_not_found"


class NotYours(Conflict):
    """Someone else has claimed the item."""

    code = "review_claimed_by_another"


class OwnCompany(Conflict):
    """Nobody judges what is of their own company."""

    code = "own_company"


class ReasonNeeded(Invalid):
    """A refusal must say why."""

    code = "reason_needed"
