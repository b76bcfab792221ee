"""Checkout Sessions: a page of the provider's on which one amount is paid, once; then the session is over."""

from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from payments.sandbox import currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import ApiError, Declined, Refused
from payments.sandbox.events import emit
from payments.sandbox.methods import Method
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Amount, Currency, Integer, Listing, Metadata, Params
from payments.sandbox.routes import payment_intents
from payments.sandbox.store import Call, new_id

door = Door()
KIND = "checkout.session"
_SHORTEST, _LONGEST = 30 * 60, 24 * 3600


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Product(_Part):
    name: Annotated[str, Field(min_length=1)]
    description: str | None = None


class Price(_Part):
    currency: Currency
    unit_amount: Amount
    product_data: Product


class Item(_Part):
    price_data: Price
    quantity: Annotated[Integer, Field(ge=1)]


class IntentData(_Part):
    """What the session's payment intent will carry."""

    description: str | None = None
    metadata: Metadata = {}
    transfer_group: str | None = None


class AdaptivePricing(_Part):
    enabled: bool = True


def _items(value: object) -> object:
    return list(value.values()) if isinstance(value, dict) else value


class SessionIn(Params):
    mode: Literal["payment"]
    line_items: Annotated[list[Item], BeforeValidator(_items), Field(min_length=1, max_length=100)]
    success_url: Annotated[str, Field(pattern=r"^https?://")]
    cancel_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    client_reference_id: Annotated[str, Field(max_length=200)] | None = None
    customer_email: str | None = None
    expires_at: Integer | None = None
    locale: str | None = None
    metadata: Metadata = Field(default_factory=dict)
    payment_intent_data: IntentData = Field(default_factory=IntentData)
    adaptive_pricing: AdaptivePricing = Field(default_factory=AdaptivePricing)


class Sessions(Listing):
    payment_intent: str | None = None
    status: Literal["open", "complete", "expired"] | None = None


@door.post("/v1/checkout/sessions", SessionIn)
async def create(call: Call, given: SessionIn) -> Body:
    """Open a page. Nothing is asked of anybody's card before the payer is there."""
    currency = given.line_items[0].price_data.currency
    if any(item.price_data.currency != currency for item in given.line_items):
        raise ApiError("All line items must have the same currency.", param="line_items")
    total = sum(item.price_data.unit_amount * item.quantity for item in given.line_items)
    currencies.check_payment(total, currency)
    expires, id_ = _expiry(call, given.expires_at), new_id("cs_test")
    body: Body = {
        "id": id_,
        "adaptive_pricing": {"enabled": given.adaptive_pricing.enabled},
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": given.cancel_url,
        "client_reference_id": given.client_reference_id,
        "currency": currency,
        "customer_email": given.customer_email,
        "expires_at": expires,
        "locale": given.locale,
        "metadata": given.metadata,
        "mode": given.mode,
        "payment_intent": None,
        "payment_method_types": ["card", "us_bank_account"],
        "payment_status": "unpaid",
        "status": "open",
        "success_url": given.success_url,
        "ui_mode": "hosted_page",
        "url": f"http://{call.settings.host}:{call.settings.port}/c/pay/{id_}",
    }
    names = ", ".join(item.price_data.product_data.name for item in given.line_items)
    made = call.add(
        KIND, body, settles_at=expires, intent=given.payment_intent_data.model_dump(), names=names, trouble=""
    )
    return made.body


def _expiry(call: Call, asked: int | None) -> int:
    expires = call.now + _LONGEST if asked is None else asked
    if expires < call.now + _SHORTEST:
        raise _bad_expiry("at least 30 minutes")
    if expires > call.now + _LONGEST:
        raise _bad_expiry("less than 24 hours")
    return expires


def _bad_expiry(rule: str) -> ApiError:
    message = f"The `expires_at` timestamp must be {rule} from Checkout Session creation."
    return ApiError(message, param="expires_at")


@door.get("/v1/checkout/sessions/{session}", Params)
async def retrieve(call: Call, given: Params, *, session: str) -> Body:
    return (await call.find(KIND, session)).body


@door.get("/v1/checkout/sessions", Sessions)
async def index(call: Call, given: Sessions) -> Body:
    return await call.page(KIND, given, "/v1/checkout/sessions")


@door.post("/v1/checkout/sessions/{session}/expire", Params)
async def expire(call: Call, given: Params, *, session: str) -> Body:
    """Close the page before its time. Refused once it was paid, or is closed."""
    found = await call.lock(KIND, session)
    if found.body["status"] != "open":
        raise Refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of'
            f" {found.body['status']}."
        )
    await settle(call, found)
    return found.body


async def settle(call: Call, session: Resource) -> None:
    """Its time is over, and nobody paid."""
    session.settles_at = None
    session.change(status="expired", url=None)
    await emit(call, f"{KIND}.expired", session.body)


async def settle_intent(call: Call, intent: Resource) -> None:
    """The bank answers a payment that was processing; the page it was made on, if any, is told of too."""
    await payment_intents.settle(call, intent)
    if name := intent.private.get("session"):
        session = await call.lock(KIND, name)
        paid = intent.body["status"] == "succeeded"
        session.change(payment_status="paid" if paid else "unpaid")
        await emit(call, f"{KIND}.async_payment_{'succeeded' if paid else 'failed'}", session.body)


async def is_open(call: Call, session: Resource) -> bool:
    """Whether it can still be paid; its time may have come a moment ago. The caller holds its lock."""
    if session.body["status"] == "open" and call.now >= session.body["expires_at"]:
        await settle(call, session)
    return bool(session.body["status"] == "open")


async def intent_of(call: Call, session: Resource) -> Resource | None:
    """What was tried on the page so far, locked."""
    name = session.body["payment_intent"]
    return await call.lock("payment_intent", name) if name else None


async def pay(call: Call, session: Resource, method: Method) -> None:
    """The payer tries a method on the open page. A decline leaves it open, and says why there."""
    intent = await intent_of(call, session)
    if intent is None:
        carried: dict[str, Any] = session.private["intent"]
        asked = payment_intents.IntentIn(
            amount=session.body["amount_total"], currency=session.body["currency"], **carried
        )
        intent = await payment_intents.begin(call, asked, session=session.id)
        session.change(payment_intent=intent.id)
        await call.tx.flush()
    with suppress(Declined):
        await payment_intents.take(call, intent, method)
    await _follow(call, session, intent)


async def answer(call: Call, session: Resource, *, agreed: bool) -> None:
    """The payer has answered their bank."""
    intent = await intent_of(call, session)
    if intent is not None and intent.body["status"] == "requires_action":
        await payment_intents.authenticate(call, intent, agreed=agreed)
        await _follow(call, session, intent)


async def _follow(call: Call, session: Resource, intent: Resource) -> None:
    """The session is complete once money is here or on its way."""
    error = intent.body["last_payment_error"]
    session.private = {**session.private, "trouble": error["message"] if error else ""}
    if intent.body["status"] in ("succeeded", "processing"):
        session.settles_at = None
        paid = intent.body["status"] == "succeeded"
        session.change(status="complete", payment_status="paid" if paid else "unpaid", url=None)
        await emit(call, f"{KIND}.completed", session.body)
