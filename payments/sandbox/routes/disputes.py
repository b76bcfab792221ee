"""Disputes: a payer's bank takes a charge back (a chargeback) or asks about it (an inquiry), and is answered once."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from payments.sandbox import balance, currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import ApiError, Refused
from payments.sandbox.events import emit
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Listing, Metadata, Params
from payments.sandbox.store import Call, new_id

door = Door()

REASONS = frozenset({
    "bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated", "debit_not_authorized",
    "duplicate", "fraudulent", "general", "incorrect_account_details", "insufficient_funds", "noncompliant",
    "product_not_received", "product_unacceptable", "subscription_canceled", "unrecognized",
})  # fmt: skip
_ANSWERABLE = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
_WARNINGS = frozenset({"warning_needs_response", "warning_under_review"})
_FINAL = frozenset({"won", "lost", "warning_closed"})
_DAYS_TO_ANSWER = 10
_MOST_CHARACTERS = 150_000
# Test evidence, as Stripe reads it in `uncategorized_text`.
WINNING, LOSING, ESCALATING = "winning_evidence", "losing_evidence", "escalate_inquiry_evidence"


def _no_file(value: str) -> str:
    if value:
        raise ValueError(f"No such file upload: '{value[:80]}'")
    return value


Told = Annotated[str, Field(max_length=20_000)] | None
File = Annotated[str, AfterValidator(_no_file)] | None


class Evidence(BaseModel):
    """What can be said; files are refused, for there is nowhere to upload them."""

    model_config = ConfigDict(extra="forbid")

    access_activity_log: Told = None
    billing_address: Told = None
    cancellation_policy: File = None
    cancellation_policy_disclosure: Told = None
    cancellation_rebuttal: Told = None
    customer_communication: File = None
    customer_email_address: Told = None
    customer_name: Told = None
    customer_purchase_ip: Told = None
    customer_signature: File = None
    duplicate_charge_documentation: File = None
    duplicate_charge_explanation: Told = None
    duplicate_charge_id: Told = None
    product_description: Told = None
    receipt: File = None
    refund_policy: File = None
    refund_policy_disclosure: Told = None
    refund_refusal_explanation: Told = None
    service_date: Told = None
    service_documentation: File = None
    shipping_address: Told = None
    shipping_carrier: Told = None
    shipping_date: Told = None
    shipping_documentation: File = None
    shipping_tracking_number: Told = None
    uncategorized_file: File = None
    uncategorized_text: Told = None


class Answer(Params):
    evidence: Evidence = Evidence()
    metadata: Metadata = Field(default_factory=dict)
    submit: bool | None = None


class Disputes(Listing):
    charge: str | None = None
    payment_intent: str | None = None


@door.get("/v1/disputes/{dispute}", Params)
async def retrieve(call: Call, given: Params, *, dispute: str) -> Body:
    return (await call.find("dispute", dispute)).body


@door.get("/v1/disputes", Disputes)
async def index(call: Call, given: Disputes) -> Body:
    return await call.page("dispute", given, "/v1/disputes")


@door.post("/v1/disputes/{dispute}", Answer)
async def update(call: Call, given: Answer, *, dispute: str) -> Body:
    """Say something to the payer's bank. Submitted at once unless `submit` is false; then it is kept until it is."""
    found = await call.lock("dispute", dispute)
    said = given.evidence.model_dump(exclude_unset=True)
    submits = given.submit if given.submit is not None else bool(said)
    if (said or submits) and found.body["status"] not in _ANSWERABLE:
        raise Refused("This dispute takes no evidence: it was answered before, or it is decided.", param="evidence")
    evidence = {**found.body["evidence"], **{name: text or None for name, text in said.items()}}
    if sum(len(text) for text in evidence.values() if isinstance(text, str)) > _MOST_CHARACTERS:
        raise ApiError(f"Evidence can have up to {_MOST_CHARACTERS} characters altogether.", param="evidence")
    metadata = {k: v for k, v in {**found.body["metadata"], **given.metadata}.items() if v != ""}
    details = {**found.body["evidence_details"], "has_evidence": any(evidence.values())}
    found.change(evidence=evidence, metadata=metadata, evidence_details=details)
    if submits:
        await _submit(call, found)
    else:
        await emit(call, "charge.dispute.updated", found.body)
    return found.body


@door.post("/v1/disputes/{dispute}/close", Params)
async def close(call: Call, given: Params, *, dispute: str) -> Body:
    """Accept it as lost."""
    return await decide(call, dispute, won=False)


async def open_(
    call: Call,
    charge: Resource,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    inquiry: bool = False,
) -> Resource:
    """The payer's bank disputes a captured charge, whose row the caller has locked: all that is left of it, or a part.

    Raises ApiError when the charge has no such amount to dispute.
    """
    left = charge.body["amount_captured"] - charge.body["amount_refunded"] - charge.private.get("disputed", 0)
    asked = left if amount is None else amount
    if not 0 < asked <= left:
        raise ApiError(
            f"Charge {charge.id} has {currencies.shown(left, charge.body['currency'])} left to dispute.", param="amount"
        )
    currencies.check(asked, charge.body["currency"])
    due = call.now + _DAYS_TO_ANSWER * 24 * 3600
    made = call.add(
        "dispute",
        _shape(charge.body, asked, reason, due, "warning_needs_response" if inquiry else "needs_response"),
        settles_at=due,
    )
    charge.private = {**charge.private, "disputed": charge.private.get("disputed", 0) + asked}
    charge.change(disputed=True)
    await emit(call, "charge.dispute.created", made.body)
    if not inquiry:
        await _withdraw(call, made, charge)
    await emit(call, "charge.updated", charge.body)
    return made


