"""The life of a case, readable by both sides. One table for all kinds: a report is taken up without an answer asked."""

from enum import StrEnum

from app.core.i18n import N_


class Kind(StrEnum):
    COMPLAINT = "complaint"
    REPORT = "report"
    DISPUTE = "dispute"


class Side(StrEnum):
    COMPLAINANT = "complainant"
    RESPONDENT = "respondent"
    PLATFORM = "platform"


class CaseState(StrEnum):
    OPENED = "opened"
    REJECTED = "rejected"
    ANSWERING = "answering"  # the respondent is waited for
    ASKED = "asked"  # the complainant is waited for
    DECIDING = "deciding"
    RULED = "ruled"  # either side may still ask another person to look
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"


class CaseMove(StrEnum):
    ACCEPT = "accept"
    TAKE_UP = "take_up"
    REJECT = "reject"
    ANSWER = "answer"
    LAPSE = "lapse"
    ASK_RESPONDENT = "ask_respondent"
    ASK_COMPLAINANT = "ask_complainant"
    RULE = "rule"
    APPEAL = "appeal"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    SETTLE = "settle"


S, M = CaseState, CaseMove
MOVES = {
    (S.OPENED, M.ACCEPT): S.ANSWERING,
    (S.OPENED, M.TAKE_UP): S.DECIDING,
    (S.OPENED, M.REJECT): S.REJECTED,
    (S.REJECTED, M.APPEAL): S.OPENED,
    (S.REJECTED, M.CLOSE): S.CLOSED,
    (S.ANSWERING, M.ANSWER): S.DECIDING,
    (S.ANSWERING, M.LAPSE): S.DECIDING,
    (S.ASKED, M.ANSWER): S.DECIDING,
    (S.ASKED, M.LAPSE): S.DECIDING,
    (S.DECIDING, M.ASK_RESPONDENT): S.ANSWERING,
    (S.DECIDING, M.ASK_COMPLAINANT): S.ASKED,
    (S.DECIDING, M.RULE): S.RULED,
    (S.RULED, M.APPEAL): S.DECIDING,
    (S.RULED, M.CLOSE): S.CLOSED,
    (S.OPENED, M.WITHDRAW): S.WITHDRAWN,
    (S.ANSWERING, M.WITHDRAW): S.WITHDRAWN,
    (S.ASKED, M.WITHDRAW): S.WITHDRAWN,
    (S.DECIDING, M.WITHDRAW): S.WITHDRAWN,
    (S.OPENED, M.SETTLE): S.SETTLED,
    (S.ANSWERING, M.SETTLE): S.SETTLED,
    (S.ASKED, M.SETTLE): S.SETTLED,
    (S.DECIDING, M.SETTLE): S.SETTLED,
    (S.REJECTED, M.SETTLE): S.SETTLED,
    (S.RULED, M.SETTLE): S.SETTLED,
}
ENDED = (S.CLOSED, S.WITHDRAWN, S.SETTLED)
OPEN = tuple(state for state in S if state not in ENDED)
TALKING = (S.OPENED, S.ANSWERING, S.ASKED, S.DECIDING)
"""While something can still be said and shown."""

LABELS = {
    S.OPENED: N_("Sent in"),
    S.REJECTED: N_("Not taken up"),
    S.ANSWERING: N_("The other side answers"),
    S.ASKED: N_("The complainant answers"),
    S.DECIDING: N_("Being decided"),
    S.RULED: N_("Decided, may be appealed"),
    S.CLOSED: N_("Closed"),
    S.WITHDRAWN: N_("Withdrawn"),
    S.SETTLED: N_("Settled between the parties"),
}
KINDS = {
    Kind.COMPLAINT: N_("Complaint"),
    Kind.REPORT: N_("Report"),
    Kind.DISPUTE: N_("Dispute over an order"),
}
SIDES = {
    Side.COMPLAINANT: N_("Complainant"),
    Side.RESPONDENT: N_("Respondent"),
    Side.PLATFORM: N_("Portolan"),
}


class Topic(StrEnum):
    QUALITY = "quality"
    NON_DELIVERY = "non_delivery"
    PAYMENT = "payment"
    FRAUD = "fraud"
    PROHIBITED = "prohibited"
    IP = "ip"
    SERVICE = "service"
    PRIVACY = "privacy"
    OTHER = "other"


TOPICS = {
    Topic.QUALITY: N_("Quality of the goods"),
    Topic.NON_DELIVERY: N_("Goods did not arrive"),
    Topic.PAYMENT: N_("Payment"),
    Topic.FRAUD: N_("Fraud or false statements"),
    Topic.PROHIBITED: N_("Forbidden or unsafe goods"),
    Topic.IP: N_("Intellectual property"),
    Topic.SERVICE: N_("Service and conduct"),
    Topic.PRIVACY: N_("Personal data"),
    Topic.OTHER: N_("Something else"),
}


class Remedy(StrEnum):
    DISMISS = "dismiss"
    WARN = "warn"
    REMOVE_LISTING = "remove_listing"
    SHARE = "share"
    GO_ON = "go_on"


REMEDIES = {
    Remedy.DISMISS: N_("Dismissed"),
    Remedy.WARN: N_("The respondent is warned"),
    Remedy.REMOVE_LISTING: N_("The listing is taken down"),
    Remedy.SHARE: N_("The held money is shared"),
    Remedy.GO_ON: N_("The order goes on as agreed"),
}


def remedies(kind: Kind, subject_type: str, topic: str) -> list[Remedy]:
    """Which may be chosen: a dispute shares the money, all of it to one side where the other is wrong; while goods may
    still come, the order may also go on.
    """
    if kind is Kind.DISPUTE:
        return [Remedy.SHARE, *([Remedy.GO_ON] if topic == Topic.NON_DELIVERY else [])]
    return [Remedy.DISMISS, Remedy.WARN, *([Remedy.REMOVE_LISTING] if subject_type == "product" else [])]
