"""Pay-outs from an account's available balance to its bank."""

from payments.sandbox import balance, currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import Refused
from payments.sandbox.events import emit
from payments.sandbox.models import PLATFORM, Body, Resource
from payments.sandbox.params import Amount, Currency, Described, Listing, Params
from payments.sandbox.store import Call, new_id

door = Door()


class PayoutIn(Described):
    amount: Amount
    currency: Currency
    statement_descriptor: str | None = None


class Payouts(Listing):
    status: str | None = None


@door.post("/v1/payouts", PayoutIn)
async def create(call: Call, given: PayoutIn) -> Body:
    """Send available money to the bank."""
    currencies.check(given.amount, given.currency)
    destination = await _bank_of(call)
    if given.amount > await balance.spendable(call, given.currency):
        raise Refused(
            "You have insufficient funds in your Stripe account for this transfer.", code="balance_insufficient"
        )
    payout = new_id("po")
    transaction = balance.move(call, "payout", -given.amount, given.currency, payout)
    body: Body = {
        "id": payout,
        "amount": given.amount,
        "arrival_date": call.now + call.settings.settle_seconds,
        "automatic": False,
        "balance_transaction": transaction,
        "currency": given.currency,
        "description": given.description,
        "destination": destination,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "metadata": given.metadata,
        "method": "standard",
        "reconciliation_status": "not_applicable",
        "source_type": "card",
        "statement_descriptor": given.statement_descriptor,
        "status": "pending",
        "type": "bank_account",
    }
    made = call.add("payout", body, settles_at=call.now + call.settings.settle_seconds)
    await emit(call, "payout.created", made.body)
    return made.body


@door.get("/v1/payouts/{payout}", Params)
async def retrieve(call: Call, given: Params, *, payout: str) -> Body:
    return (await call.find("payout", payout)).body


@door.get("/v1/payouts", Payouts)
async def index(call: Call, given: Payouts) -> Body:
    return await call.page("payout", given, "/v1/payouts")


async def settle(call: Call, payout: Resource) -> None:
    """The money has arrived at the bank."""
    payout.change(status="paid")
    await emit(call, "payout.paid", payout.body)


async def _bank_of(call: Call) -> str:
    if call.account == PLATFORM:
        return "ba_platform"
    account = (await call.on_behalf_of(PLATFORM).find("account", call.account)).body
    if not account["payouts_enabled"]:
        raise Refused("Payouts are not enabled for this account.", code="payouts_not_allowed")
    return str(account["external_accounts"]["data"][0]["id"])
