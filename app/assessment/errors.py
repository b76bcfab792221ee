"""What can go wrong with an assessment."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class AssessmentNotFound(NotFound):
    """No such assessment, nor anything of that name in it."""

    code = "assessment_not_found"


class TitleNotFound(NotFound):
    code = "assessment_title_not_found"


class SecondPersonNeeded(Conflict):
    """Whoever proposed it does not decide it."""

    code = "assessment_second_person_needed"


class OwnAssessment(Forbidden):
    """Whoever answers for the operator does not assess it."""

    code = "assessment_of_oneself"


class NotFinal(Conflict):
    """Figures of the period are not final. Fact `missing`: which closes."""

    code = "assessment_figures_not_final"


class NotReady(Conflict):
    """Something else has to be done first."""

    code = "assessment_not_ready"


class ProposalWaits(Conflict):
    """A proposal waits for a second person; until then nothing it rests on changes."""

    code = "assessment_proposal_waits"


class NotWhatFollows(Invalid):
    """Score and vetoes ask for another decision. Fact `asked`."""

    code = "assessment_not_what_follows"


class WrongRules(Invalid):
    code = "assessment_rules_wrong"
