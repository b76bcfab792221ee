from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class ReviewNotFound(NotFound):
    code = "review_not_found"


class NotYours(Conflict):
    """Someone else has claimed the item."""

    code = "review_claimed_by_another"


class ReasonNeeded(Invalid):
    """A refusal must say why."""

    code = "reason_needed"


class OwnCase(Forbidden):
    """A reviewer has to do with the company whose thing it is."""

    code = "own_case"


class QueueEmpty(Conflict):
    """Nothing is left that nobody has claimed."""

    code = "queue_empty"


class NothingChosen(Invalid):
    code = "nothing_chosen"


class CheckNotFound(NotFound):
    code = "check_not_found"


class OwnDecision(Conflict):
    """The second look is another person's."""

    code = "own_decision"


class AlreadyChecked(Conflict):
    code = "already_checked"


class WordingNotFound(NotFound):
    code = "wording_not_found"
