"""What can be wrong with sanctions lists."""

from app.core.errors import Conflict, Invalid, NotFound


class BadList(Invalid):
    """The file is not a list of this format, or not a whole one. Names the field of the file."""

    code = "bad_list"


class SameList(Conflict):
    """This version is in force already."""

    code = "same_list"


class MuchGone(Conflict):
    """A version that lets go of so many entries is more likely a file cut short. Facts `removed`, `before`."""

    code = "much_gone"


class ListNotFound(NotFound):
    code = "list_not_found"
