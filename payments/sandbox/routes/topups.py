"""Top-ups: the platform's own money, drawn from its bank into its balance."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from payments.sandbox import balance, banks, currencies
from payments.sandbox.door import Door
from payments.sandbox.errors import Refused
from payments.sandbox.events import emit
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Amount, Currency, Described, Listing, Params
from payments.sandbox.store import Call, new_id

door = Door()


class TopupIn(Described):
    amount: Amount
    currency: Currency
    source: str | None = None
    statement_descriptor: Annotated[str, Field(max_length=15)] | None = None
    transfer_group: str | None = None


class Topups(Listing):
    status: str | None = None


@door.post("/v1/topups", TopupIn)
async def create(call: Call, given: TopupIn) -> Body:
    """Draw money from the bank; it is there, or not, when it settles."""
    currencies.check_payment(given.amount, given.currency)
    due = call.now + call.settings.settle_seconds
    body: Body = {
        "id": new_id("tu"),
        "amount": given.amount,
        "balance_transaction": None,
        "currency": given.currency,
        "description": given.description,
        "expected_availability_date": due,
        "failure_code": None,
        "failure_message": None,
        "initiated_by": "user",
        "metadata": given.metadata,
        "source": None,
        "statement_descriptor": given.statement_descriptor,
        "status": "pending",
        "transfer_group": given.transfer_group,
    }
    made = call.add("topup", body, settles_at=due, failure=banks.failure(given.source or ""))
    await emit(call, "topup.created", made.body)
    return made.body


@door.get("/v1/topups/{topup}", Params)
async def retrieve(call: Call, given: Params, *, topup: str) -> Body:
    return (await call.find("topup", topup)).body


@door.get("/v1/topups", Topups)
async def index(call: Call, given: Topups) -> Body:
    return await call.page("topup", given, "/v1/topups")


@door.post("/v1/topups/{topup}/cancel", Params)
async def cancel(call: Call, given: Params, *, topup: str) -> Body:
    """Give it up while it is pending."""
    found = await call.lock("topup", topup)
    if found.body["status"] != "pending":
        raise Refused(f"Top-up {topup} cannot be canceled: it is {found.body['status']}.")
    found.settles_at = None
    found.change(status="canceled", expected_availability_date=None)
    await emit(call, "topup.canceled", found.body)
    return found.body


async def stock(call: Call, own_funds: str) -> None:
    """The platform's own money, once: `usd:5000000 eur:5000000`. Raises ValueError for anything else."""
    if await call.tx.scalar(select(Resource.id).where(Resource.kind == "topup").limit(1)):
        return
    for word in own_funds.split():
        currency, amount = word.split(":")
        await create(call, TopupIn(amount=int(amount), currency=currency, description="Own funds"))


async def settle(call: Call, topup: Resource) -> None:
    """The bank has paid, or has refused to."""
    if code := topup.private["failure"]:
        topup.change(status="failed", failure_code=code, failure_message=banks.MESSAGES[code])
        await emit(call, "topup.failed", topup.body)
        return
    line = balance.move(call, "topup", topup.body["amount"], topup.body["currency"], topup.id)
    topup.change(status="succeeded", balance_transaction=line)
    await emit(call, "topup.succeeded", topup.body)
