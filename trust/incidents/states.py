"""The life of an incident and of each duty that it brings; and the words for each."""

from enum import StrEnum

from app.core.i18n import N_


class Nature(StrEnum):
    DISCLOSURE = "disclosure"
    LOSS = "loss"
    INTRUSION = "intrusion"
    OUTAGE = "outage"
    TAMPERING = "tampering"
    OTHER = "other"


class Grade(StrEnum):
    """Of the national grading guide; ordered from the least."""

    GENERAL = "general"
    LARGER = "larger"
    MAJOR = "major"
    EXTREME = "extreme"


class Harm(StrEnum):
    """Risk to the rights of people: GDPR art. 33(1), 34(1)."""

    UNLIKELY = "unlikely"
    RISK = "risk"
    HIGH = "high"


class IncidentState(StrEnum):
    REPORTED = "reported"
    OPEN = "open"
    CONTAINED = "contained"
    CLOSED = "closed"
    DISMISSED = "dismissed"


class IncidentMove(StrEnum):
    ASSESS = "assess"
    DISMISS = "dismiss"
    CONTAIN = "contain"
    REOPEN = "reopen"
    CLOSE = "close"


class DutyState(StrEnum):
    DUE = "due"
    PROPOSED = "proposed"  # somebody proposes not to do it; another person has to agree
    DONE = "done"
    WAIVED = "waived"


class DutyMove(StrEnum):
    DO = "do"
    PROPOSE = "propose"
    AGREE = "agree"
    DECLINE = "decline"


S, M = IncidentState, IncidentMove
INCIDENT_MOVES = {
    (S.REPORTED, M.ASSESS): S.OPEN,
    (S.OPEN, M.ASSESS): S.OPEN,
    (S.CONTAINED, M.ASSESS): S.CONTAINED,
    (S.REPORTED, M.DISMISS): S.DISMISSED,
    (S.OPEN, M.CONTAIN): S.CONTAINED,
    (S.CONTAINED, M.REOPEN): S.OPEN,
    (S.CONTAINED, M.CLOSE): S.CLOSED,
}
STANDING = (S.REPORTED, S.OPEN, S.CONTAINED)
OVER = (S.CLOSED, S.DISMISSED)
D, W = DutyState, DutyMove
DUTY_MOVES = {
    (D.DUE, W.DO): D.DONE,
    (D.PROPOSED, W.DO): D.DONE,
    (D.DUE, W.PROPOSE): D.PROPOSED,
    (D.PROPOSED, W.AGREE): D.WAIVED,
    (D.PROPOSED, W.DECLINE): D.DUE,
}
OUTSTANDING = (D.DUE, D.PROPOSED)

NATURES = {
    Nature.DISCLOSURE: N_("Data disclosed or read by others"),
    Nature.LOSS: N_("Data lost, changed or not to be reached"),
    Nature.INTRUSION: N_("Attack or intrusion"),
    Nature.OUTAGE: N_("Outage"),
    Nature.TAMPERING: N_("Pages or content tampered with"),
    Nature.OTHER: N_("Something else"),
}
GRADES = {
    Grade.GENERAL: N_("General"),
    Grade.LARGER: N_("Larger"),
    Grade.MAJOR: N_("Major"),
    Grade.EXTREME: N_("Particularly major"),
}
HARMS = {
    Harm.UNLIKELY: N_("Unlikely to harm people"),
    Harm.RISK: N_("A risk to people"),
    Harm.HIGH: N_("A high risk to people"),
}
STATES = {
    S.REPORTED: N_("Reported, not assessed yet"),
    S.OPEN: N_("Being handled"),
    S.CONTAINED: N_("Handling is over"),
    S.CLOSED: N_("Closed"),
    S.DISMISSED: N_("No incident"),
}
TONES = {
    S.REPORTED: "refused",
    S.OPEN: "waiting",
    S.CONTAINED: "waiting",
    S.CLOSED: "settled",
    S.DISMISSED: "neutral",
}
DUTY_STATES = {
    D.DUE: N_("Due"),
    D.PROPOSED: N_("Not to be done? Waits for a second person"),
    D.DONE: N_("Done"),
    D.WAIVED: N_("Not needed"),
}
DUTY_TONES = {D.DUE: "waiting", D.PROPOSED: "waiting", D.DONE: "settled", D.WAIVED: "neutral"}
HAPPENED = {
    "incident.reported": N_("Reported"),
    "incident.assessed": N_("Assessed"),
    "incident.noted": N_("Note"),
    "incident.companies": N_("Companies named"),
    "incident.dismissed": N_("Found to be no incident"),
    "incident.contained": N_("Handling ended"),
    "incident.reopened": N_("Taken up again"),
    "incident.closed": N_("Closed"),
    "incident.notice": N_("Notice sent"),
    "duty.done": N_("Duty done"),
    "duty.proposed": N_("Proposed not to do a duty"),
    "duty.agreed": N_("Agreed: the duty is not needed"),
    "duty.declined": N_("Refused: the duty stays"),
    "duty.document": N_("Document of a duty fetched"),
}
