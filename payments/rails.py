"""Which ways of paying in are offered here, and with what."""

from dataclasses import dataclass

from app.core.config import Settings
from app.core.i18n import _
from app.core.money import Money
from payments.bank.settings import platform_account
from payments.escrow.funding import Rail
from payments.gateway import Gateway

SANDBOX_KEY = "sk_test_sandbox"
TEST_METHODS = (
    "pm_card_visa",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
    "pm_usBankAccount_success",
)


@dataclass(frozen=True, slots=True)
class RailOffer:
    code: Rail
    label: str
    text: str


def rails(settings: Settings, gateway: Gateway | None, amount: Money) -> list[RailOffer]:
    """The ways a buyer can pay this amount, the quickest first; empty when none is set up for it."""
    offers: list[RailOffer] = []
    if gateway is not None and provider_is_set_up(settings) and gateway.capabilities.takes(amount):
        offers.append(RailOffer("stripe", _("Card or direct debit"), _("Confirmed within seconds, held at once.")))
    if platform_account(settings) is not None:
        text = _("You transfer with a reference; it is held when the bank has it, usually after one or two days.")
        offers.append(RailOffer("bank", _("Bank transfer"), text))
    return offers


def provider_is_set_up(settings: Settings) -> bool:
    """Whether there is a provider to ask: the sandbox, or Stripe with a key of our own."""
    return bool(settings.stripe_api_base) or settings.stripe_secret_key.get_secret_value() != SANDBOX_KEY


def test_methods(settings: Settings) -> tuple[str, ...]:
    """Methods that a program may name against the sandbox. A person pays on the provider's page."""
    return TEST_METHODS if settings.stripe_api_base else ()
