"""What can be wrong with holding and forgetting deals."""

from app.core.errors import Invalid


class NothingCalledSo(Invalid):
    code = "nothing_called_so"
