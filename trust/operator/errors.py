"""What can be wrong with the operator's records."""

from app.core.errors import Conflict, NotFound


class RecordNotFound(NotFound):
    """There is no such record."""


class AlreadyEntered(Conflict):
    """This decision stands there."""
