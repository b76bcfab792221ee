"""What can be wrong about listings."""

from app.core.errors import Conflict, Invalid, NotFound


class ProductNotFound(NotFound):
    """No such product, or none that the asker may see."""

    code = "product_not_found"


class SupplierNotFound(NotFound):
    code = "supplier_not_found"


class PictureNotFound(NotFound):
    code = "picture_not_found"


class ImportNotFound(NotFound):
    code = "import_not_found"


class NothingToSubmit(Conflict):
    """The newest version is live or under review already."""

    code = "nothing_to_submit"


class ReferenceTaken(Conflict):
    """Another product of the company bears this item number."""

    code = "reference_taken"


class TooManyPictures(Invalid):
    code = "too_many_pictures"


class ListingInvalid(Invalid):
    """The listing contradicts itself; `errors` names every field."""

    code = "listing_invalid"


class NoticeStands(Conflict):
    """The listing is down upon a notice of somebody's right, and is not published until that measure ends."""

    code = "notice_stands"
