"""The life of one request to be verified."""

from enum import StrEnum

from app.core.i18n import N_


class RequestState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MORE = "more"
    WITHDRAWN = "withdrawn"


class RequestMove(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    ASK_MORE = "ask_more"
    ANSWER = "answer"
    WITHDRAW = "withdraw"


MOVES = {
    (RequestState.SUBMITTED, RequestMove.ACCEPT): RequestState.ACCEPTED,
    (RequestState.SUBMITTED, RequestMove.REJECT): RequestState.REJECTED,
    (RequestState.SUBMITTED, RequestMove.ASK_MORE): RequestState.MORE,
    (RequestState.SUBMITTED, RequestMove.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.MORE, RequestMove.ANSWER): RequestState.SUBMITTED,
    (RequestState.MORE, RequestMove.WITHDRAW): RequestState.WITHDRAWN,
}
LABELS = {
    RequestState.SUBMITTED: N_("Under review"),
    RequestState.ACCEPTED: N_("Confirmed"),
    RequestState.REJECTED: N_("Refused"),
    RequestState.MORE: N_("More is needed"),
    RequestState.WITHDRAWN: N_("Withdrawn"),
}
OPEN = frozenset({RequestState.SUBMITTED, RequestState.MORE})
"""A company has one such request at most."""
OVER = frozenset({RequestState.REJECTED, RequestState.MORE, RequestState.WITHDRAWN})
"""Not accepted: forgotten a year after they were decided or withdrawn, also when the company never answered."""
