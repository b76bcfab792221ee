"""Where providers tell us that something happened. The signature is believed; what happened is asked."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core import log, outbox
from app.core.db import Database
from payments.gateway import Gateway, WebhookForged
from payments.jobs import read_webhook
from payments.operations import service as operating

router = APIRouter()
logger = log.get("portolan.payments")


@router.post("/webhooks/stripe", include_in_schema=False)
async def stripe(request: Request) -> Response:
    """Kept once, answered at once, read later. A provider reads nothing of the answer but its number."""
    gateway: Gateway = request.app.state.jobs.gateway
    raw = await request.body()
    try:
        event = gateway.verify_webhook(raw, request.headers.get("stripe-signature", ""))
    except WebhookForged as forged:
        logger.warning("webhook_forged", reason=str(forged), size=len(raw))
        return Response(status_code=400)
    db: Database = request.app.state.db
    async with db.transaction() as tx:
        kept = await operating.keep_event(tx, gateway.capabilities.name, event)
        if kept is not None:
            await outbox.enqueue(tx, read_webhook, event_id=kept)
    return Response(status_code=200)
