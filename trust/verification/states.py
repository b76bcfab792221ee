"""The life of one request to be verified."""

from enum import StrEnum

from app.core.i18n import N_


class RequestState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MORE = "more"


class RequestMove(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    ASK_MORE = "ask_more"


MOVES = {
    (RequestState.SUBMITTED, RequestMove.ACCEPT): RequestState.ACCEPTED,
    (RequestState.SUBMITTED, RequestMove.REJECT): RequestState.REJECTED,
    (RequestState.SUBMITTED, RequestMove.ASK_MORE): RequestState.MORE,
}
LABELS = {
    RequestState.SUBMITTED: N_("Under review"),
    RequestState.ACCEPTED: N_("Confirmed"),
    RequestState.REJECTED: N_("Refused"),
    RequestState.MORE: N_("More is needed"),
}
