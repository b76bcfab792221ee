"""What can go wrong with an incident."""

from app.core.errors import Conflict, Invalid, NotFound


class IncidentNotFound(NotFound):
    """No such incident, or none that the asker handles or reported."""

    code = "incident_not_found"


class DutyNotFound(NotFound):
    code = "incident_duty_not_found"


class SecondPersonNeeded(Conflict):
    """Whoever reported or proposed it does not decide it."""

    code = "incident_second_person_needed"


class GradeTooLow(Invalid):
    """The counts alone make it one of a higher grade. Fact `least`."""

    code = "incident_grade_too_low"


class DelayUnexplained(Invalid):
    code = "incident_delay_unexplained"


class DutiesOutstanding(Conflict):
    """It is closed once every duty is done or agreed not to be needed."""

    code = "incident_duties_outstanding"


class NobodyToTell(Conflict):
    code = "incident_nobody_to_tell"


class NoticeNeeded(Conflict):
    """People are told by a notice from here."""

    code = "incident_notice_needed"
