"""Words of controlled goods, and the lives of a finding, a licence, a statement and a report."""

from enum import StrEnum

from app.core.i18n import N_


class Kind(StrEnum):
    """What an entry asks for."""

    PROHIBITED = "prohibited"
    LICENCE = "licence"
    DUAL_USE = "dual_use"


class Point(StrEnum):
    """Where goods are compared with the lists, in the order of a deal."""

    LISTING = "listing"
    QUOTATION = "quotation"
    CONTRACT = "contract"
    SHIPMENT = "shipment"


ORDER = tuple(Point)


def binds(since: Point, at: Point) -> bool:
    """Whether what is needed from one point on is needed at another."""
    return ORDER.index(since) <= ORDER.index(at)


class FindingState(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"  # not the controlled goods; for this text
    CONFIRMED = "confirmed"  # the controlled goods; for this text


class FindingMove(StrEnum):
    CLEAR = "clear"
    CONFIRM = "confirm"


class LicenceForm(StrEnum):
    """Dual-use regulation (PRC) art. 15: for one end user and export, for several, or against a certificate of record.
    `other` is any other authority's permit."""

    SINGLE = "single"
    GENERAL = "general"
    RECORD = "record"
    OTHER = "other"


class LicenceState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUSPENDED = "suspended"


class LicenceMove(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    SUSPEND = "suspend"
    RESTORE = "restore"


class StatementState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    MORE = "more"  # something is missing; the buyer sends another version
    REPLACED = "replaced"


class StatementMove(StrEnum):
    ACCEPT = "accept"
    ASK = "ask"
    REPLACE = "replace"


class ReportState(StrEnum):
    SUSPECTED = "suspected"  # one person has said so; everything stands still
    DUE = "due"  # another agrees: the authority is to be told
    DISMISSED = "dismissed"
    SENT = "sent"
    CLOSED = "closed"


class ReportMove(StrEnum):
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    SEND = "send"
    CLOSE = "close"


F, FM = FindingState, FindingMove
FINDING_MOVES = {
    (F.OPEN, FM.CLEAR): F.CLEARED,
    (F.OPEN, FM.CONFIRM): F.CONFIRMED,
    (F.CLEARED, FM.CONFIRM): F.CONFIRMED,
    (F.CONFIRMED, FM.CLEAR): F.CLEARED,
}
L, LM = LicenceState, LicenceMove
LICENCE_MOVES = {
    (L.SUBMITTED, LM.ACCEPT): L.ACCEPTED,
    (L.SUBMITTED, LM.REFUSE): L.REFUSED,
    (L.ACCEPTED, LM.SUSPEND): L.SUSPENDED,
    (L.SUSPENDED, LM.RESTORE): L.ACCEPTED,
}
S, SM = StatementState, StatementMove
STATEMENT_MOVES = {
    (S.SUBMITTED, SM.ACCEPT): S.ACCEPTED,
    (S.SUBMITTED, SM.ASK): S.MORE,
    (S.SUBMITTED, SM.REPLACE): S.REPLACED,
    (S.ACCEPTED, SM.ASK): S.MORE,
    (S.ACCEPTED, SM.REPLACE): S.REPLACED,
    (S.MORE, SM.REPLACE): S.REPLACED,
}
R, RM = ReportState, ReportMove
REPORT_MOVES = {
    (R.SUSPECTED, RM.CONFIRM): R.DUE,
    (R.SUSPECTED, RM.DISMISS): R.DISMISSED,
    (R.DUE, RM.SEND): R.SENT,
    (R.SENT, RM.CLOSE): R.CLOSED,
}
KINDS = {
    Kind.PROHIBITED: N_("Prohibited"),
    Kind.LICENCE: N_("Licence needed"),
    Kind.DUAL_USE: N_("Dual-use"),
}
POINTS = {
    Point.LISTING: N_("Listing"),
    Point.QUOTATION: N_("Quotation"),
    Point.CONTRACT: N_("Contract"),
    Point.SHIPMENT: N_("Shipment"),
}
FINDINGS = {F.OPEN: N_("Open"), F.CLEARED: N_("Not these goods"), F.CONFIRMED: N_("These goods")}
FORMS = {
    LicenceForm.SINGLE: N_("Licence for one export"),
    LicenceForm.GENERAL: N_("General licence"),
    LicenceForm.RECORD: N_("Certificate of record"),
    LicenceForm.OTHER: N_("Another authority's permit"),
}
LICENCES = {
    L.SUBMITTED: N_("Being read"),
    L.ACCEPTED: N_("Accepted"),
    L.REFUSED: N_("Not accepted"),
    L.SUSPENDED: N_("Suspended"),
}
STATEMENTS = {
    S.SUBMITTED: N_("Being read"),
    S.ACCEPTED: N_("Accepted"),
    S.MORE: N_("Something is missing"),
    S.REPLACED: N_("Replaced by a later one"),
}
REPORTS = {
    R.SUSPECTED: N_("Suspected; another person has to agree"),
    R.DUE: N_("To be reported"),
    R.DISMISSED: N_("Dismissed"),
    R.SENT: N_("Reported"),
    R.CLOSED: N_("Closed"),
}
