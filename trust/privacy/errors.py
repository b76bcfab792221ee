"""What can go wrong with people's own data."""

from app.core.errors import Conflict, Invalid, NotFound


class PurposeNotFound(NotFound):
    code = "purpose_not_found"


class ConsentNeeded(Invalid):
    """What is handed in is sensitive, and nobody has agreed to its being kept (PIPL art. 29)."""

    code = "consent_needed"


class RequestNotFound(NotFound):
    """No such request, or not the asker's."""

    code = "privacy_request_not_found"


class LinkSpent(Conflict):
    code = "privacy_link_spent"


class NotTaken(Conflict):
    """Who answers a request has taken it first."""

    code = "privacy_request_not_taken"


class ExtendedAlready(Conflict):
    code = "privacy_request_extended"


class ExportNotFound(NotFound):
    code = "personal_export_not_found"


class ErasureNotFound(NotFound):
    code = "erasure_not_found"


class LastOwnerStays(Conflict):
    """The company would be left with open deals and nobody to mind them."""

    code = "last_owner_stays"
