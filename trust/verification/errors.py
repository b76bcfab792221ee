from app.core.errors import Conflict, NotFound


class RequestNotFound(NotFound):
    code = "verification_request_not_found"


class DocumentNotFound(NotFound):
    code = "verification_document_not_found"


class AlreadyUnderReview(Conflict):
    """One request at a time."""

    code = "already_under_review"
