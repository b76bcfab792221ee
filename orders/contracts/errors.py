from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class ContractNotFound(NotFound):
    code = "contract_not_found"


class CommentNotFound(NotFound):
    code = "comment_not_found"


class AlreadySigned(Conflict):
    """The member's company has signed already."""

    code = "already_signed"


class TextChanged(Conflict):
    """What the signatory saw is not what stands here now."""

    code = "text_changed"


class ConsentNeeded(Invalid):
    """Signing needs the signatory's express consent (Electronic Signature Law (PRC) art. 3)."""

    code = "consent_needed"


class WarningsUnread(Invalid):
    """There is something to think about before this contract is signed. Fact `warnings`: what, in words."""

    code = "warnings_unread"


class NotAParty(Forbidden):
    code = "not_a_party"


class DocumentUnsealed(Conflict):
    """The document does not carry all signatures yet, or they did not hold when it was sealed: no money moves on it."""

    code = "document_unsealed"


class DocumentBusy(Conflict):
    """Another signature is on its way into the document; in a moment it can be signed with one's own certificate."""

    code = "document_busy"


class AmendmentUnderWay(Conflict):
    """One amendment at a time: another is being agreed or signed."""

    code = "amendment_under_way"


class NotHere(Conflict):
    """An amendment is signed on its order, where the money follows; its text is changed by proposing another."""

    code = "not_here"


class Lapsed(Conflict):
    """The time in which the contract could be agreed to and signed is over."""

    code = "contract_lapsed"


class AlreadyExtended(Conflict):
    """Each side gives more time once."""

    code = "already_extended"


class AlreadyAsked(Conflict):
    """One request at a time: the one that is open is answered or withdrawn first."""

    code = "already_asked"


class RequestGone(Conflict):
    """The request that is answered or withdrawn is not the open one."""

    code = "request_gone"


class GrowsUnderRestriction(Conflict):
    """An amendment that makes something larger, while one of the companies may not enter into new deals."""

    code = "grows_under_restriction"
