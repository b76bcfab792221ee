from app.core.errors import Conflict, NotFound


class DocumentNotFound(NotFound):
    code = "document_not_found"


class NotYetKnown(Conflict):
    """Something that the document says is not known yet."""

    code = "not_yet_known"


class DocumentsIncomplete(Conflict):
    """Documents are missing or disagree."""

    code = "documents_incomplete"
