"""The trade's words on negotiation's pages, in the reader's language."""

from decimal import Decimal

from app.core.i18n import N_, _, current_locale, format_number
from orders import conditions, presets
from orders.incoterms import INCOTERMS, Mode, Rule
from orders.milestones import EVIDENCE, KINDS, Approver, Due, Evidence, Silence, Since
from orders.negotiation.offer import Offer
from orders.negotiation.rfqs import ANOTHER_CHOSEN
from orders.units import UNITS

CURRENCIES = ("USD", "EUR", "CNY", "GBP", "JPY", "HKD", "AUD", "CAD", "CHF", "SGD", "AED", "KRW", "KWD", "BHD")
MODES = {
    Mode.SEA_CONTAINER: N_("Sea, in a container"),
    Mode.SEA: N_("Sea, loose or bulk"),
    Mode.INLAND_WATERWAY: N_("Inland waterway"),
    Mode.RAIL: N_("Rail"),
    Mode.ROAD: N_("Road"),
    Mode.AIR: N_("Air"),
    Mode.COURIER: N_("Courier"),
    Mode.MULTIMODAL: N_("Several ways, one after the other"),
}
DOUBTS = {
    "sender": N_("It was sent from another address than the one we know."),
    "dmarc": N_("The sender’s domain says that it did not send it."),
    "unproven": N_("Nothing proves that it comes from the sender’s domain (SPF, DKIM)."),
    "reply_to": N_("It asks for answers to another address."),
}
"""What can be wrong with an answer by mail, as `trust.risk.rules.letters` names it."""
DUE = {
    Due.SIGNING: N_("days after signing"),
    Due.PRODUCTION: N_("before production"),
    Due.SHIPMENT: N_("before shipment"),
    Due.SHIPPED: N_("days after shipment"),
}
SINCE = {
    Since.EFFECT: N_("days after signing"),
    Since.HELD: N_("days after the money is held"),
    Since.SHIPPED: N_("days after shipment"),
    Since.DATE: N_("on a day"),
}
APPROVERS = {Approver.BUYER: N_("the buyer"), Approver.DOCUMENT: N_("nobody: the document counts")}
SILENCE = {
    Silence.ACCEPTED: N_("it counts as accepted"),
    Silence.REMINDER: N_("nothing is released, the buyer is reminded"),
}
_REASONS = {ANOTHER_CHOSEN: N_("Another supplier was chosen."), "closed": N_("The request closed without a quotation.")}


def unit_name(code: str) -> str:
    known = UNITS.get(code)
    return known.name(current_locale()) if known else code


def unit_options() -> list[tuple[str, str]]:
    return [(code, unit.name(current_locale())) for code, unit in UNITS.items()]


def rule_options() -> list[tuple[str, str]]:
    return [(rule.value, f"{rule.value} · {_(INCOTERMS[rule].name)}") for rule in Rule]


def mode_options() -> list[tuple[str, str]]:
    return [(mode.value, _(label)) for mode, label in MODES.items()]


def quantity(value: Decimal, unit: str) -> str:
    known = UNITS.get(unit)
    several = known is not None and value != 1 and not current_locale().startswith("zh")
    return f"{format_number(value)} {known.plural if known and several else unit_name(unit)}"


def plan_options() -> dict[str, list[tuple[str, str]]]:
    """What can be chosen for each field of a milestone, and the usual plans."""
    return {
        "plan": [("", _("As set out below")), *((name, _(label)) for name, label in presets.NAMES.items())],
        "kind": [(kind.value, _(label)) for kind, label in KINDS.items()],
        "due": [(due.value, _(label)) for due, label in DUE.items()],
        "evidence": [(evidence.value, _(EVIDENCE[evidence])) for evidence in Evidence],
        "since": [(since.value, _(label)) for since, label in SINCE.items()],
        "approver": [(approver.value, _(label)) for approver, label in APPROVERS.items()],
        "silence": [(silence.value, _(label)) for silence, label in SILENCE.items()],
    }


def payment(offer: Offer) -> str:
    """`30 % deposit, 70 % balance`."""
    parts = [f"{format_number(share.percent)}\u00a0% {_(KINDS[share.kind])}" for share in offer.milestones]
    return ("、" if current_locale().startswith("zh") else ", ").join(parts)


def conditions_of_payment(offer: Offer) -> str:
    """What each payment waits for, in short: `1. within 7 days after signing, bill of lading within 7 days…`."""
    said = []
    for number, milestone in enumerate(offer.plan, 1):
        terms = milestone.terms
        waits = [conditions.due(terms), conditions.evidence(terms), conditions.deadline(terms)]
        kept = (
            _("%(share)s held back") % {"share": f"{format_number(terms.refundable)}\u00a0%"}
            if terms.refundable
            else ""
        )
        said.append(f"{number}. " + " · ".join(part for part in (*waits, kept) if part))
    return "; ".join(said)


def reason(text: str) -> str:
    """A reason as it was typed, or the platform's own in the reader's language."""
    return _(_REASONS[text]) if text in _REASONS else text
