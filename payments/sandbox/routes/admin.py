"""The sandbox's own levers, under `/_sandbox/`: look inside, let time pass, lose keys, plan faults. JSON both ways."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from payments.sandbox import balance, settling, webhooks
from payments.sandbox.faults import FAULTS
from payments.sandbox.models import Answer, Attempt, Body, Delivery, Fault, Resource
from payments.sandbox.routes import accounts
from payments.sandbox.store import Call

router = APIRouter(prefix="/_sandbox")


async def _call(request: Request) -> AsyncIterator[Call]:
    async with request.app.state.sessions.begin() as tx:
        yield Call(tx, request.app.state.settings)
    request.app.state.doorbell.set()


Admin = Annotated[Call, Depends(_call, scope="function")]


class FaultIn(BaseModel):
    """The next `count` requests by `method` under `path` misbehave in this way."""

    kind: str
    method: str = "POST"
    path: str = "/v1/"
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in FAULTS:
            raise ValueError(f"one of {', '.join(FAULTS)}")
        return kind


@router.get("/state")
async def state(call: Admin) -> Body:
    """How many objects of each kind there are, the platform's balance, what waits, and the faults still planned."""
    tx = call.tx
    kinds = await tx.execute(select(Resource.kind, func.count()).group_by(Resource.kind))
    undelivered = select(func.count()).select_from(Delivery).where(Delivery.delivered_at.is_(None))
    waiting = select(func.count()).select_from(Resource).where(Resource.settles_at.is_not(None))
    return {
        "objects": dict(kinds.tuples().all()),
        "balance": await balance.sheet(call),
        "waiting": await tx.scalar(waiting),
        "idempotency_keys": await tx.scalar(select(func.count()).select_from(Answer)),
        "undelivered": await tx.scalar(undelivered),
        "faults": [_fault(fault) for fault in await _planned(tx)],
    }


@router.post("/settle")
async def settle(call: Admin, only: str | None = None) -> Body:
    """Let the time of everything that waits, or of one object, have come."""
    return {"settled": await settling.settle_now(call.tx, call.settings, only)}


@router.post("/accounts/{account}/verification")
async def verify(call: Admin, account: str) -> Body:
    """Supply whatever an account still has to."""
    return await accounts.verify(call, account)


@router.post("/keys/expiry")
async def expire_keys(call: Admin, key: str | None = None) -> Body:
    """Forget all idempotency keys, or one, as if a day had passed."""
    forget = delete(Answer).returning(Answer.key)
    gone = await call.tx.scalars(forget.where(Answer.key == key) if key is not None else forget)
    return {"expired": len(gone.all())}


@router.post("/events/{event}/delivery")
async def resend(call: Admin, event: str) -> Body:
    """Send an event's webhook once more."""
    await call.tx.get_one(Resource, event)
    await webhooks.resend(call.tx, event)
    return {"queued": event}


@router.get("/attempts")
async def attempts(call: Admin) -> list[Body]:
    """Every attempt at a webhook, in the order of sending."""
    rows = await call.tx.execute(
        select(Attempt, Resource.body["type"].astext).join(Resource, Resource.id == Attempt.event).order_by(Attempt.id)
    )
    return [
        {"event": attempt.event, "type": kind, "status": attempt.status, "at": attempt.at.isoformat()}
        for attempt, kind in rows
    ]


@router.post("/faults", status_code=201)
async def plan(call: Admin, given: FaultIn) -> Body:
    """Plan a fault."""
    fault = Fault(kind=given.kind, method=given.method, path=given.path, remaining=given.count)
    call.tx.add(fault)
    await call.tx.flush()
    return _fault(fault)


@router.delete("/faults")
async def clear(call: Admin) -> Body:
    """Behave again."""
    gone = await call.tx.scalars(delete(Fault).returning(Fault.id))
    return {"cleared": len(gone.all())}


async def _planned(tx: AsyncSession) -> list[Fault]:
    return list(await tx.scalars(select(Fault).where(Fault.remaining > 0).order_by(Fault.id)))


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "kind": fault.kind,
        "method": fault.method,
        "path": fault.path,
        "remaining": fault.remaining,
    }
