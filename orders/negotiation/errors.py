from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class InquiryNotFound(NotFound):
    code = "inquiry_not_found"


class QuotationNotFound(NotFound):
    code = "quotation_not_found"


class RfqNotFound(NotFound):
    code = "rfq_not_found"


class QuotationExpired(Conflict):
    """Its validity has passed; it can be offered anew."""

    code = "quotation_expired"


class NotYourTurn(Forbidden):
    """Only the side that did not make this offer may answer it."""

    code = "not_your_turn"


class OwnProduct(Invalid):
    """A company does not ask itself."""

    code = "own_product"


class SupplierNotFound(NotFound):
    code = "supplier_not_found"


class FileWithheld(Forbidden):
    """It shows contact or bank details; who sent it may open it."""

    code = "file_withheld"


class MessageNotFound(NotFound):
    code = "message_not_found"


class SecretWrong(Forbidden):
    """Letters are brought by the mail server alone."""

    code = "secret_wrong"


class LetterNotFound(NotFound):
    code = "letter_not_found"


class RfqClosed(Conflict):
    """The day until which suppliers could quote has passed."""

    code = "rfq_closed"


class NoSuppliers(Invalid):
    """A request that would reach nobody."""

    code = "no_suppliers"
