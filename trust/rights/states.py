"""The life of a registered right, of a notice, and of each listing that a notice names, readable by both sides.

A notice is decided once; after that every listing goes its own way.
"""

from enum import StrEnum

from app.core.i18n import N_


class RightState(StrEnum):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RightMove(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class NoticeState(StrEnum):
    FILED = "filed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class NoticeMove(StrEnum):
    DECIDE = "decide"
    WITHDRAW = "withdraw"


class ItemState(StrEnum):
    FILED = "filed"
    REFUSED = "refused"
    STOPPED = "stopped"
    COUNTERED = "countered"  # the supplier says that it does not infringe; the fifteen days run
    HELD = "held"  # an authority or a court has it
    RESTORED = "restored"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class ItemMove(StrEnum):
    STOP = "stop"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    COUNTER = "counter"
    PROVE = "prove"
    LAPSE = "lapse"
    YIELD = "yield"
    CLEAR = "clear"
    CONFIRM = "confirm"


R, A = RightState, RightMove
RIGHT_MOVES = {
    (R.SUBMITTED, A.ACCEPT): R.ACCEPTED,
    (R.SUBMITTED, A.REFUSE): R.REFUSED,
    (R.SUBMITTED, A.WITHDRAW): R.WITHDRAWN,
    (R.ACCEPTED, A.WITHDRAW): R.WITHDRAWN,
}
N, D = NoticeState, NoticeMove
NOTICE_MOVES = {
    (N.FILED, D.DECIDE): N.DECIDED,
    (N.FILED, D.WITHDRAW): N.WITHDRAWN,
    (N.DECIDED, D.WITHDRAW): N.WITHDRAWN,
}
S, M = ItemState, ItemMove
ITEM_MOVES = {
    (S.FILED, M.STOP): S.STOPPED,
    (S.FILED, M.REFUSE): S.REFUSED,
    (S.FILED, M.WITHDRAW): S.WITHDRAWN,
    (S.STOPPED, M.COUNTER): S.COUNTERED,
    (S.STOPPED, M.YIELD): S.RESTORED,
    (S.STOPPED, M.CLEAR): S.RESTORED,
    (S.STOPPED, M.CONFIRM): S.CONFIRMED,
    (S.COUNTERED, M.PROVE): S.HELD,
    (S.COUNTERED, M.LAPSE): S.RESTORED,
    (S.COUNTERED, M.YIELD): S.RESTORED,
    (S.COUNTERED, M.CLEAR): S.RESTORED,
    (S.HELD, M.YIELD): S.RESTORED,
    (S.HELD, M.CLEAR): S.RESTORED,
    (S.HELD, M.CONFIRM): S.CONFIRMED,
}
DOWN = (S.STOPPED, S.COUNTERED, S.HELD, S.CONFIRMED)
"""While a listing is in one of these, nobody but its supplier sees it, and it is not sent to review."""
OPEN = (S.FILED, S.STOPPED, S.COUNTERED, S.HELD)
FORWARDED = (S.STOPPED, S.COUNTERED, S.HELD, S.CONFIRMED, S.RESTORED)
"""What the supplier was told of, and sees."""


class RightKind(StrEnum):
    TRADE_MARK = "trade_mark"
    PATENT = "patent"
    UTILITY_MODEL = "utility_model"
    DESIGN = "design"
    COPYRIGHT = "copyright"


def right_key(kind: str, office: str, number: str, title: str) -> str:
    """The same for the same right: its number where it has one."""
    return f"{kind}:{office}:{number or title}".lower()[:300]


class Measure(StrEnum):
    TAKE_DOWN = "take_down"
    BLOCK = "block"
    DISCONNECT = "disconnect"


class Fault(StrEnum):
    WRONG = "wrong"
    MALICIOUS = "malicious"


class Proof(StrEnum):
    COMPLAINT = "complaint"
    LAWSUIT = "lawsuit"


RIGHTS = {
    R.SUBMITTED: N_("Being checked"),
    R.ACCEPTED: N_("Registered"),
    R.REFUSED: N_("Not registered"),
    R.WITHDRAWN: N_("Withdrawn"),
}
NOTICES = {N.FILED: N_("Being checked"), N.DECIDED: N_("Decided"), N.WITHDRAWN: N_("Withdrawn")}
ITEMS = {
    S.FILED: N_("Being checked"),
    S.REFUSED: N_("Notice refused"),
    S.STOPPED: N_("Taken down"),
    S.COUNTERED: N_("Fifteen days run"),
    S.HELD: N_("Before an authority or court"),
    S.RESTORED: N_("Published again"),
    S.CONFIRMED: N_("Infringement confirmed"),
    S.WITHDRAWN: N_("Notice withdrawn"),
}
ENDINGS = {
    M.LAPSE: N_("No complaint or lawsuit within fifteen days"),
    M.YIELD: N_("The right holder took the notice back"),
    M.CLEAR: N_("Found not to infringe"),
    M.CONFIRM: N_("Found to infringe"),
    M.REFUSE: N_("The evidence does not suffice"),
    M.WITHDRAW: N_("Taken back before it was decided"),
}
KINDS = {
    RightKind.TRADE_MARK: N_("Trade mark"),
    RightKind.PATENT: N_("Patent for an invention"),
    RightKind.UTILITY_MODEL: N_("Utility model"),
    RightKind.DESIGN: N_("Design"),
    RightKind.COPYRIGHT: N_("Copyright"),
}
MEASURES = {
    Measure.TAKE_DOWN: N_("Take the listing down"),
    Measure.BLOCK: N_("Block it from search and pages"),
    Measure.DISCONNECT: N_("Disconnect the link"),
}
FAULTS = {Fault.WRONG: N_("Wrong notice"), Fault.MALICIOUS: N_("Malicious notice")}
PROOFS = {Proof.COMPLAINT: N_("Complaint to an authority"), Proof.LAWSUIT: N_("Lawsuit")}
