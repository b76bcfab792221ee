"""Pay-outs from an account's available balance to its bank."""

from payments.sandbox import balance, banks, currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import Refused, missing
from payments.sandbox.events import emit
from payments.sandbox.models import PLATFORM, Body, Resource
from payments.sandbox.params import Amount, Currency, Described, Listing, Params
from payments.sandbox.routes import accounts
from payments.sandbox.store import Call, new_id

door = Door()
_FAILABLE = frozenset({"pending", "in_transit", "paid"})


class PayoutIn(Described):
    amount: Amount
    currency: Currency
    destination: str | None = None
    statement_descriptor: str | None = None


class Payouts(Listing):
    status: str | None = None


@door.post("/v1/payouts", PayoutIn)
async def create(call: Call, given: PayoutIn) -> Body:
    """Send available money to the bank."""
    currencies.check(given.amount, given.currency)
    destination, failure = await _bank_of(call, given.destination)
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
    made = call.add("payout", body, settles_at=call.now + call.settings.settle_seconds // 2, failure=failure)
    await emit(call, "payout.created", made.body)
    return made.body


@door.get("/v1/payouts/{payout}", Params)
async def retrieve(call: Call, given: Params, *, payout: str) -> Body:
    return (await call.find("payout", payout)).body


@door.get("/v1/payouts", Payouts)
async def index(call: Call, given: Payouts) -> Body:
    return await call.page("payout", given, "/v1/payouts")


@door.post("/v1/payouts/{payout}/cancel", Params)
async def cancel(call: Call, given: Params, *, payout: str) -> Body:
    """Give it up while the bank has not got it."""
    found = await call.lock("payout", payout)
    if found.body["status"] != "pending":
        raise Refused(f"Payout {payout} cannot be canceled: it is {found.body['status']}.")
    _return(call, found, "payout_cancel", status="canceled")
    await emit(call, "payout.canceled", found.body)
    return found.body


async def settle(call: Call, payout: Resource) -> None:
    """The money is handed to the bank; and, later, has arrived there or is sent back."""
    if payout.body["status"] == "pending":
        payout.settles_at = payout.body["arrival_date"]
        payout.change(status="in_transit")
        await emit(call, "payout.updated", payout.body)
    elif code := payout.private.get("failure"):
        await fail(call, payout, code)
    else:
        payout.change(status="paid")
        await emit(call, "payout.paid", payout.body)


async def fail(call: Call, payout: Resource, code: str) -> None:
    """The bank sends the money back: on its way, or even after it has arrived. Unless it was the bank's own trouble,
    nothing goes to that bank account again until the account's details are renewed."""
    if payout.body["status"] not in _FAILABLE:
        raise Refused(f"Payout {payout.id} cannot fail: it is {payout.body['status']}.")
    _return(call, payout, "payout_failure", status="failed", failure_code=code, failure_message=banks.MESSAGES[code])
    await emit(call, "payout.failed", payout.body)
    if call.account != PLATFORM and code not in banks.HARMLESS:
        await accounts.distrust_bank(call.on_behalf_of(PLATFORM), call.account, payout.body["destination"])


def _return(call: Call, payout: Resource, kind: str, **fields: str) -> None:
    line = balance.move(call, kind, payout.body["amount"], payout.body["currency"], payout.id)
    payout.settles_at = None
    payout.change(failure_balance_transaction=line, **fields)


async def _bank_of(call: Call, wanted: str | None) -> tuple[str, str]:
    """The bank account to pay to, and how that will fail."""
    if call.account == PLATFORM:
        return wanted or "ba_platform", ""
    account = await call.on_behalf_of(PLATFORM).find("account", call.account)
    if not account.body["payouts_enabled"]:
        raise Refused("Payouts are not enabled for this account.", code="payouts_not_allowed")
    banks_there = [bank["id"] for bank in account.body["external_accounts"]["data"]]
    if wanted is not None and wanted not in banks_there:
        raise missing("external_account", wanted, param="destination")
    bank = wanted or banks_there[0]
    return bank, account.private.get("failures", {}).get(bank, "")
