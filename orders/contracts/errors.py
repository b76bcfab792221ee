from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class ContractNotFound(NotFound):
    code = "contract_not_found"


class AlreadySigned(Conflict):
    """The member's company has signed already."""

    code = "already_signed"


class TextChanged(Conflict):
    """What the signatory saw is not what stands here now."""

    code = "text_changed"


class ConsentNeeded(Invalid):
    """Signing needs the signatory's express consent (Electronic Signature Law (PRC) art. 3)."""

    code = "consent_needed"


class NotAParty(Forbidden):
    code = "not_a_party"
