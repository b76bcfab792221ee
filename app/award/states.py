"""The life of an application, of its reviewers, of the result and of objections; and the words for each."""

from enum import StrEnum

from app.assessment.states import PROPOSAL_MOVES, ProposalMove, ProposalState
from app.core.i18n import N_

__all__ = ["PROPOSAL_MOVES", "ProposalMove", "ProposalState"]


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    FORMAL_CHECK = "formal_check"
    RETURNED = "returned"
    COMMITTEE_REVIEW = "committee_review"
    PROPOSED = "proposed"
    PUBLICITY = "publicity"
    AWARDED = "awarded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ApplicationMove(StrEnum):
    SUBMIT = "submit"
    TAKE_UP = "take_up"
    RETURN = "return"
    EXPIRE = "expire"
    ADMIT = "admit"
    REFUSE = "refuse"
    PROPOSE = "propose"
    DECLINE = "decline"
    PUBLISH = "publish"
    REOPEN = "reopen"
    AWARD = "award"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class ReviewerState(StrEnum):
    NAMED = "named"
    FREE = "free"
    SCORED = "scored"
    CONFLICTED = "conflicted"
    RELEASED = "released"


class ReviewerMove(StrEnum):
    STATE_NONE = "state_none"
    STATE_CONFLICT = "state_conflict"
    SCORE = "score"
    RELEASE = "release"


class ObjectionState(StrEnum):
    OPEN = "open"
    NOT_UPHELD = "not_upheld"
    UPHELD = "upheld"


class ObjectionMove(StrEnum):
    UPHOLD = "uphold"
    DISMISS = "dismiss"


class Result(StrEnum):
    """What is proposed, published and comes of it."""

    AWARD = "award"
    REJECT = "reject"


class Outcome(StrEnum):
    """What comes of the formal check."""

    ADMIT = "admit"
    RETURN = "return"
    REFUSE = "refuse"


class Upheld(StrEnum):
    """What follows when an objection is right."""

    COMMITTEE = "committee"
    REJECTED = "rejected"


class Need(StrEnum):
    """What a part of the dossier must hold."""

    TEXT = "text"
    FILES = "files"
    SCORES = "scores"


S, M = ApplicationState, ApplicationMove
APPLICATION_MOVES = {
    (S.DRAFT, M.SUBMIT): S.SUBMITTED,
    (S.RETURNED, M.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, M.TAKE_UP): S.FORMAL_CHECK,
    (S.FORMAL_CHECK, M.RETURN): S.RETURNED,
    (S.RETURNED, M.EXPIRE): S.FORMAL_CHECK,
    (S.FORMAL_CHECK, M.ADMIT): S.COMMITTEE_REVIEW,
    (S.FORMAL_CHECK, M.REFUSE): S.REJECTED,
    (S.COMMITTEE_REVIEW, M.PROPOSE): S.PROPOSED,
    (S.PROPOSED, M.DECLINE): S.COMMITTEE_REVIEW,
    (S.PROPOSED, M.PUBLISH): S.PUBLICITY,
    (S.PUBLICITY, M.REOPEN): S.COMMITTEE_REVIEW,
    (S.PUBLICITY, M.AWARD): S.AWARDED,
    (S.PUBLICITY, M.REJECT): S.REJECTED,
    (S.DRAFT, M.WITHDRAW): S.WITHDRAWN,
    (S.SUBMITTED, M.WITHDRAW): S.WITHDRAWN,
    (S.FORMAL_CHECK, M.WITHDRAW): S.WITHDRAWN,
    (S.RETURNED, M.WITHDRAW): S.WITHDRAWN,
    (S.COMMITTEE_REVIEW, M.WITHDRAW): S.WITHDRAWN,
    (S.PROPOSED, M.WITHDRAW): S.WITHDRAWN,
}
OVER = (S.AWARDED, S.REJECTED, S.WITHDRAWN)
WRITTEN_IN = (S.DRAFT, S.RETURNED)
"""While the dossier may be written."""
OUTCOMES = {Outcome.ADMIT: M.ADMIT, Outcome.RETURN: M.RETURN, Outcome.REFUSE: M.REFUSE}
RESULTS = {Result.AWARD: M.AWARD, Result.REJECT: M.REJECT}
R, RM = ReviewerState, ReviewerMove
REVIEWER_MOVES = {
    (R.NAMED, RM.STATE_NONE): R.FREE,
    (R.NAMED, RM.STATE_CONFLICT): R.CONFLICTED,
    (R.FREE, RM.STATE_CONFLICT): R.CONFLICTED,
    (R.FREE, RM.SCORE): R.SCORED,
    (R.NAMED, RM.RELEASE): R.RELEASED,
    (R.FREE, RM.RELEASE): R.RELEASED,
}
GONE = (R.CONFLICTED, R.RELEASED)
OBJECTION_MOVES = {
    (ObjectionState.OPEN, ObjectionMove.UPHOLD): ObjectionState.UPHELD,
    (ObjectionState.OPEN, ObjectionMove.DISMISS): ObjectionState.NOT_UPHELD,
}

