"""What the limits of a plan stand against."""

from app.core.errors import Conflict


class LimitReached(Conflict):
    """The company has as much as its plan allows. Facts: `limit`, `most`, and `address`, where plans are."""

    code = "limit_reached"
