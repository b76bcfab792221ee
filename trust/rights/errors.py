from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class NotEntered(NotFound):
    """Nobody is signed in, and no code was entered in this browser."""

    code = "not_entered"


class RightNotFound(NotFound):
    """No such right, or none of the asker's."""

    code = "right_not_found"


class NoticeNotFound(NotFound):
    """No such notice, or none of the asker's."""

    code = "notice_not_found"


class PaperNotFound(NotFound):
    code = "paper_not_found"


class BadRight(Invalid):
    """Particulars of a right that cannot be so."""

    code = "bad_right"


class BadNotice(Invalid):
    """A notice that is not complete. Its `errors` name the fields."""

    code = "bad_notice"


class AlreadyNotified(Conflict):
    """The same right holder's notice about the same right and listing is still open."""

    code = "already_notified"


class TooLate(Conflict):
    """The time for this is over, or it was done already."""

    code = "too_late"


class NotClaimed(Conflict):
    """Whoever decides has said before that nothing ties them to the sides."""

    code = "not_claimed"


class ConflictOfInterest(Forbidden):
    """The member of staff belongs to a side, or has judged these listings before."""

    code = "conflict_of_interest"


class NotYourTurn(Forbidden):
    """This step belongs to another side."""

    code = "not_your_turn"
