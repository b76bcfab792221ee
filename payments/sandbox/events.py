"""Events: what happened to an object, kept for `GET /v1/events` and queued for the webhook address in one go."""

from datetime import UTC, datetime

from payments.sandbox.models import PLATFORM, Body, Delivery
from payments.sandbox.store import Call, new_id

API_VERSION = "2026-10-28.endive"


async def emit(call: Call, kind: str, subject: Body) -> None:
    """Record that `kind` happened, with a snapshot of the object; queued in the call's own transaction."""
    body: Body = {
        "id": new_id("evt"),
        "api_version": API_VERSION,
        "type": kind,
        "data": {"object": subject},
        "pending_webhooks": 1 if call.settings.webhook_url else 0,
        "request": {"id": call.request_id, "idempotency_key": call.key},
    }
    if call.account != PLATFORM:
        body["account"] = call.account
    event = call.add("event", body)
    if call.settings.webhook_url:
        call.tx.add(Delivery(event=event.id, due_at=datetime.now(UTC)))
