"""Payment intents: from asking for money to having it."""

from typing import Any, Literal

from pydantic import Field

from payments.sandbox import currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import ApiError, Declined, Refused, unexpected_state
from payments.sandbox.events import emit
from payments.sandbox.methods import Method, Outcome, named
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Amount, Currency, Described, Listing, Params, Strings
from payments.sandbox.routes import charges, disputes
from payments.sandbox.store import Call, new_id

door = Door()
_OPEN = frozenset({"requires_payment_method", "requires_confirmation"})
_CANCELLABLE = _OPEN | {"requires_capture", "requires_action"}


class Confirmation(Params):
    payment_method: str | None = None
    payment_method_types: Strings = Field(default_factory=list)
    mandate_data: dict[str, Any] | None = None
    off_session: bool = False
    return_url: str | None = None


class IntentIn(Confirmation, Described):
    amount: Amount
    currency: Currency
    capture_method: Literal["automatic", "automatic_async", "manual"] = "automatic"
    confirm: bool = False
    transfer_group: str | None = None
    automatic_payment_methods: dict[str, str] = Field(default_factory=dict)
    statement_descriptor_suffix: str | None = None


class CaptureIn(Params):
    amount_to_capture: Amount | None = None


class CancelIn(Params):
    cancellation_reason: str | None = None


@door.post("/v1/payment_intents", IntentIn)
async def create(call: Call, given: IntentIn) -> Body:
    """Ask for an amount; with `confirm`, take it at once with the given method."""
    currencies.check_payment(given.amount, given.currency)
    method = named(given.payment_method) if given.payment_method else None
    if given.confirm and method is None:
        raise ApiError(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="parameter_missing",
            param="payment_method",
        )
    intent = await begin(call, given)
    if given.confirm and method is not None:
        await take(call, intent, method)
    return intent.body


@door.get("/v1/payment_intents/{intent}", Params)
async def retrieve(call: Call, given: Params, *, intent: str) -> Body:
    return (await call.find("payment_intent", intent)).body


@door.get("/v1/payment_intents", Listing)
async def index(call: Call, given: Listing) -> Body:
    return await call.page("payment_intent", given, "/v1/payment_intents")


@door.post("/v1/payment_intents/{intent}/confirm", Confirmation)
async def confirm(call: Call, given: Confirmation, *, intent: str) -> Body:
    """Take the money with the given or the remembered method."""
    found = await call.lock("payment_intent", intent)
    _refuse_of_session(found)
    if found.body["status"] not in _OPEN:
        raise unexpected_state(
            f"You cannot confirm this PaymentIntent because it has a status of {found.body['status']}.", found.body
        )
    chosen = given.payment_method or found.body["payment_method"]
    if chosen is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method.", found.body
        )
    await take(call, found, named(chosen))
    return found.body


@door.post("/v1/payment_intents/{intent}/capture", CaptureIn)
async def capture(call: Call, given: CaptureIn, *, intent: str) -> Body:
    """Take what was authorised, or a part of it; the rest is let go."""
    found = await call.lock("payment_intent", intent)
    if found.body["status"] != "requires_capture":
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {found.body['status']}.", found.body
        )
    amount = given.amount_to_capture or found.body["amount_capturable"]
    currencies.check(amount, found.body["currency"])
    if amount > found.body["amount_capturable"]:
        raise Refused(
            f"The amount to capture is greater than the {found.body['amount_capturable']} that can be captured.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charge = await call.lock("charge", found.body["latest_charge"])
    await _succeed(call, found, charge, amount)
    await emit(call, "charge.captured", charge.body)
    return found.body


@door.post("/v1/payment_intents/{intent}/cancel", CancelIn)
async def cancel(call: Call, given: CancelIn, *, intent: str) -> Body:
    """Give the intent up; an authorisation is released."""
    found = await call.lock("payment_intent", intent)
    _refuse_of_session(found)
    if found.body["status"] not in _CANCELLABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {found.body['status']}.", found.body
        )
    found.change(
        status="canceled",
        canceled_at=call.now,
        cancellation_reason=given.cancellation_reason,
        amount_capturable=0,
    )
    await emit(call, "payment_intent.canceled", found.body)
    return found.body


