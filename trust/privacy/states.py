"""The life of a person's request, of an export and of an erasure; and the words for each."""

from enum import StrEnum

from app.core.i18n import N_


class Kind(StrEnum):
    """What a person may ask: PIPL art. 44-48; GDPR art. 15-21."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    PORTABILITY = "portability"


class RequestState(StrEnum):
    FILED = "filed"  # the link in the letter was not opened yet
    OPEN = "open"
    TAKEN = "taken"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class RequestMove(StrEnum):
    CONFIRM = "confirm"
    LAPSE = "lapse"
    TAKE = "take"
    GIVE_BACK = "give_back"
    GRANT = "grant"
    GRANT_PARTLY = "grant_partly"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class ExportState(StrEnum):
    MAKING = "making"
    READY = "ready"
    GONE = "gone"


class ExportMove(StrEnum):
    FINISH = "finish"
    EXPIRE = "expire"


class ErasureState(StrEnum):
    ASKED = "asked"
    CANCELLED = "cancelled"
    DONE = "done"


class ErasureMove(StrEnum):
    CANCEL = "cancel"
    ERASE = "erase"


S, M = RequestState, RequestMove
REQUEST_MOVES = {
    (S.FILED, M.CONFIRM): S.OPEN,
    (S.FILED, M.LAPSE): S.LAPSED,
    (S.OPEN, M.TAKE): S.TAKEN,
    (S.TAKEN, M.GIVE_BACK): S.OPEN,
    (S.TAKEN, M.GRANT): S.GRANTED,
    (S.TAKEN, M.GRANT_PARTLY): S.PARTLY,
    (S.TAKEN, M.REFUSE): S.REFUSED,
    (S.OPEN, M.WITHDRAW): S.WITHDRAWN,
    (S.TAKEN, M.WITHDRAW): S.WITHDRAWN,
}
ANSWERS = (M.GRANT, M.GRANT_PARTLY, M.REFUSE)
WAITING = (S.OPEN, S.TAKEN)
ANSWERED = (S.GRANTED, S.PARTLY, S.REFUSED)
OVER = (*ANSWERED, S.WITHDRAWN, S.LAPSED)
X, Y = ExportState, ExportMove
EXPORT_MOVES = {(X.MAKING, Y.FINISH): X.READY, (X.READY, Y.EXPIRE): X.GONE, (X.MAKING, Y.EXPIRE): X.GONE}
ERASURE_MOVES = {
    (ErasureState.ASKED, ErasureMove.CANCEL): ErasureState.CANCELLED,
    (ErasureState.ASKED, ErasureMove.ERASE): ErasureState.DONE,
}

KINDS = {
    Kind.ACCESS: N_("Tell me what you have about me"),
    Kind.CORRECTION: N_("Correct what is wrong"),
    Kind.ERASURE: N_("Erase what you have about me"),
    Kind.RESTRICTION: N_("Keep it, but stop using it"),
    Kind.OBJECTION: N_("I object to how it is used"),
    Kind.PORTABILITY: N_("Give me my data to take along"),
}
NAMES = {
    Kind.ACCESS: N_("Access"),
    Kind.CORRECTION: N_("Correction"),
    Kind.ERASURE: N_("Erasure"),
    Kind.RESTRICTION: N_("Restriction of use"),
    Kind.OBJECTION: N_("Objection"),
    Kind.PORTABILITY: N_("Portability"),
}
LAWS = {
    Kind.ACCESS: "PIPL 45; GDPR 15",
    Kind.CORRECTION: "PIPL 46; GDPR 16",
    Kind.ERASURE: "PIPL 47; GDPR 17",
    Kind.RESTRICTION: "PIPL 44; GDPR 18",
    Kind.OBJECTION: "PIPL 44, 24; GDPR 21",
    Kind.PORTABILITY: "PIPL 45; GDPR 20",
}
STATES = {
    S.FILED: N_("Not confirmed yet"),
    S.OPEN: N_("Waiting for somebody"),
    S.TAKEN: N_("Being worked on"),
    S.GRANTED: N_("Done as asked"),
    S.PARTLY: N_("Done in part"),
    S.REFUSED: N_("Refused"),
    S.WITHDRAWN: N_("Taken back"),
    S.LAPSED: N_("Never confirmed"),
}
TONES = {
    S.FILED: "neutral",
    S.OPEN: "waiting",
    S.TAKEN: "waiting",
    S.GRANTED: "settled",
    S.PARTLY: "settled",
    S.REFUSED: "refused",
    S.WITHDRAWN: "neutral",
    S.LAPSED: "neutral",
}
MOVES = {
    M.CONFIRM: N_("You confirmed it"),
    M.LAPSE: N_("It was never confirmed"),
    M.TAKE: N_("Somebody works on it"),
    M.GIVE_BACK: N_("It waits for somebody else"),
    M.GRANT: N_("Done as asked"),
    M.GRANT_PARTLY: N_("Done in part"),
    M.REFUSE: N_("Refused"),
    M.WITHDRAW: N_("Taken back"),
}
