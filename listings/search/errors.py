from app.core.errors import Unavailable


class SearchUnavailable(Unavailable):
    """The index does not answer."""

    code = "search_unavailable"
