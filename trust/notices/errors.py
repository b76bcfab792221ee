"""What can go wrong with a notice."""

from app.core.errors import NotFound


class NoticeNotFound(NotFound):
    """No such notice, or another company's."""

    code = "company_notice_not_found"
