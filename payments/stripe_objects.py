"""Stripe's objects in our words: amounts, states, records. Pure; the calls are in payments/stripe.py.

Stripe counts minor units its own way in a few currencies: no cents for MGA, two zero decimals for ISK and UGX, a last
digit of zero where ISO 4217 has three decimals (docs.stripe.com/currencies).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import stripe

from app.core.money import CURRENCIES, Money, exponent
from payments.capabilities import Capabilities
from payments.gateway import (
    EVIDENCE_LENGTH,
    Account,
    Balance,
    Dispute,
    DisputeState,
    Evidence,
    GatewayRefused,
    PayIn,
    PayInState,
    PayOut,
    ProviderEvent,
    Record,
    Refund,
    Reversal,
    Settlement,
    SettlementKind,
    Transfer,
    TransferState,
)

KEY = "operation"  # metadata: the key of the operation that made the object
REFERENCE = "reference"  # metadata: our own name for what the object is about

_PRESENTMENT = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES
KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP TRY TTD
TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
"""
_REACH = "US GB CA CH AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
_OWN_EXPONENTS = {"ISK": 2, "UGX": 2, "MGA": 0}

CAPABILITIES = Capabilities(
    name="stripe",
    currencies=frozenset(_PRESENTMENT.split()) & CURRENCIES,
    countries=frozenset(_REACH.split()),
    partial_refund=True,
    reversal=True,
    usual_hold_days=90,
    hold_days={"US": 730, "TH": 10},
    usual_digits=8,
    digits={"IDR": 12, "ISK": 6, "UGX": 6, "MGA": 10},
    steps={"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "MGA": 100},
)

_PAY_IN_STATES = {
    "requires_payment_method": PayInState.AWAITING_METHOD,
    "requires_confirmation": PayInState.AWAITING_METHOD,
    "requires_action": PayInState.AWAITING_PAYER,
    "processing": PayInState.PROCESSING,
    "requires_capture": PayInState.AUTHORISED,
    "succeeded": PayInState.SUCCEEDED,
    "canceled": PayInState.CANCELLED,
}
_TRANSFER_STATES = {
    "pending": TransferState.PENDING,
    "requires_action": TransferState.PENDING,
    "in_transit": TransferState.PENDING,
    "succeeded": TransferState.SUCCEEDED,
    "paid": TransferState.SUCCEEDED,
    "failed": TransferState.FAILED,
    "canceled": TransferState.CANCELLED,
}
_DISPUTE_STATES = {
    "needs_response": DisputeState.OPEN,
    "warning_needs_response": DisputeState.OPEN,
    "appeal_needs_response": DisputeState.OPEN,
    "under_review": DisputeState.UNDER_REVIEW,
    "warning_under_review": DisputeState.UNDER_REVIEW,
    "appeal_under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "lost": DisputeState.LOST,
    "prevented": DisputeState.LOST,  # settled by giving the payer the money back
}
_SETTLEMENT_KINDS = {
    "charge": SettlementKind.PAY_IN,
    "payment": SettlementKind.PAY_IN,
    "payment_failure_refund": SettlementKind.PAY_IN,
    "refund": SettlementKind.REFUND,
    "payment_refund": SettlementKind.REFUND,
    "refund_failure": SettlementKind.REFUND,
    "transfer": SettlementKind.TRANSFER,
    "transfer_refund": SettlementKind.REVERSAL,
    "payout": SettlementKind.PAY_OUT,
    "payout_failure": SettlementKind.PAY_OUT,
    "payout_cancel": SettlementKind.PAY_OUT,
    "stripe_fee": SettlementKind.FEE,
    "stripe_fx_fee": SettlementKind.FEE,
    "tax_fee": SettlementKind.FEE,
    "topup": SettlementKind.TOP_UP,
    "topup_reversal": SettlementKind.TOP_UP,
}
_DISPUTE_LINES = frozenset({"dispute", "dispute_reversal"})  # by reporting category: their type is `adjustment`
_EVIDENCE_NAMES = {
    "statement": "uncategorized_text",
    "goods": "product_description",
    "buyer_name": "customer_name",
    "buyer_email": "customer_email_address",
    "shipped_to": "shipping_address",
    "shipped_on": "shipping_date",
    "carrier": "shipping_carrier",
    "tracking_number": "shipping_tracking_number",
    "policy": "refund_policy_disclosure",
    "refund_refusal": "refund_refusal_explanation",
}
Metadata: TypeAlias = "stripe.StripeObject | None"


def units(amount: Money) -> int:
    """The amount as Stripe counts it. Raises GatewayRefused for what Stripe has no way to write, or is not positive."""
    if amount.minor <= 0:
        raise GatewayRefused("amount_not_positive", str(amount))
    if amount.minor % CAPABILITIES.steps.get(amount.currency, 1):
        raise GatewayRefused("amount_too_fine", str(amount))
    shift = _OWN_EXPONENTS.get(amount.currency, exponent(amount.currency)) - exponent(amount.currency)
    return int(amount.minor * 10**shift if shift >= 0 else amount.minor // 10**-shift)


def money(amount: int, currency: str) -> Money:
    """Stripe's amount as ours."""
    code = currency.upper()
    shift = _OWN_EXPONENTS.get(code, exponent(code)) - exponent(code)
    return Money(amount // 10**shift if shift >= 0 else amount * 10**-shift, code)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def key_of(metadata: Metadata) -> str:
    return _said(metadata, KEY)


def pay_in(intent: stripe.PaymentIntent) -> PayIn:
    """From an intent whose `latest_charge.balance_transaction` is expanded."""
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    booked = charge.balance_transaction if charge else None
    error = intent.last_payment_error
    return PayIn(
        id=intent.id,
        created=moment(intent.created),
        key=key_of(intent.metadata),
        state=_PAY_IN_STATES[intent.status],
        amount=money(intent.amount, intent.currency),
        received=money(intent.amount_received, intent.currency),
        refunded=money(charge.amount_refunded if charge and intent.amount_received else 0, intent.currency),
        subject=intent.transfer_group or "",
        fee=money(booked.fee, booked.currency) if isinstance(booked, stripe.BalanceTransaction) else None,
        source=charge.id if charge and intent.amount_received else "",
        method=charge.payment_method_details.type if charge and charge.payment_method_details else "",
        client_secret=intent.client_secret or "",
        failure=(error.decline_code if "decline_code" in error else error.code) or "" if error else "",
    )


def pay_in_on_page(session: stripe.checkout.Session) -> PayIn:
    """From a Checkout Session whose `payment_intent.latest_charge.balance_transaction` is expanded, unless it is new.

    Once it is complete, the payment intent is the pay-in. Until then the intents of declined tries say nothing.
    """
    if session.status == "complete" and isinstance(session.payment_intent, stripe.PaymentIntent):
        return pay_in(session.payment_intent)
    currency = session.currency or ""
    expired = session.status == "expired"
    return PayIn(
        id=session.id,
        created=moment(session.created),
        key=key_of(session.metadata),
        state=PayInState.CANCELLED if expired else PayInState.AWAITING_METHOD,
        amount=money(session.amount_total or 0, currency),
        received=money(0, currency),
        refunded=money(0, currency),
        subject=session.client_reference_id or "",
        page=session.url or "",
        failure="expired" if expired else "",
    )


def refund(made: stripe.Refund) -> Refund:
    return Refund(
        id=made.id,
        created=moment(made.created),
        key=key_of(made.metadata),
        state=_TRANSFER_STATES[made.status or "pending"],
        amount=money(made.amount, made.currency),
        pay_in_id=_id(made.payment_intent),
        failure=_optional(made, "failure_reason"),
    )


def transfer(made: stripe.Transfer) -> Transfer:
    return Transfer(
        id=made.id,
        created=moment(made.created),
        key=key_of(made.metadata),
        amount=money(made.amount, made.currency),
        reversed=money(made.amount_reversed, made.currency),
        to_account=_id(made.destination),
        group=made.transfer_group or "",
    )


def reversal(made: stripe.TransferReversal) -> Reversal:
    transfer_id = _id(made.transfer)
    return Reversal(
        id=f"{transfer_id}/{made.id}",
        created=moment(made.created),
        key=key_of(made.metadata),
        amount=money(made.amount, made.currency),
        transfer_id=transfer_id,
    )


def pay_out(made: stripe.Payout, account: str) -> PayOut:
    return PayOut(
        id=f"{account}/{made.id}",
        created=moment(made.created),
        key=key_of(made.metadata),
        state=_TRANSFER_STATES[made.status],
        amount=money(made.amount, made.currency),
        account=account,
        arrives=moment(made.arrival_date),
        failure=made.failure_code or "",
    )


def account(made: stripe.Account) -> Account:
    capabilities, requirements = made.capabilities, made.requirements
    due = (requirements.currently_due or []) if requirements else []
    return Account(
        id=made.id,
        created=moment(made.created or 0),
        key=key_of(made.metadata),
        country=made.country or "",
        can_receive=_optional(capabilities, "transfers") == "active" if capabilities else False,
        can_pay_out=bool(made.payouts_enabled),
        missing=tuple(due),
        banks=_banks(made),
    )


def _banks(made: stripe.Account) -> tuple[str, ...]:
    """A number is known by its fingerprint; what has none, by its own id."""
    listed: Any = made.external_accounts if "external_accounts" in made else None
    return tuple(sorted({_optional(bank, "fingerprint") or bank.id for bank in listed.data})) if listed else ()


def dispute(made: stripe.Dispute) -> Dispute:
    moved = made.balance_transactions  # taken out, and given back when it was won
    due = made.evidence_details.due_by
    return Dispute(
        id=made.id,
        created=moment(made.created),
        state=_DISPUTE_STATES[made.status],
        pay_in_id=_id(made.payment_intent),
        amount=money(made.amount, made.currency),
        taken=money(-sum(line.amount for line in moved), moved[0].currency if moved else made.currency),
        fee=money(sum(line.fee for line in moved), moved[0].currency) if moved else None,
        reason=made.reason,
        due_by=moment(due) if due else None,
        submitted=made.evidence_details.submission_count > 0,
    )


def evidence(said: Evidence) -> dict[str, str]:
    """Our evidence under Stripe's names. Raises GatewayRefused for a field that is too long."""
    for name in _EVIDENCE_NAMES:
        if len(getattr(said, name)) > EVIDENCE_LENGTH:
            raise GatewayRefused("evidence_too_long", name)
    return {theirs: getattr(said, name) for name, theirs in _EVIDENCE_NAMES.items() if getattr(said, name)}


def balance(sheet: stripe.Balance) -> dict[str, Balance]:
    """By currency. What Stripe does not list is zero."""
    columns = [{part.currency.upper(): part.amount for part in column} for column in (sheet.available, sheet.pending)]
    available, pending = columns
    return {
        code: Balance(money(available.get(code, 0), code), money(pending.get(code, 0), code))
        for code in sorted({*available, *pending})
    }


def record(kind: type[Record], made: Any, holder: str = "") -> Record:
    """Any object as the record of its kind; `holder` is the account a pay-out belongs to."""
    return pay_out(made, holder) if kind is PayOut else _SHAPES[kind](made)


_SHAPES: dict[type[Record], Callable[[Any], Record]] = {
    PayIn: pay_in,
    Refund: refund,
    Transfer: transfer,
    Reversal: reversal,
    Account: account,
    Dispute: dispute,
}


def event(told: stripe.Event) -> ProviderEvent:
    kind, object_id = _told_about(told.data.object, _optional(told, "account"))
    return ProviderEvent(told.id, told.type, kind, object_id, moment(told.created))


def settlement(line: stripe.BalanceTransaction) -> Settlement:
    """From a balance transaction whose `source` is expanded."""
    source: Any = line.source
    known = isinstance(source, stripe.StripeObject)
    return Settlement(
        id=line.id,
        kind=_settlement_kind(line),
        provider_kind=line.type,
        amount=money(line.amount, line.currency),
        fee=money(line.fee, line.currency),
        net=money(line.net, line.currency),
        source_id=_id(source),
        key=key_of(source.metadata) if known and "metadata" in source else "",
        group=_optional(source, "transfer_group") if known else "",
        created=moment(line.created),
        available=moment(line.available_on),
    )


def _settlement_kind(line: stripe.BalanceTransaction) -> SettlementKind:
    if line.reporting_category in _DISPUTE_LINES:
        return SettlementKind.DISPUTE
    return _SETTLEMENT_KINDS.get(line.type, SettlementKind.OTHER)


def _told_about(thing: Any, connected: str) -> tuple[str, str]:
    match thing.object:
        case "payment_intent":
            return "pay_in", thing.id
        case "charge" if _optional(thing, "payment_intent"):
            return "pay_in", thing.payment_intent
        case "refund" | "transfer" | "dispute" as kind:
            return kind, thing.id
        case "payout":
            return "pay_out", f"{connected}/{thing.id}"
        case "checkout.session":
            return "pay_in", thing.id
        case "account":
            return "account", thing.id
        case "bank_account" | "card" if connected:  # where an account is paid: told as account.external_account.*
            return "account", connected
        case _:
            return "", ""


def _id(reference: Any) -> str:
    """The id behind an expandable field, expanded or not; empty for none."""
    return reference if isinstance(reference, str) else reference.id if reference is not None else ""


def _said(metadata: Metadata, name: str) -> str:
    return str(metadata[name]) if metadata is not None and name in metadata else ""


def _optional(thing: stripe.StripeObject, name: str) -> str:
    """A field that Stripe leaves out when it has nothing to say."""
    return str(thing[name]) if name in thing and thing[name] is not None else ""
