"""The life of an authority's request, of an approval for a foreign one, and of a package; and the words for each."""

from enum import StrEnum

from app.core.i18n import N_


class Organ(StrEnum):
    COURT = "court"
    POLICE = "police"
    MARKET = "market"
    TAX = "tax"
    CUSTOMS = "customs"
    DATA = "data"
    OTHER = "other"


class Part(StrEnum):
    """What can be given; each is named by itself."""

    IDENTITY = "identity"
    ORDERS = "orders"
    PAYMENTS = "payments"
    MESSAGES = "messages"
    CONTRACTS = "contracts"


class RequestState(StrEnum):
    RECEIVED = "received"
    REVIEW = "review"
    STOPPED = "stopped"
    ANSWERED = "answered"
    PARTLY = "partly"
    REFUSED = "refused"


class RequestMove(StrEnum):
    TAKE = "take"
    STOP = "stop"
    APPROVE = "approve"
    ANSWER = "answer"
    ANSWER_PARTLY = "answer_partly"
    REFUSE = "refuse"


class ApprovalState(StrEnum):
    ENTERED = "entered"
    AGREED = "agreed"
    REFUSED = "refused"


class PackageState(StrEnum):
    COMPOSED = "composed"
    AGREED = "agreed"
    GIVEN = "given"
    REFUSED = "refused"


class PairMove(StrEnum):
    """Of what one person makes and another decides."""

    AGREE = "agree"
    REFUSE = "refuse"
    GIVE = "give"


S, M = RequestState, RequestMove
REQUEST_MOVES = {
    (S.RECEIVED, M.TAKE): S.REVIEW,
    (S.RECEIVED, M.STOP): S.STOPPED,
    (S.REVIEW, M.STOP): S.STOPPED,
    (S.STOPPED, M.APPROVE): S.REVIEW,
    (S.STOPPED, M.REFUSE): S.REFUSED,
    (S.REVIEW, M.ANSWER): S.ANSWERED,
    (S.REVIEW, M.ANSWER_PARTLY): S.PARTLY,
    (S.REVIEW, M.REFUSE): S.REFUSED,
}
ANSWERS = (M.ANSWER, M.ANSWER_PARTLY, M.REFUSE)
WAITING = (S.RECEIVED, S.REVIEW, S.STOPPED)
OVER = (S.ANSWERED, S.PARTLY, S.REFUSED)
A, K, P = ApprovalState, PackageState, PairMove
APPROVAL_MOVES = {(A.ENTERED, P.AGREE): A.AGREED, (A.ENTERED, P.REFUSE): A.REFUSED}
PACKAGE_MOVES = {
    (K.COMPOSED, P.AGREE): K.AGREED,
    (K.COMPOSED, P.REFUSE): K.REFUSED,
    (K.AGREED, P.GIVE): K.GIVEN,
    (K.GIVEN, P.GIVE): K.GIVEN,
}

ORGANS = {
    Organ.COURT: N_("Court"),
    Organ.POLICE: N_("Police or prosecution"),
    Organ.MARKET: N_("Market regulator"),
    Organ.TAX: N_("Tax authority"),
    Organ.CUSTOMS: N_("Customs"),
    Organ.DATA: N_("Data protection or cyberspace authority"),
    Organ.OTHER: N_("Another authority"),
}
PARTS = {
    Part.IDENTITY: N_("Who the company is"),
    Part.ORDERS: N_("Its orders"),
    Part.PAYMENTS: N_("Payments of these orders"),
    Part.MESSAGES: N_("Messages of these orders"),
    Part.CONTRACTS: N_("Contracts of these orders"),
}
STATES = {
    S.RECEIVED: N_("Received"),
    S.REVIEW: N_("Under review"),
    S.STOPPED: N_("Stopped"),
    S.ANSWERED: N_("Answered in whole"),
    S.PARTLY: N_("Answered in part"),
    S.REFUSED: N_("Refused"),
}
TONES = {
    S.RECEIVED: "waiting",
    S.REVIEW: "waiting",
    S.STOPPED: "refused",
    S.ANSWERED: "settled",
    S.PARTLY: "settled",
    S.REFUSED: "refused",
}
PAIR_STATES = {
    A.ENTERED: N_("Waits for a second person"),
    K.COMPOSED: N_("Waits for a second person"),
    A.AGREED: N_("Agreed"),
    A.REFUSED: N_("Refused"),
    K.GIVEN: N_("Given"),
}
PAIR_TONES = {
    A.ENTERED: "waiting",
    K.COMPOSED: "waiting",
    A.AGREED: "settled",
    A.REFUSED: "refused",
    K.GIVEN: "settled",
}
HAPPENED = {
    "authority.received": N_("Received"),
    "authority.taken": N_("Taken on"),
    "authority.stopped": N_("Stopped"),
    "authority.letter": N_("Letter opened"),
    "authority.approval_entered": N_("Approval entered"),
    "authority.approval_agreed": N_("Approval agreed"),
    "authority.approval_refused": N_("Approval refused"),
    "authority.composed": N_("Package composed"),
    "authority.opened": N_("Package looked through"),
    "authority.agreed": N_("Package agreed"),
    "authority.package_refused": N_("Package refused"),
    "authority.given": N_("Package fetched for the authority"),
    "authority.answered": N_("Answered"),
    "authority.told": N_("Company told"),
}