STATES = {
    S.DRAFT: N_("Draft"),
    S.SUBMITTED: N_("Dossier handed in"),
    S.FORMAL_CHECK: N_("Formal check"),
    S.RETURNED: N_("Returned to be completed"),
    S.COMMITTEE_REVIEW: N_("Before the committee"),
    S.PROPOSED: N_("Result proposed"),
    S.PUBLICITY: N_("Open to objections"),
    S.AWARDED: N_("Title awarded"),
    S.REJECTED: N_("Not awarded"),
    S.WITHDRAWN: N_("Withdrawn"),
}
TONES = {
    S.DRAFT: "neutral",
    S.SUBMITTED: "waiting",
    S.FORMAL_CHECK: "waiting",
    S.RETURNED: "waiting",
    S.COMMITTEE_REVIEW: "waiting",
    S.PROPOSED: "waiting",
    S.PUBLICITY: "waiting",
    S.AWARDED: "settled",
    S.REJECTED: "refused",
    S.WITHDRAWN: "neutral",
}
REVIEWER_STATES = {
    R.NAMED: N_("Named; statement awaited"),
    R.FREE: N_("No conflict of interest"),
    R.SCORED: N_("Score sheet in"),
    R.CONFLICTED: N_("Conflict of interest"),
    R.RELEASED: N_("Released"),
}
REVIEWER_TONES = {
    R.NAMED: "waiting",
    R.FREE: "waiting",
    R.SCORED: "settled",
    R.CONFLICTED: "refused",
    R.RELEASED: "neutral",
}
OBJECTION_STATES = {
    ObjectionState.OPEN: N_("To be decided"),
    ObjectionState.NOT_UPHELD: N_("Not upheld"),
    ObjectionState.UPHELD: N_("Upheld"),
}
OBJECTION_TONES = {
    ObjectionState.OPEN: "waiting",
    ObjectionState.NOT_UPHELD: "neutral",
    ObjectionState.UPHELD: "settled",
}
NEEDS = {Need.TEXT: N_("text"), Need.FILES: N_("file"), Need.SCORES: N_("scores of every chapter")}
RESULT_WORDS = {Result.AWARD: N_("Award the title"), Result.REJECT: N_("Do not award the title")}
OUTCOME_WORDS = {
    Outcome.ADMIT: N_("Admit to the committee"),
    Outcome.RETURN: N_("Return to be completed"),
    Outcome.REFUSE: N_("Refuse"),
}
UPHELD_WORDS = {
    Upheld.COMMITTEE: N_("Upheld: back to the committee"),
    Upheld.REJECTED: N_("Upheld: the title is not awarded"),
}
HAPPENED = {
    "award.opened": N_("Application begun"),
    "award.submitted": N_("Dossier handed in"),
    "award.taken_up": N_("Formal check begun"),
    "award.admit": N_("Admitted to the committee"),
    "award.return": N_("Returned to be completed"),
    "award.refuse": N_("Refused"),
    "award.expired": N_("The time to complete it was over"),
    "award.named": N_("Reviewers named"),
    "award.stated": N_("Statement on conflicts of interest"),
    "award.released": N_("Reviewer released"),
    "award.sheet": N_("Score sheet handed in"),
    "award.opened_sheets": N_("All score sheets in and opened"),
    "award.proposed": N_("Result proposed"),
    "award.agreed": N_("Agreed by a second person and published"),
    "award.declined": N_("Refused by the second person"),
    "award.objection": N_("Objection received"),
    "award.objector_seen": N_("Name of an objector looked at"),
    "award.objection_decided": N_("Objection decided"),
    "award.publicity_over": N_("The time for objections was over; objections are still open"),
    "award.awarded": N_("Title awarded"),
    "award.rejected": N_("Title not awarded"),
    "award.withdrawn": N_("Withdrawn"),
}
