"""What can be wrong with sanctions lists."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


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


class VersionNotFound(NotFound):
    code = "list_version_not_found"


class RuleNotFound(NotFound):
    code = "screening_rule_not_found"


class MatchNotFound(NotFound):
    code = "match_not_found"


class DecidedAlready(Conflict):
    code = "decided_already"


class SecondPersonNeeded(Forbidden):
    """Who proposed something does not decide it."""

    code = "second_person_needed"


class PartyStopped(Conflict):
    """What was asked for waits for the platform's own people. The company is told neither list nor score."""

    code = "party_stopped"


class BeingChecked(Conflict):
    """A company that came or changed just now is compared with the lists within minutes."""

    code = "being_checked"
