"""What can be wrong with asking for a bundle."""

from app.core.errors import NotFound


class BundleNotFound(NotFound):
    """No such bundle of the asking company, or it is gone."""

    code = "bundle_not_found"


class DealNotFound(NotFound):
    """No contract or order has this number, or none that the asker may see."""

    code = "deal_not_found"
