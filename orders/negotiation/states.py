"""How a negotiation goes: asked, quoted, countered, agreed or not. A table that both sides could read."""

from enum import StrEnum

from app.core.i18n import N_


class InquiryState(StrEnum):
    OPEN = "open"
    QUOTED = "quoted"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class InquiryMove(StrEnum):
    QUOTE = "quote"
    COUNTER = "counter"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


S, M = InquiryState, InquiryMove
ONGOING = (S.OPEN, S.QUOTED, S.COUNTERED)
INQUIRY_LABELS = {
    S.OPEN: N_("Asked"),
    S.QUOTED: N_("Quoted"),
    S.COUNTERED: N_("Counter-offer made"),
    S.ACCEPTED: N_("Agreed"),
    S.REJECTED: N_("Turned down"),
    S.WITHDRAWN: N_("Withdrawn"),
    S.EXPIRED: N_("Expired"),
}
INQUIRY_MOVES = {
    (S.OPEN, M.QUOTE): S.QUOTED,
    (S.OPEN, M.WITHDRAW): S.WITHDRAWN,
    (S.OPEN, M.REJECT): S.REJECTED,
    (S.OPEN, M.EXPIRE): S.EXPIRED,
    (S.QUOTED, M.QUOTE): S.QUOTED,
    (S.QUOTED, M.COUNTER): S.COUNTERED,
    (S.QUOTED, M.ACCEPT): S.ACCEPTED,
    (S.QUOTED, M.REJECT): S.REJECTED,
    (S.QUOTED, M.WITHDRAW): S.WITHDRAWN,
    (S.QUOTED, M.EXPIRE): S.EXPIRED,
    (S.COUNTERED, M.QUOTE): S.QUOTED,
    (S.COUNTERED, M.COUNTER): S.COUNTERED,
    (S.COUNTERED, M.ACCEPT): S.ACCEPTED,
    (S.COUNTERED, M.REJECT): S.REJECTED,
    (S.COUNTERED, M.WITHDRAW): S.WITHDRAWN,
    (S.COUNTERED, M.EXPIRE): S.EXPIRED,
    (S.EXPIRED, M.QUOTE): S.QUOTED,
}


class QuotationState(StrEnum):
    OFFERED = "offered"
    SUPERSEDED = "superseded"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


class QuotationMove(StrEnum):
    SUPERSEDE = "supersede"
    ACCEPT = "accept"
    REJECT = "reject"
    EXPIRE = "expire"


Q, V = QuotationState, QuotationMove
QUOTATION_LABELS = {
    Q.OFFERED: N_("Open"),
    Q.SUPERSEDED: N_("Replaced"),
    Q.ACCEPTED: N_("Accepted"),
    Q.REJECTED: N_("Turned down"),
    Q.EXPIRED: N_("Expired"),
}
QUOTATION_MOVES = {
    (Q.OFFERED, V.SUPERSEDE): Q.SUPERSEDED,
    (Q.OFFERED, V.ACCEPT): Q.ACCEPTED,
    (Q.OFFERED, V.REJECT): Q.REJECTED,
    (Q.OFFERED, V.EXPIRE): Q.EXPIRED,
}


class RfqState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    AWARDED = "awarded"


class RfqMove(StrEnum):
    CLOSE = "close"
    AWARD = "award"


R, W = RfqState, RfqMove
RFQ_LABELS = {R.OPEN: N_("Open for quotations"), R.CLOSED: N_("Closed"), R.AWARDED: N_("Awarded")}
RFQ_MOVES = {
    (R.OPEN, W.CLOSE): R.CLOSED,
    (R.OPEN, W.AWARD): R.AWARDED,
    (R.CLOSED, W.AWARD): R.AWARDED,
}


class LetterState(StrEnum):
    """Of an answer by mail: taken in as a message; held back, then owned by its writer, or not; refused."""

    TAKEN = "taken"
    HELD = "held"
    OWNED = "owned"
    DISOWNED = "disowned"
    REFUSED = "refused"
