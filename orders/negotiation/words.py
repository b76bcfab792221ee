"""The trade's words on negotiation's pages, in the reader's language."""

from decimal import Decimal

from app.core.i18n import N_, _, current_locale, format_number
from orders.incoterms import INCOTERMS, Mode, Rule
from orders.milestones import MilestoneKind
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
MILESTONES = {MilestoneKind.DEPOSIT: N_("Deposit"), MilestoneKind.BALANCE: N_("Balance")}
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


def payment(offer: Offer) -> str:
    """`30 % deposit, 70 % balance`."""
    parts = [f"{format_number(share.percent)}\u00a0% {_(MILESTONES[share.kind])}" for share in offer.milestones]
    return ("、" if current_locale().startswith("zh") else ", ").join(parts)


def reason(text: str) -> str:
    """A reason as it was typed, or the platform's own in the reader's language."""
    return _(_REASONS[text]) if text in _REASONS else text
