"""Test payment methods, by the ids Stripe gives them, and what each one does."""

from dataclasses import dataclass
from enum import StrEnum

from payments.sandbox.errors import ApiError


class Outcome(StrEnum):
    SUCCEEDS = "succeeds"
    DECLINED = "declined"
    PROCESSING = "processing"  # succeeds when it settles
    PROCESSING_FAILS = "processing_fails"  # fails when it settles
    ASKS = "asks"  # the payer's bank asks whether it is them; then it succeeds


@dataclass(frozen=True, slots=True)
class Method:
    id: str
    outcome: Outcome
    type: str = "card"
    code: str = ""
    decline_code: str = ""
    message: str = ""
    bypasses_pending: bool = False
    dispute: str = ""  # why the payer's bank disputes it as soon as it has succeeded
    inquiry: bool = False


def _declined(id: str, code: str, decline_code: str, message: str) -> Method:  # noqa: A002  Stripe's own word
    return Method(id, Outcome.DECLINED, code=code, decline_code=decline_code, message=message)


_ALL = (
    Method("pm_card_visa", Outcome.SUCCEEDS),
    Method("pm_card_mastercard", Outcome.SUCCEEDS),
    Method("pm_card_bypassPending", Outcome.SUCCEEDS, bypasses_pending=True),
    Method("pm_card_createDispute", Outcome.SUCCEEDS, dispute="fraudulent"),
    Method("pm_card_createDisputeProductNotReceived", Outcome.SUCCEEDS, dispute="product_not_received"),
    Method("pm_card_createDisputeInquiry", Outcome.SUCCEEDS, dispute="fraudulent", inquiry=True),
    _declined("pm_card_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."),
    _declined("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."),
    _declined(
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    _declined("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "Your card has expired."),
    Method("pm_card_authenticationRequired", Outcome.ASKS),
    Method("pm_usBankAccount_success", Outcome.PROCESSING, type="us_bank_account"),
    Method(
        "pm_usBankAccount_insufficientFunds",
        Outcome.PROCESSING_FAILS,
        type="us_bank_account",
        code="payment_method_customer_decline",
        message="The customer's bank account has insufficient funds.",
    ),
)
METHODS = {method.id: method for method in _ALL}


def named(id: str) -> Method:  # noqa: A002  Stripe's own word
    """Raises resource_missing for an id that is no test method."""
    try:
        return METHODS[id]
    except KeyError:
        raise ApiError(f"No such PaymentMethod: '{id[:80]}'", code="resource_missing", param="payment_method") from None
