"""The life of a product, and of each version of what it says.

A published product stays published while a new version of it is reviewed: the versions move, the product does not.
"""

from enum import StrEnum


class ProductState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"  # a notice of somebody's right stands against it
    PAUSED = "paused"  # beyond what its company's plan has room for


class ProductMove(StrEnum):
    SUBMIT = "submit"
    PUBLISH = "publish"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    STOP = "stop"
    RESTORE = "restore"
    PAUSE = "pause"
    RESUME = "resume"


class RevisionState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    LIVE = "live"
    REJECTED = "rejected"
    RECALLED = "recalled"
    RETIRED = "retired"


class RevisionMove(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    RECALL = "recall"
    RETIRE = "retire"


class ImportState(StrEnum):
    CHECKING = "checking"
    CHECKED = "checked"
    UNREADABLE = "unreadable"
    RUNNING = "running"
    DONE = "done"
    DISCARDED = "discarded"


class ImportMove(StrEnum):
    PASS = "pass"  # noqa: S105  a move, no password
    FAIL = "fail"
    CONFIRM = "confirm"
    FINISH = "finish"
    DISCARD = "discard"


P, M = ProductState, ProductMove
PRODUCT_MOVES = {
    (P.DRAFT, M.SUBMIT): P.SUBMITTED,
    (P.SUBMITTED, M.PUBLISH): P.PUBLISHED,
    (P.SUBMITTED, M.REJECT): P.REJECTED,
    (P.REJECTED, M.SUBMIT): P.SUBMITTED,
    (P.WITHDRAWN, M.SUBMIT): P.SUBMITTED,
    (P.DRAFT, M.WITHDRAW): P.WITHDRAWN,
    (P.SUBMITTED, M.WITHDRAW): P.WITHDRAWN,
    (P.REJECTED, M.WITHDRAW): P.WITHDRAWN,
    (P.PUBLISHED, M.WITHDRAW): P.WITHDRAWN,
    (P.PUBLISHED, M.STOP): P.STOPPED,
    (P.STOPPED, M.RESTORE): P.PUBLISHED,
    (P.STOPPED, M.WITHDRAW): P.WITHDRAWN,
    (P.PUBLISHED, M.PAUSE): P.PAUSED,
    (P.PAUSED, M.RESUME): P.PUBLISHED,
    (P.PAUSED, M.WITHDRAW): P.WITHDRAWN,
}

R, V = RevisionState, RevisionMove
REVISION_MOVES = {
    (R.DRAFT, V.SUBMIT): R.SUBMITTED,
    (R.SUBMITTED, V.ACCEPT): R.LIVE,
    (R.SUBMITTED, V.REJECT): R.REJECTED,
    (R.SUBMITTED, V.RECALL): R.RECALLED,
    (R.LIVE, V.RETIRE): R.RETIRED,
}

I, N = ImportState, ImportMove  # noqa: E741  beside P, M, R and V
IMPORT_MOVES = {
    (I.CHECKING, N.PASS): I.CHECKED,
    (I.CHECKING, N.FAIL): I.UNREADABLE,
    (I.CHECKED, N.CONFIRM): I.RUNNING,
    (I.CHECKED, N.DISCARD): I.DISCARDED,
    (I.RUNNING, N.FINISH): I.DONE,
}
