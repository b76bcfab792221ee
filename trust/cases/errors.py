from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class CaseNotFound(NotFound):
    """No such case, or none of the asker's."""

    code = "case_not_found"


class ExhibitNotFound(NotFound):
    code = "exhibit_not_found"


class AlreadyFiled(Conflict):
    """The same company's case about the same thing is still open."""

    code = "already_filed"


class BadFiling(Invalid):
    """A case that cannot be: against oneself, or about something that has nobody to answer."""

    code = "bad_filing"


class NotYourTurn(Forbidden):
    """This step belongs to another side."""

    code = "not_your_turn"


class ConflictOfInterest(Forbidden):
    """The member of staff is a party, or has judged this thing before."""

    code = "conflict_of_interest"


class NotClaimed(Conflict):
    """Whoever judges a case has said before that nothing ties them to its parties."""

    code = "not_claimed"


class BadRuling(Invalid):
    """A ruling that cites what is not there, or shares what is not at stake."""

    code = "bad_ruling"


class TooLate(Conflict):
    """The time for this is over, or it was done once already."""

    code = "too_late"


class TooManyExhibits(Invalid):
    code = "too_many_exhibits"
