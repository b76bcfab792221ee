"""What can be said of risk."""

from app.core.errors import Conflict, Invalid, NotFound


class OnHold(Conflict):
    """The thing stands still until a moment or until a person lets it go. Fact `until`."""

    code = "on_hold"


class Blocked(Invalid):
    """A rule does not let this through. The sentence is of the rule's group, never of its threshold."""

    code = "not_let_through"


class RuleNotFound(NotFound):
    code = "rule_not_found"


class ChangeNotFound(NotFound):
    code = "change_not_found"


class HoldNotFound(NotFound):
    code = "hold_not_found"


class SamePerson(Conflict):
    """Two people have to agree."""

    code = "same_person"


class BadSetting(Invalid):
    """No setting of this rule. Names the field."""

    code = "bad_setting"
