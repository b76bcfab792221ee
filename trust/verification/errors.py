from app.core.errors import Conflict, NotFound


class RequestNotFound(NotFound):
    code = "verification_request_not_found"


class DocumentNotFound(NotFound):
    code = "verification_document_not_found"


class ReportNotFound(NotFound):
    code = "identity_report_not_found"


class AlreadyUnderReview(Conflict):
    """One request at a time."""

    code = "already_under_review"


class NotYetDue(Conflict):
    """A verification is renewed in its last 60 days. Fact `from`: the first moment."""

    code = "renewal_not_yet_due"


class NoRecipient(Conflict):
    """No authority's certificate is on file for the reports."""

    code = "no_report_recipient"
