"""The life of a periodic assessment, of what two people decide about it, of what is to be put right, and of the title;
and the words for each."""

from enum import StrEnum

from app.core.i18n import N_


class AssessmentState(StrEnum):
    SCHEDULED = "scheduled"
    DATA_LOCK = "data_lock"
    SELF_REPORT = "self_report"
    VERIFY = "verify"
    SCORED = "scored"
    RECTIFY = "rectify"
    RECHECK = "recheck"
    NOTICE = "notice"
    PASSED = "passed"
    REVOKED = "revoked"


class AssessmentMove(StrEnum):
    LOCK = "lock"
    REPORT = "report"
    DRAW = "draw"
    SCORE = "score"
    PASS = "pass"  # noqa: S105  a decision
    RECTIFY = "rectify"
    NOTIFY = "notify"
    HAND_IN = "hand_in"
    EXPIRE = "expire"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"


class ProposalState(StrEnum):
    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"


class ProposalMove(StrEnum):
    AGREE = "agree"
    DECLINE = "decline"


class ItemState(StrEnum):
    """Of one thing to be put right."""

    OPEN = "open"
    DONE = "done"
    ACCEPTED = "accepted"


class ItemMove(StrEnum):
    DO = "do"
    ACCEPT = "accept"
    REFUSE = "refuse"


class TitleState(StrEnum):
    PROPOSED = "proposed"
    HELD = "held"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVOKED = "revoked"


class TitleMove(StrEnum):
    AGREE = "agree"
    DECLINE = "decline"
    EXPIRE = "expire"
    REVOKE = "revoke"


class Finding(StrEnum):
    """What came of looking at one order of the sample."""

    AGREES = "agrees"
    DIFFERS = "differs"
    MISSING = "missing"


class Chapter(StrEnum):
    SCALE = "scale"
    GROWTH = "growth"
    RENEWAL = "renewal"
    TRUST = "trust"
    QUALITY = "quality"
    LAWFUL = "lawful"
    SERVICE = "service"


class Veto(StrEnum):
    FORGED = "forged"
    VIOLATION = "violation"
    INCIDENT = "incident"
    REFUSAL = "refusal"


S, M = AssessmentState, AssessmentMove
ASSESSMENT_MOVES = {
    (S.SCHEDULED, M.LOCK): S.DATA_LOCK,
    (S.DATA_LOCK, M.REPORT): S.SELF_REPORT,
    (S.SELF_REPORT, M.DRAW): S.VERIFY,
    (S.VERIFY, M.SCORE): S.SCORED,
    (S.SCORED, M.SCORE): S.SCORED,
    (S.RECHECK, M.SCORE): S.RECHECK,
    (S.SCORED, M.PASS): S.PASSED,
    (S.SCORED, M.RECTIFY): S.RECTIFY,
    (S.SCORED, M.NOTIFY): S.NOTICE,
    (S.RECTIFY, M.HAND_IN): S.RECHECK,
    (S.RECTIFY, M.EXPIRE): S.RECHECK,
    (S.RECHECK, M.PASS): S.PASSED,
    (S.RECHECK, M.NOTIFY): S.NOTICE,
    (S.NOTICE, M.REVOKE): S.REVOKED,
    (S.NOTICE, M.WITHDRAW): S.SCORED,
}
STANDING = (S.SCHEDULED, S.DATA_LOCK, S.SELF_REPORT, S.VERIFY, S.SCORED, S.RECTIFY, S.RECHECK, S.NOTICE)
OVER = (S.PASSED, S.REVOKED)
DECIDED_BY_TWO = (M.PASS, M.RECTIFY, M.NOTIFY, M.REVOKE, M.WITHDRAW)
BEFORE_THE_DRAW = (S.DATA_LOCK, S.SELF_REPORT)
PROPOSAL_MOVES = {
    (ProposalState.OPEN, ProposalMove.AGREE): ProposalState.AGREED,
    (ProposalState.OPEN, ProposalMove.DECLINE): ProposalState.DECLINED,
}
ITEM_MOVES = {
    (ItemState.OPEN, ItemMove.DO): ItemState.DONE,
    (ItemState.DONE, ItemMove.ACCEPT): ItemState.ACCEPTED,
    (ItemState.DONE, ItemMove.REFUSE): ItemState.OPEN,
}
TITLE_MOVES = {
    (TitleState.PROPOSED, TitleMove.AGREE): TitleState.HELD,
    (TitleState.PROPOSED, TitleMove.DECLINE): TitleState.DECLINED,
    (TitleState.HELD, TitleMove.EXPIRE): TitleState.EXPIRED,
    (TitleState.HELD, TitleMove.REVOKE): TitleState.REVOKED,
}

