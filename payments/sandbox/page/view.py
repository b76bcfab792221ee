"""What the page shows: the state, and the latest of whatever can be acted upon."""

from typing import Any

from sqlalchemy import select

from payments.sandbox import banks, currencies
from payments.sandbox.faults import ANY, FAULTS
from payments.sandbox.mischief import WEBHOOK_FAULTS
from payments.sandbox.models import Attempt, Body, Resource
from payments.sandbox.routes import admin, disputes
from payments.sandbox.store import Call

_SHOWN = 8
_ATTEMPTS = 12


async def view(call: Call) -> dict[str, Any]:
    """Everything the template needs."""
    return {
        "settings": call.settings,
        "state": await admin.state(call),
        "charges": [charge for charge in await _latest(call, "charge") if charge["payment_intent"]],
        "disputes": await _latest(call, "dispute"),
        "payouts": await _latest(call, "payout"),
        "accounts": await _latest(call, "account"),
        "attempts": await _attempts(call),
        "fault_kinds": FAULTS,
        "webhook_fault_kinds": WEBHOOK_FAULTS,
        "methods": ("POST", "GET", "DELETE", ANY),
        "reasons": sorted(disputes.REASONS),
        "failures": banks.MESSAGES,
        "shown": currencies.shown,
        "plain": currencies.plain,
    }


async def _latest(call: Call, kind: str) -> list[Body]:
    """Of the platform and of every account."""
    rows = select(Resource.body).where(Resource.kind == kind).order_by(Resource.seq.desc()).limit(_SHOWN)
    return list(await call.tx.scalars(rows))


async def _attempts(call: Call) -> list[dict[str, Any]]:
    rows = (
        select(Attempt, Resource.body["type"].astext)
        .join(Resource, Resource.id == Attempt.event)
        .order_by(Attempt.id.desc())
        .limit(_ATTEMPTS)
    )
    return [{"attempt": attempt, "type": kind} for attempt, kind in await call.tx.execute(rows)]