async def decide(call: Call, dispute: str, *, won: bool) -> Body:
    """The bank decides. An inquiry is closed either way: nothing was taken."""
    found = await call.lock("dispute", dispute)
    if found.body["status"] in _FINAL:
        raise Refused("This dispute is already closed.")
    await _decide(call, found, won=won)
    return found.body


async def escalate(call: Call, dispute: str) -> Body:
    """An inquiry becomes a chargeback: now the money is taken, and a new answer is due."""
    found = await call.lock("dispute", dispute)
    if found.body["status"] not in _WARNINGS:
        raise Refused("Only an open inquiry can become a chargeback.")
    await _escalate(call, found)
    return found.body


async def settle(call: Call, dispute: Resource) -> None:
    """The time to answer is over."""
    if dispute.body["status"] in _ANSWERABLE:
        await _decide(call, dispute, won=False)


def bars_refunds(dispute: Body) -> bool:
    """Whether the charge of this dispute cannot be refunded: a chargeback that was not won."""
    return dispute["status"] not in {*_WARNINGS, "warning_closed", "won"}


async def _submit(call: Call, dispute: Resource) -> None:
    details = {
        **dispute.body["evidence_details"],
        "submission_count": dispute.body["evidence_details"]["submission_count"] + 1,
        "submission_method": "manual",
    }
    dispute.settles_at = None
    dispute.change(status=_ANSWERABLE[dispute.body["status"]], evidence_details=details)
    await emit(call, "charge.dispute.updated", dispute.body)
    text = dispute.body["evidence"]["uncategorized_text"]
    if text in (WINNING, LOSING):
        await _decide(call, dispute, won=text == WINNING)
    elif text == ESCALATING and dispute.body["status"] in _WARNINGS:
        await _escalate(call, dispute)


async def _decide(call: Call, dispute: Resource, *, won: bool) -> None:
    dispute.settles_at = None
    charge = await call.lock("charge", dispute.body["charge"])
    inquiry = dispute.body["status"] in _WARNINGS
    if inquiry or won:
        charge.private = {**charge.private, "disputed": charge.private["disputed"] - dispute.body["amount"]}
    if inquiry:
        dispute.change(status="warning_closed")
    elif won:
        dispute.change(status="won", is_charge_refundable=True)
        await _move(call, dispute, charge, dispute.body["amount"], "dispute_reversal", "Chargeback reversal")
        await emit(call, "charge.dispute.funds_reinstated", dispute.body)
    else:
        dispute.change(status="lost")
    await emit(call, "charge.dispute.closed", dispute.body)


async def _escalate(call: Call, dispute: Resource) -> None:
    charge = await call.lock("charge", dispute.body["charge"])
    if dispute.body["amount"] > charge.body["amount_captured"] - charge.body["amount_refunded"]:
        raise Refused("The payer has been refunded; the bank has nothing to take.")
    due = call.now + _DAYS_TO_ANSWER * 24 * 3600
    details = dispute.body["payment_method_details"]
    dispute.settles_at = due
    dispute.change(
        status="needs_response",
        is_charge_refundable=False,
        payment_method_details={**details, "card": {**details["card"], "case_type": "chargeback"}},
        evidence_details={**dispute.body["evidence_details"], "due_by": due, "submission_count": 0},
    )
    await emit(call, "charge.dispute.updated", dispute.body)
    await _withdraw(call, dispute, charge)


async def _withdraw(call: Call, dispute: Resource, charge: Resource) -> None:
    fee = currencies.dispute_fee(charge.body["currency"])
    await _move(call, dispute, charge, -dispute.body["amount"], "dispute", "Chargeback withdrawal", fee=fee)
    await emit(call, "charge.dispute.funds_withdrawn", dispute.body)


async def _move(
    call: Call, dispute: Resource, charge: Resource, amount: int, category: str, text: str, *, fee: int = 0
) -> None:
    """Book it, available when the charge's own money is, and show the line in the dispute."""
    paid_in = await call.find("balance_transaction", charge.body["balance_transaction"])
    line = balance.move(
        call,
        "adjustment",
        amount,
        charge.body["currency"],
        dispute.id,
        fee=fee,
        available_on=paid_in.body["available_on"],
        category=category,
        description=f"{text} for {charge.id}",
        fee_for="Dispute fee",
    )
    await call.tx.flush()
    booked = await call.find("balance_transaction", line)
    dispute.change(balance_transactions=[*dispute.body["balance_transactions"], booked.body])


def _shape(charge: Body, amount: int, reason: str, due: int, status: str) -> Body:
    inquiry = status in _WARNINGS
    return {
        "id": new_id("du"),
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(Evidence.model_fields), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": due,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "metadata": {},
        "network_reason_code": None,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": None,
            },
        },
        "reason": reason,
        "status": status,
    }