async def settle(call: Call, intent: Resource) -> None:
    """The bank answers a payment that was processing."""
    charge = await call.lock("charge", intent.body["latest_charge"])
    method = named(intent.body["payment_method"])
    if method.outcome is Outcome.PROCESSING:
        await _succeed(call, intent, charge, intent.body["amount"])
    else:
        await _fail(call, intent, charge, method)


async def begin(call: Call, given: IntentIn, *, session: str = "") -> Resource:
    """A new intent, nothing tried yet. `session`: the Checkout Session on whose page it is paid, and nowhere else."""
    intent = call.add("payment_intent", _shape(given), session=session)
    await emit(call, "payment_intent.created", intent.body)
    return intent


def _refuse_of_session(intent: Resource) -> None:
    if intent.private.get("session"):
        raise Refused("You cannot confirm or cancel a PaymentIntent of a Checkout Session; expire the session instead.")


def _shape(given: IntentIn) -> Body:
    intent = new_id("pi")
    return {
        "id": intent,
        "amount": given.amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": given.automatic_payment_methods or None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.capture_method,
        "client_secret": f"{intent}_{new_id('secret')}",
        "confirmation_method": "automatic",
        "currency": given.currency,
        "description": given.description,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": given.metadata,
        "next_action": None,
        "payment_method": given.payment_method,
        "payment_method_types": given.payment_method_types or ["card"],
        "status": "requires_confirmation" if given.payment_method else "requires_payment_method",
        "transfer_group": given.transfer_group,
    }


async def take(call: Call, intent: Resource, method: Method) -> None:
    """Try to take the money. Raises Declined, with the attempt kept."""
    if method.outcome is Outcome.ASKS:
        asks = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        intent.change(payment_method=method.id, status="requires_action", next_action=asks, last_payment_error=None)
        await emit(call, "payment_intent.requires_action", intent.body)
        return
    await _charge(call, intent, method)


async def authenticate(call: Call, intent: Resource, *, agreed: bool) -> None:
    """The payer has answered their bank, for an intent that requires it."""
    method = named(intent.body["payment_method"])
    intent.change(next_action=None)
    if agreed:
        await _charge(call, intent, method)
        return
    message = "The payer's bank could not confirm that it is them."
    error = {"type": "card_error", "code": "payment_intent_authentication_failure", "message": message}
    intent.change(status="requires_payment_method", payment_method=None, last_payment_error=error)
    await emit(call, "payment_intent.payment_failed", intent.body)


async def _charge(call: Call, intent: Resource, method: Method) -> None:
    charge = await charges.attempt(call, intent.body, method)
    intent.change(payment_method=method.id, latest_charge=charge.id, last_payment_error=None)
    if method.outcome is Outcome.DECLINED:
        await _fail(call, intent, charge, method)
        raise Declined(
            method.message,
            code=method.code,
            decline_code=method.decline_code,
            charge=charge.id,
            payment_intent=intent.body,
        )
    if method.outcome in (Outcome.PROCESSING, Outcome.PROCESSING_FAILS):
        intent.change(status="processing")
        intent.settles_at = call.now + call.settings.settle_seconds
        await emit(call, "payment_intent.processing", intent.body)
    elif intent.body["capture_method"] == "manual":
        charge.change(status="succeeded", paid=True)
        intent.change(status="requires_capture", amount_capturable=intent.body["amount"])
        await emit(call, "payment_intent.amount_capturable_updated", intent.body)
    else:
        await _succeed(call, intent, charge, intent.body["amount"])


async def _succeed(call: Call, intent: Resource, charge: Resource, amount: int) -> None:
    await charges.capture(call, charge, amount)
    intent.change(status="succeeded", amount_received=amount, amount_capturable=0)
    await emit(call, "payment_intent.succeeded", intent.body)
    method = named(intent.body["payment_method"])
    if method.dispute:
        await call.tx.flush()
        await disputes.open_(call, charge, reason=method.dispute, inquiry=method.inquiry)


async def _fail(call: Call, intent: Resource, charge: Resource, method: Method) -> None:
    await charges.fail(call, charge, method.code, method.message)
    error = {"type": "card_error", "code": method.code, "message": method.message, "charge": charge.id}
    if method.decline_code:
        error["decline_code"] = method.decline_code
    intent.change(status="requires_payment_method", payment_method=None, last_payment_error=error)
    await emit(call, "payment_intent.payment_failed", intent.body)
