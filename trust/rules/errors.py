"""What can be wrong with rules and agreements."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class RuleNotFound(NotFound):
    """No such rule, or none in force on this day."""

    code = "rule_not_found"


class VersionNotFound(NotFound):
    code = "rule_version_not_found"


class ClauseNotFound(NotFound):
    code = "clause_not_found"


class CommentNotFound(NotFound):
    code = "comment_not_found"


class BadText(Invalid):
    """Not the text of a rule in both languages. Names the field."""

    code = "bad_rule_text"


class ChangePending(Conflict):
    """Another change of this rule is on its way."""

    code = "change_pending"


class AdoptedAlready(Conflict):
    """There is a text in force; from then on every change is consulted on."""

    code = "adopted_already"


class TooSoon(Invalid):
    """The day is nearer than the notice that is owed. Fact `earliest`."""

    code = "notice_too_short"


class TooFar(Invalid):
    """The day is so far off that no later change could be made before it. Fact `latest`."""

    code = "notice_too_long"


class StillOpen(Conflict):
    """The consultation is not over. Fact `until`."""

    code = "consultation_open"


class Unanswered(Conflict):
    """Comments wait for an answer. Fact `waiting`."""

    code = "comments_unanswered"


class ConsultationOver(Conflict):
    code = "consultation_over"


class SamePerson(Conflict):
    """Who drafted a change does not publish it."""

    code = "same_person"


class AnsweredAlready(Conflict):
    code = "answered_already"


class NotTheText(Conflict):
    """The text that was shown is not the one in force any more."""

    code = "agreement_changed"


class ConsentNeeded(Invalid):
    code = "consent_needed"


class ForPeople(Forbidden):
    """A program cannot do this."""

    code = "for_people_only"


class MayNotAgree(Forbidden):
    """Agreeing for a company takes an owner or signatory of it."""

    code = "may_not_agree"


class LicenceNotFound(NotFound):
    code = "licence_not_found"


class BadLicence(Invalid):
    code = "bad_licence"
