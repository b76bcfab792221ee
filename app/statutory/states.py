"""The life of a statutory report, and the words for it."""

from enum import StrEnum

from app.core.i18n import N_
from app.statutory.rules import Kind


class FilingState(StrEnum):
    UPCOMING = "upcoming"
    OPEN = "open"
    PREPARED = "prepared"
    FILED = "filed"
    FILED_LATE = "filed_late"
    DEFERRED = "deferred"
    NOT_DUE = "not_due"


class FilingMove(StrEnum):
    OPEN = "open"
    PREPARE = "prepare"
    CORRECT = "correct"
    FILE = "file"
    FILE_LATE = "file_late"
    DEFER = "defer"
    LET_GO = "let_go"


S, M = FilingState, FilingMove
MOVES = {
    (S.UPCOMING, M.OPEN): S.OPEN,
    (S.OPEN, M.PREPARE): S.PREPARED,
    (S.PREPARED, M.PREPARE): S.PREPARED,
    (S.DEFERRED, M.PREPARE): S.DEFERRED,
    (S.PREPARED, M.FILE): S.FILED,
    (S.PREPARED, M.FILE_LATE): S.FILED_LATE,
    (S.DEFERRED, M.FILE): S.FILED,
    (S.DEFERRED, M.FILE_LATE): S.FILED_LATE,
    (S.FILED, M.CORRECT): S.FILED,
    (S.FILED, M.FILE): S.FILED,
    (S.FILED_LATE, M.CORRECT): S.FILED_LATE,
    (S.FILED_LATE, M.FILE): S.FILED_LATE,
    **{(state, M.DEFER): S.DEFERRED for state in (S.OPEN, S.PREPARED, S.DEFERRED)},
    **{(state, M.LET_GO): S.NOT_DUE for state in (S.UPCOMING, S.OPEN, S.PREPARED, S.DEFERRED)},
}
"""What was filed stays filed: its corrections are filed beside it."""
OUTSTANDING = (S.OPEN, S.PREPARED, S.DEFERRED)
FILED = (S.FILED, S.FILED_LATE)

KINDS = {
    Kind.IDENTITY: N_("Particulars of sellers"),
    Kind.TAX: N_("Tax information of a quarter"),
    Kind.BASIC: N_("Particulars of the platform"),
}
STATES = {
    S.UPCOMING: N_("Not open yet"),
    S.OPEN: N_("To be prepared"),
    S.PREPARED: N_("To be filed"),
    S.FILED: N_("Filed in time"),
    S.FILED_LATE: N_("Filed late"),
    S.DEFERRED: N_("Put off"),
    S.NOT_DUE: N_("Not due"),
}
TONES = {
    S.UPCOMING: "neutral",
    S.OPEN: "waiting",
    S.PREPARED: "waiting",
    S.FILED: "settled",
    S.FILED_LATE: "refused",
    S.DEFERRED: "waiting",
    S.NOT_DUE: "neutral",
}
HAPPENED = {
    "statutory.prepared": N_("Prepared"),
    "statutory.downloaded": N_("File fetched"),
    "statutory.receipt_opened": N_("Receipt opened"),
    "statutory.filed": N_("Filed"),
    "statutory.failed": N_("Sending failed"),
    "statutory.deferred": N_("Put off"),
    "statutory.waiver_proposed": N_("Proposed as not due"),
    "statutory.waiver_refused": N_("Stays due"),
    "statutory.waived": N_("Not due, as two people found"),
}
STATUSES = {
    "new": N_("New"),
    "changed": N_("Changed"),
    "ended": N_("Ended"),
}
