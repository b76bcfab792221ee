"""Transfers from the platform to connected accounts, and their reversals."""

from payments.sandbox import balance, currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import Refused
from payments.sandbox.events import emit
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Amount, Currency, Described, Listing, Params
from payments.sandbox.store import Call, new_id

door = Door()


class TransferIn(Described):
    amount: Amount
    currency: Currency
    destination: str
    source_transaction: str | None = None
    transfer_group: str | None = None


class ReversalIn(Described):
    amount: Amount | None = None


class Transfers(Listing):
    destination: str | None = None
    transfer_group: str | None = None


@door.post("/v1/transfers", TransferIn)
async def create(call: Call, given: TransferIn) -> Body:
    """Hand money on. From a charge: as far as it reaches, available when it is. Otherwise: what is available now."""
    currencies.check(given.amount, given.currency)
    account = await call.find("account", given.destination, param="destination")
    if account.body["capabilities"].get("transfers") != "active":
        raise Refused(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers.",
            code="insufficient_capabilities_for_transfer",
        )
    if given.source_transaction:
        available_on = await _from_charge(call, given, given.source_transaction)
        given.transfer_group = given.transfer_group or await _group_of(call, given.source_transaction)
    else:
        available_on = call.now
        if given.amount > await balance.spendable(call, given.currency):
            raise Refused("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
    transfer, receiver = new_id("tr"), call.on_behalf_of(given.destination)
    payment = receiver.add("charge", _destination_payment(given, transfer))
    arrived = balance.move(receiver, "payment", given.amount, given.currency, payment.id, available_on=available_on)
    payment.change(balance_transaction=arrived)
    left = balance.move(call, "transfer", -given.amount, given.currency, transfer, available_on=available_on)
    made = call.add("transfer", _shape(given, transfer, left, payment.id), available_on=available_on)
    await emit(call, "transfer.created", made.body)
    return made.body


@door.get("/v1/transfers/{transfer}", Params)
async def retrieve(call: Call, given: Params, *, transfer: str) -> Body:
    return (await call.find("transfer", transfer)).body


@door.get("/v1/transfers", Transfers)
async def index(call: Call, given: Transfers) -> Body:
    return await call.page("transfer", given, "/v1/transfers")


@door.post("/v1/transfers/{transfer}/reversals", ReversalIn)
async def reverse(call: Call, given: ReversalIn, *, transfer: str) -> Body:
    """Take a transfer back, or a part. Refused once the destination no longer holds the money. Locks the transfer."""
    found = await call.lock("transfer", transfer)
    body, currency = found.body, found.body["currency"]
    unreversed = body["amount"] - body["amount_reversed"]
    amount = given.amount or unreversed
    currencies.check(amount, currency)
    if not 0 < amount <= unreversed:
        raise Refused(
            f"Reversal amount ({currencies.shown(amount, currency)}) is greater than the unreversed amount of the"
            f" transfer ({currencies.shown(unreversed, currency)})",
            code="amount_too_large",
            param="amount",
        )
    giver = call.on_behalf_of(body["destination"])
    if amount > await balance.spendable(giver, currency) + await balance.pending(giver, currency):
        raise Refused("The destination account has insufficient funds for this reversal.", code="balance_insufficient")
    made = await _move_back(call, giver, found, given, amount)
    reversed_ = body["amount_reversed"] + amount
    found.change(amount_reversed=reversed_, reversed=reversed_ == body["amount"])
    await emit(call, "transfer.reversed", found.body)
    return made.body


@door.get("/v1/transfers/{transfer}/reversals/{reversal}", Params)
async def retrieve_reversal(call: Call, given: Params, *, transfer: str, reversal: str) -> Body:
    return (await call.find("transfer_reversal", reversal)).body


@door.get("/v1/transfers/{transfer}/reversals", Listing)
async def index_reversals(call: Call, given: Listing, *, transfer: str) -> Body:
    url = f"/v1/transfers/{transfer}/reversals"
    return await call.page("transfer_reversal", given, url, transfer=transfer)


async def _from_charge(call: Call, given: TransferIn, source: str) -> int:
    """Reserve `amount` of a charge for this transfer. Returns when the charge's money is available."""
    charge = await call.lock("charge", source, param="source_transaction")
    if charge.body["status"] != "succeeded" or charge.body["balance_transaction"] is None:
        raise Refused(f"Charge {source} cannot be transferred from: it has not succeeded.", param="source_transaction")
    if charge.body["currency"] != given.currency:
        raise Refused(
            f"The currency of source_transaction's balance transaction ({charge.body['currency']}) must be the same as"
            f" the transfer currency ({given.currency})",
            param="currency",
        )
    group = charge.body["transfer_group"]
    if given.transfer_group and group and given.transfer_group != group:
        raise Refused(
            f"The transfer_group of a transfer must be that of its source_transaction ({group}).",
            param="transfer_group",
        )
    left = charge.body["amount_captured"] - charge.private["transferred"]
    if given.amount > left:
        raise Refused(
            f"Insufficient funds: source_transaction has {currencies.shown(left, given.currency)} left to transfer.",
            code="balance_insufficient",
            param="amount",
        )
    charge.private = {**charge.private, "transferred": charge.private["transferred"] + given.amount}
    paid_in = await call.find("balance_transaction", charge.body["balance_transaction"])
    return int(paid_in.body["available_on"])


async def _group_of(call: Call, charge: str) -> str:
    """A charge without a group gets one of its own with its first transfer."""
    found = await call.lock("charge", charge)
    if not found.body["transfer_group"]:
        found.change(transfer_group=f"group_{charge}")
    return str(found.body["transfer_group"])


async def _move_back(call: Call, giver: Call, transfer: Resource, given: ReversalIn, amount: int) -> Resource:
    body, reversal = transfer.body, new_id("trr")
    due, currency = transfer.private["available_on"], body["currency"]
    balance.move(giver, "payment_refund", -amount, currency, body["destination_payment"], available_on=due)
    back = balance.move(call, "transfer_refund", amount, currency, reversal, available_on=due)
    if body["source_transaction"]:
        charge = await call.lock("charge", body["source_transaction"])
        charge.private = {**charge.private, "transferred": charge.private["transferred"] - amount}
    return call.add(
        "transfer_reversal",
        {
            "id": reversal,
            "amount": amount,
            "balance_transaction": back,
            "currency": currency,
            "destination_payment_refund": None,
            "metadata": given.metadata,
            "source_refund": None,
            "transfer": transfer.id,
        },
    )


def _shape(given: TransferIn, transfer: str, transaction: str, payment: str) -> Body:
    url = f"/v1/transfers/{transfer}/reversals"
    return {
        "id": transfer,
        "amount": given.amount,
        "amount_reversed": 0,
        "balance_transaction": transaction,
        "currency": given.currency,
        "description": given.description,
        "destination": given.destination,
        "destination_payment": payment,
        "metadata": given.metadata,
        "reversals": {"object": "list", "data": [], "has_more": False, "url": url},
        "reversed": False,
        "source_transaction": given.source_transaction,
        "source_type": "card",
        "transfer_group": given.transfer_group,
    }


def _destination_payment(given: TransferIn, transfer: str) -> Body:
    return {
        "id": new_id("py"),
        "amount": given.amount,
        "amount_captured": given.amount,
        "amount_refunded": 0,
        "balance_transaction": None,
        "captured": True,
        "currency": given.currency,
        "metadata": {},
        "paid": True,
        "payment_intent": None,
        "refunded": False,
        "source_transfer": transfer,
        "status": "succeeded",
        "transfer_group": given.transfer_group,
    }
