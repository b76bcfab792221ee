"""The balance and its transactions."""

from payments.sandbox import balance
from payments.sandbox.door import Door
from payments.sandbox.models import Body
from payments.sandbox.params import Listing, Params
from payments.sandbox.store import Call

door = Door()


class Transactions(Listing):
    currency: str | None = None
    source: str | None = None
    type: str | None = None


@door.get("/v1/balance", Params)
async def show(call: Call, given: Params) -> Body:
    return await balance.sheet(call)


@door.get("/v1/balance_transactions/{transaction}", Params)
async def retrieve(call: Call, given: Params, *, transaction: str) -> Body:
    return (await call.find("balance_transaction", transaction)).body


@door.get("/v1/balance_transactions", Transactions)
async def index(call: Call, given: Transactions) -> Body:
    return await call.page("balance_transaction", given, "/v1/balance_transactions")
