"""Events, for those who missed the webhook."""

from payments.sandbox.door import Door
from payments.sandbox.models import Body
from payments.sandbox.params import Listing, Params
from payments.sandbox.store import Call

door = Door()


class Events(Listing):
    type: str | None = None


@door.get("/v1/events/{event}", Params)
async def retrieve(call: Call, given: Params, *, event: str) -> Body:
    return (await call.find("event", event)).body


@door.get("/v1/events", Events)
async def index(call: Call, given: Events) -> Body:
    return await call.page("event", given, "/v1/events")
