"""What can be said of controlled goods."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class GoodsRefused(Invalid):
    """These goods may not be traded here. Facts: `reason`, `source`; `errors` names the field."""

    code = "goods_refused"


class GoodsHeld(Conflict):
    """These goods wait for a licence, or for a person. Facts: `reason`, `source`, `field`, `address`."""

    code = "goods_held"


class StatementNeeded(Conflict):
    """Dual-use goods wait for the buyer's end-user statement. Facts: `reason`, `address`."""

    code = "end_user_statement_needed"


class EntryNotFound(NotFound):
    code = "entry_not_found"


class LicenceNotFound(NotFound):
    code = "licence_not_found"


class StatementNotFound(NotFound):
    code = "statement_not_found"


class ReportNotFound(NotFound):
    code = "report_not_found"


class DecidedAlready(Conflict):
    code = "decided_already"


class SecondPersonNeeded(Forbidden):
    """Who proposed something does not decide it."""

    code = "second_person_needed"


class LicenceSpent(Conflict):
    """Another shipment has taken what was left of the licence. Fact `left`."""

    code = "licence_spent"


class SameLicence(Conflict):
    """The company handed this licence in already."""

    code = "same_licence"


class NothingToState(Conflict):
    """These goods need no statement of an end user."""

    code = "nothing_to_state"
