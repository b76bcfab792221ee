"""Charges: one attempt to take money, made by payment intents; here they are shaped, captured and read."""

from payments.sandbox import balance, currencies
from payments.sandbox.door import Door
from payments.sandbox.events import emit
from payments.sandbox.methods import Method
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Listing, Params
from payments.sandbox.store import Call, new_id

door = Door()


class Charges(Listing):
    payment_intent: str | None = None
    transfer_group: str | None = None


@door.get("/v1/charges/{charge}", Params)
async def retrieve(call: Call, given: Params, *, charge: str) -> Body:
    return (await call.find("charge", charge)).body


@door.get("/v1/charges", Charges)
async def index(call: Call, given: Charges) -> Body:
    return await call.page("charge", given, "/v1/charges")


async def attempt(call: Call, intent: Body, method: Method) -> Resource:
    """A new charge for the intent: pending, with nothing taken yet."""
    charge = new_id("ch" if method.type == "card" else "py")
    body: Body = {
        "id": charge,
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": False,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "metadata": intent["metadata"],
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method.id,
        "payment_method_details": {"type": method.type, method.type: {}},
        "refunded": False,
        "source_transfer": None,
        "status": "pending",
        "transfer_group": intent["transfer_group"],
    }
    return call.add("charge", body, transferred=0, bypasses_pending=method.bypasses_pending)


async def capture(call: Call, charge: Resource, amount: int) -> None:
    """Take `amount` of an authorised or settling charge: the money, less the fee, becomes the platform's."""
    currency = charge.body["currency"]
    wait = 0 if charge.private["bypasses_pending"] else call.settings.settle_seconds
    card = charge.body["payment_method_details"]["type"] == "card"
    transaction = balance.move(
        call,
        "charge" if card else "payment",
        amount,
        currency,
        charge.id,
        fee=currencies.fee(amount, currency),
        available_on=call.now + wait,
    )
    charge.change(status="succeeded", paid=True, captured=True, amount_captured=amount, balance_transaction=transaction)
    await emit(call, "charge.succeeded", charge.body)


async def fail(call: Call, charge: Resource, code: str, message: str) -> None:
    """Nothing was taken."""
    charge.change(status="failed", failure_code=code, failure_message=message)
    await emit(call, "charge.failed", charge.body)
