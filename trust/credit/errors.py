"""What can be wrong with what is asked of a credit file."""

from app.core.errors import Conflict, Forbidden, NotFound


class EntryNotFound(NotFound):
    code = "entry_not_found"


class FileNotFound(NotFound):
    """No company with a credit file has this address."""

    code = "credit_file_not_found"


class ExportNotFound(NotFound):
    code = "export_not_found"


class LinkNotFound(NotFound):
    code = "link_not_found"


class AppealedAlready(Conflict):
    """There was an appeal against this entry, or it was corrected."""

    code = "appealed_already"


class NotTheReviewer(Forbidden):
    """The entry rests on what this person decided."""

    code = "not_the_reviewer"
