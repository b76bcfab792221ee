"""What can go wrong with the register of quality and brand work."""

from app.core.errors import Conflict, NotFound


class WorkNotFound(NotFound):
    code = "quality_work_not_found"


class FindingNotFound(NotFound):
    code = "quality_finding_not_found"


class NothingToFind(Conflict):
    """Findings belong to recalls and to inspections by authorities that took place."""

    code = "quality_nothing_to_find"


class AlreadyFound(Conflict):
    """The listing stands under this recall already."""

    code = "quality_already_found"


class AlreadyEnded(Conflict):
    """What was found is settled already."""

    code = "quality_already_ended"
