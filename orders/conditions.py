"""A milestone's conditions in the reader's words, for quotation, contract and order alike."""

from app.core.i18n import _, _n, format_date, format_number
from orders.milestones import EVIDENCE, KINDS, Approver, Conditions, Due, Evidence, MilestoneKind, Silence, Since


def name(kind: str) -> str:
    return _(KINDS[MilestoneKind(kind)])


def evidence(c: Conditions) -> str:
    return _(EVIDENCE[c.evidence])


def due(c: Conditions) -> str:
    """When it is to be paid into protected payment."""
    match c.due:
        case Due.SIGNING:
            return _n("within %(num)s day after signing", "within %(num)s days after signing", _days(c.due_days)) % {
                "num": c.due_days
            }
        case Due.PRODUCTION:
            return _("before production begins")
        case Due.SHIPMENT:
            return _("before shipment")
        case Due.SHIPPED:
            return _n("within %(num)s day after shipment", "within %(num)s days after shipment", _days(c.due_days)) % {
                "num": c.due_days
            }


def deadline(c: Conditions) -> str:
    """By when its evidence comes; empty where the goods' acceptance releases it."""
    days = {"num": c.days}
    match c.since:
        case Since.EFFECT:
            return _n("within %(num)s day after signing", "within %(num)s days after signing", _days(c.days)) % days
        case Since.HELD:
            return (
                _n(
                    "within %(num)s day after the money is held",
                    "within %(num)s days after the money is held",
                    _days(c.days),
                )
                % days
            )
        case Since.SHIPPED:
            return _n("within %(num)s day after shipment", "within %(num)s days after shipment", _days(c.days)) % days
        case Since.DATE if c.on is not None:
            return _("by %(day)s") % {"day": format_date(c.on)}
    return ""


def answer(c: Conditions, acceptance_days: int | None = None) -> str:
    """Who answers the evidence, in what time, and what silence means."""
    if c.evidence is Evidence.ACCEPTANCE:
        if acceptance_days is None:
            return _("The buyer accepts the goods; silence past the time for acceptance counts as acceptance.")
        return _n(
            "The buyer accepts the goods within %(num)s day after delivery; silence counts as acceptance.",
            "The buyer accepts the goods within %(num)s days after delivery; silence counts as acceptance.",
            acceptance_days,
        ) % {"num": acceptance_days}
    if c.approver is Approver.DOCUMENT:
        return _("Nobody has to answer: the document counts if it is in order on its face.")
    silence = {
        Silence.ACCEPTED: _n(
            "The buyer answers within %(num)s day; silence counts as acceptance.",
            "The buyer answers within %(num)s days; silence counts as acceptance.",
            _days(c.answer_days),
        ),
        Silence.REMINDER: _n(
            "The buyer answers within %(num)s day; silence releases nothing, the buyer is reminded.",
            "The buyer answers within %(num)s days; silence releases nothing, the buyer is reminded.",
            _days(c.answer_days),
        ),
    }
    return silence[c.silence] % {"num": c.answer_days}


def refundable(c: Conditions) -> str:
    """What stays held after the evidence was accepted; empty when nothing does."""
    if not c.refundable:
        return ""
    return _(
        "%(share)s percent of it stays held until the goods are accepted, and goes back if the deal is called off."
    ) % {"share": format_number(c.refundable)}


def lines(c: Conditions, acceptance_days: int | None = None) -> list[str]:
    """All of it, a sentence each."""
    until = deadline(c)
    released = _("Released against: %(evidence)s") % {"evidence": evidence(c)}
    said = [
        _("To be paid %(due)s") % {"due": due(c)},
        f"{released} ({until})" if until else released,
        answer(c, acceptance_days),
        refundable(c),
    ]
    return [line for line in said if line]


def _days(days: int | None) -> int:
    return days or 0
