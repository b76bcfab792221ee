"""Which ways of paying in are offered here, and with what."""

from dataclasses import dataclass

from app.core.config import Settings
from app.core.i18n import N_, _
from app.core.money import Money
from payments.bank.settings import platform_account
from payments.escrow.funding import Rail
from payments.gateway import Gateway

TEST_METHODS = (
    ("pm_card_visa", N_("Test card that pays")),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", N_("Test card without enough money")),
    ("pm_card_chargeDeclinedExpiredCard", N_("Test card that has expired")),
    ("pm_usBankAccount_success", N_("Test bank debit that takes a while")),
)


@dataclass(frozen=True, slots=True)
class RailOffer:
    code: Rail
    label: str
    text: str


def rails(settings: Settings, gateway: Gateway | None, amount: Money) -> list[RailOffer]:
    """The ways a buyer can pay this amount, the quickest first; empty when none is set up for it."""
    offers: list[RailOffer] = []
    if card_methods(settings) and gateway is not None and gateway.capabilities.takes(amount):
        offers.append(RailOffer("stripe", _("Card or direct debit"), _("Confirmed within seconds, held at once.")))
    if platform_account(settings) is not None:
        text = _("You transfer with a reference; it is held when the bank has it, usually after one or two days.")
        offers.append(RailOffer("bank", _("Bank transfer"), text))
    return offers


def card_methods(settings: Settings) -> list[tuple[str, str]]:
    """The payment methods that the sandbox knows; none against the provider itself, whose own page collects cards."""
    return [(id_, _(label)) for id_, label in TEST_METHODS] if settings.stripe_api_base else []
