"""What can be wrong with keeping records."""

from app.core.errors import Conflict, NotFound


class HoldNotFound(NotFound):
    code = "hold_not_found"


class AlreadyLifted(Conflict):
    code = "already_lifted"


class SecondPersonNeeded(Conflict):
    """Who placed a hold does not lift it."""

    code = "second_person_needed"
