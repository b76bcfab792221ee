"""What can go wrong with an application for the title."""

from app.core.errors import Conflict, Invalid, NotFound


class ApplicationNotFound(NotFound):
    """No such application, nor anything of that name in it."""

    code = "title_application_not_found"


class NotReady(Conflict):
    """Something else has to be done first."""

    code = "title_application_not_ready"


class Incomplete(Invalid):
    """Parts of the dossier are missing. Fact `missing`: code → what it lacks."""

    code = "title_application_incomplete"


class NotWhatFollows(Invalid):
    """What was found asks for something else. Fact `asked`."""

    code = "title_application_not_what_follows"


class SecondPersonNeeded(Conflict):
    """Whoever proposed, named or reviewed does not do this as well."""

    code = "title_application_second_person_needed"


class WrongRules(Invalid):
    code = "title_application_rules_wrong"
