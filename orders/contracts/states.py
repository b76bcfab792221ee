"""The life of a contract: worked on, frozen, signed by both, in force. Law: PRC Civil Code art. 469, 491.

Also that of a request by one side which takes the other's assent, such as to open a frozen text again.
"""

from enum import StrEnum

from app.core.i18n import N_


class ContractState(StrEnum):
    DRAFT = "draft"
    LOCKED = "locked"
    SIGNING = "signing"
    EFFECTIVE = "effective"
    PERFORMED = "performed"
    AMENDED = "amended"
    TERMINATED = "terminated"
    VOID = "void"


class ContractMove(StrEnum):
    LOCK = "lock"
    UNLOCK = "unlock"
    PREPARE = "prepare"
    TAKE_EFFECT = "take_effect"
    PERFORM = "perform"
    AMEND = "amend"
    TERMINATE = "terminate"
    DECLINE = "decline"
    ANNUL = "annul"
    EXPIRE = "expire"


S, M = ContractState, ContractMove
MOVES = {
    (S.DRAFT, M.LOCK): S.LOCKED,
    (S.LOCKED, M.PREPARE): S.SIGNING,
    (S.LOCKED, M.UNLOCK): S.DRAFT,
    (S.SIGNING, M.UNLOCK): S.DRAFT,
    (S.SIGNING, M.TAKE_EFFECT): S.EFFECTIVE,
    (S.EFFECTIVE, M.PERFORM): S.PERFORMED,
    (S.EFFECTIVE, M.AMEND): S.AMENDED,
    (S.EFFECTIVE, M.TERMINATE): S.TERMINATED,
    (S.DRAFT, M.DECLINE): S.VOID,
    (S.LOCKED, M.DECLINE): S.VOID,
    (S.SIGNING, M.DECLINE): S.VOID,
    (S.SIGNING, M.ANNUL): S.VOID,
    (S.DRAFT, M.EXPIRE): S.VOID,
    (S.LOCKED, M.EXPIRE): S.VOID,
    (S.SIGNING, M.EXPIRE): S.VOID,
}
OVER = (S.PERFORMED, S.TERMINATED, S.VOID)
UNSIGNED = (S.DRAFT, S.LOCKED, S.SIGNING)
"""States of a contract that does not bind yet, and ends by itself if nothing is done."""

LABELS = {
    S.DRAFT: N_("Draft"),
    S.LOCKED: N_("Being prepared"),
    S.SIGNING: N_("To be signed"),
    S.EFFECTIVE: N_("In force"),
    S.PERFORMED: N_("Performed"),
    S.AMENDED: N_("Replaced by an amendment"),
    S.TERMINATED: N_("Ended by agreement"),
    S.VOID: N_("Void"),
}


class RequestKind(StrEnum):
    """What takes both sides: to open the frozen text again, or to let the contract go while it is being signed."""

    UNLOCK = "unlock"
    ANNUL = "annul"


class RequestState(StrEnum):
    OPEN = "open"
    ASSENTED = "assented"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class RequestMove(StrEnum):
    ASSENT = "assent"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


REQUEST_MOVES = {
    (RequestState.OPEN, RequestMove.ASSENT): RequestState.ASSENTED,
    (RequestState.OPEN, RequestMove.REFUSE): RequestState.REFUSED,
    (RequestState.OPEN, RequestMove.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.OPEN, RequestMove.LAPSE): RequestState.LAPSED,
}
