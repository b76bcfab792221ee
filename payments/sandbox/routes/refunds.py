"""Refunds: never more than what was captured, however many ask at once."""

from sqlalchemy import select

from payments.sandbox import balance, currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import ApiError, Refused
from payments.sandbox.events import emit
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Amount, Described, Listing, Params
from payments.sandbox.routes.disputes import bars_refunds
from payments.sandbox.store import Call, new_id

door = Door()


class RefundIn(Described):
    payment_intent: str | None = None
    charge: str | None = None
    amount: Amount | None = None
    reason: str | None = None


class Refunds(Listing):
    payment_intent: str | None = None
    charge: str | None = None


@door.post("/v1/refunds", RefundIn)
async def create(call: Call, given: RefundIn) -> Body:
    """Give back what was captured, or a part. Locks the charge."""
    charge = await call.lock("charge", await _charge_of(call, given), param="charge")
    await _refuse_disputed(call, charge.id)
    amount = _allowed(charge.body, given.amount)
    currency, card = charge.body["currency"], charge.body["payment_method_details"]["type"] == "card"
    refund = new_id("re" if card else "pyr")
    paid_in = await call.find("balance_transaction", charge.body["balance_transaction"])
    transaction = balance.move(
        call,
        "refund" if card else "payment_refund",
        -amount,
        currency,
        refund,
        available_on=paid_in.body["available_on"],
    )
    body: Body = {
        "id": refund,
        "amount": amount,
        "balance_transaction": transaction,
        "charge": charge.id,
        "currency": currency,
        "description": given.description,
        "failure_reason": None,
        "metadata": given.metadata,
        "payment_intent": charge.body["payment_intent"],
        "reason": given.reason,
        "status": "succeeded" if card else "pending",
    }
    made = call.add("refund", body, settles_at=None if card else call.now + call.settings.settle_seconds)
    refunded = charge.body["amount_refunded"] + amount
    charge.change(amount_refunded=refunded, refunded=refunded == charge.body["amount_captured"])
    await emit(call, "refund.created", made.body)
    await emit(call, "charge.refunded", charge.body)
    return made.body


@door.get("/v1/refunds/{refund}", Params)
async def retrieve(call: Call, given: Params, *, refund: str) -> Body:
    return (await call.find("refund", refund)).body


@door.get("/v1/refunds", Refunds)
async def index(call: Call, given: Refunds) -> Body:
    return await call.page("refund", given, "/v1/refunds")


async def settle(call: Call, refund: Resource) -> None:
    """The payer's bank has taken a refund that was pending."""
    refund.change(status="succeeded")
    await emit(call, "refund.updated", refund.body)


async def _charge_of(call: Call, given: RefundIn) -> str:
    if given.charge:
        return given.charge
    if not given.payment_intent:
        raise ApiError("One of the following params should be provided: payment_intent or charge.")
    intent = (await call.find("payment_intent", given.payment_intent, param="payment_intent")).body
    if intent["status"] != "succeeded":
        raise Refused(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return str(intent["latest_charge"])


async def _refuse_disputed(call: Call, charge: str) -> None:
    """The money of a chargeback is with the payer's bank already."""
    about = select(Resource.body).where(Resource.kind == "dispute", Resource.body.contains({"charge": charge}))
    if any(bars_refunds(dispute) for dispute in await call.tx.scalars(about)):
        raise Refused(f"Charge {charge} has been charged back; cannot issue a refund.", code="charge_disputed")


def _allowed(charge: Body, asked: int | None) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["captured"]:
        raise Refused(f"Charge {charge['id']} has not been captured.")
    if left == 0:
        raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if asked is None else asked
    currencies.check(amount, charge["currency"])
    if amount > left:
        most = currencies.shown(left, charge["currency"])
        raise Refused(
            f"Refund amount ({currencies.shown(amount, charge['currency'])}) is greater than unrefunded amount on"
            f" charge ({most})",
            code="amount_too_large",
            param="amount",
        )
    return amount