STATES = {
    S.SCHEDULED: N_("Scheduled"),
    S.DATA_LOCK: N_("Data locked"),
    S.SELF_REPORT: N_("Self-report received"),
    S.VERIFY: N_("Orders are being checked"),
    S.SCORED: N_("Scored"),
    S.RECTIFY: N_("To be put right in time"),
    S.RECHECK: N_("Being checked again"),
    S.NOTICE: N_("Notice of revocation"),
    S.PASSED: N_("Passed"),
    S.REVOKED: N_("Title revoked"),
}
TONES = {
    S.SCHEDULED: "neutral",
    S.DATA_LOCK: "waiting",
    S.SELF_REPORT: "waiting",
    S.VERIFY: "waiting",
    S.SCORED: "waiting",
    S.RECTIFY: "waiting",
    S.RECHECK: "waiting",
    S.NOTICE: "refused",
    S.PASSED: "settled",
    S.REVOKED: "refused",
}
DECISIONS = {
    M.PASS: N_("Passed"),
    M.RECTIFY: N_("To be put right in time"),
    M.NOTIFY: N_("Notice that the title is to be revoked"),
    M.REVOKE: N_("Title revoked"),
    M.WITHDRAW: N_("Notice withdrawn; to be decided anew"),
}
ITEM_STATES = {ItemState.OPEN: N_("Open"), ItemState.DONE: N_("Said to be done"), ItemState.ACCEPTED: N_("Accepted")}
ITEM_TONES = {ItemState.OPEN: "waiting", ItemState.DONE: "waiting", ItemState.ACCEPTED: "settled"}
TITLE_STATES = {
    TitleState.PROPOSED: N_("Waits for a second person"),
    TitleState.HELD: N_("Held"),
    TitleState.DECLINED: N_("Not confirmed"),
    TitleState.EXPIRED: N_("No longer valid"),
    TitleState.REVOKED: N_("Revoked"),
}
TITLE_TONES = {
    TitleState.PROPOSED: "waiting",
    TitleState.HELD: "settled",
    TitleState.DECLINED: "neutral",
    TitleState.EXPIRED: "neutral",
    TitleState.REVOKED: "refused",
}
FINDINGS = {
    Finding.AGREES: N_("Papers and record agree"),
    Finding.DIFFERS: N_("Papers and record differ"),
    Finding.MISSING: N_("Papers were not shown"),
}
FINDING_TONES = {Finding.AGREES: "settled", Finding.DIFFERS: "refused", Finding.MISSING: "refused"}
CHAPTERS = {
    Chapter.SCALE: N_("Scale"),
    Chapter.GROWTH: N_("Growth"),
    Chapter.RENEWAL: N_("Renewal"),
    Chapter.TRUST: N_("Trust"),
    Chapter.QUALITY: N_("Quality"),
    Chapter.LAWFUL: N_("Lawful operation"),
    Chapter.SERVICE: N_("Service"),
}
MEANINGS = {
    Chapter.SCALE: N_("Users, traffic and transactions (I-02, I-03, I-05)"),
    Chapter.GROWTH: N_("Against the year before, with the three growth series"),
    Chapter.RENEWAL: N_("Memberships renewed (I-04)"),
    Chapter.TRUST: N_("Verification, complaints and intellectual property (I-06, I-08, I-09)"),
    Chapter.QUALITY: N_("Quality and safety of products (I-07, I-11)"),
    Chapter.LAWFUL: N_("Penalties, reports on time, sanctions (I-10)"),
    Chapter.SERVICE: N_("Functions for traders, brands and support (I-12)"),
}
VETOES = {
    Veto.FORGED: N_("Forged data: self-report and recount differ by more than is allowed"),
    Veto.VIOLATION: N_("Serious violation, confirmed by an authority"),
    Veto.INCIDENT: N_("Major incident that was not reported"),
    Veto.REFUSAL: N_("Inspection refused"),
}
HAPPENED = {
    "assessment.scheduled": N_("Scheduled"),
    "assessment.locked": N_("Data locked"),
    "assessment.seed": N_("Seed published"),
    "assessment.reported": N_("Self-report handed in"),
    "assessment.drawn": N_("Orders drawn"),
    "assessment.found": N_("Order checked"),
    "assessment.scored": N_("Scored"),
    "assessment.veto": N_("Veto entered"),
    "assessment.veto_lifted": N_("Veto lifted"),
    "assessment.proposed": N_("Decision proposed"),
    "assessment.agreed": N_("Decision agreed by a second person"),
    "assessment.declined": N_("Decision refused by a second person"),
    "assessment.item_noted": N_("Progress noted"),
    "assessment.item_done": N_("Said to be put right"),
    "assessment.item_accepted": N_("Accepted as put right"),
    "assessment.item_refused": N_("Not put right"),
    "assessment.handed_in": N_("Handed in to be checked again"),
    "assessment.expired": N_("The time to put it right was over"),
    "assessment.statement": N_("Statement of the operator"),
    "assessment.statement_over": N_("The time for a statement was over"),
}
