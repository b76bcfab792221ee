"""The sandbox's own levers, under `/_sandbox/`: look inside, let time pass, lose keys, plan faults. JSON both ways."""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from payments.sandbox import balance, banks, settling, webhooks
from payments.sandbox.faults import FAULTS
from payments.sandbox.mischief import DROPPED, WEBHOOK_FAULTS
from payments.sandbox.models import PLATFORM, Answer, Attempt, Body, Delivery, RequestFault, Resource, WebhookFault
from payments.sandbox.routes import accounts, disputes, payouts
from payments.sandbox.store import Call

router = APIRouter(prefix="/_sandbox")


async def _call(request: Request) -> AsyncIterator[Call]:
    async with request.app.state.sessions.begin() as tx:
        yield Call(tx, request.app.state.settings)
    await request.app.state.plans.look()
    request.app.state.doorbell.set()


Admin = Annotated[Call, Depends(_call, scope="function")]


Count = Annotated[int, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]


class PlanIn(BaseModel):
    """What every plan says: how many it strikes (`count`), or which part (`share`, drawn from `seed`), or both."""

    model_config = ConfigDict(extra="forbid")

    count: Count | None = None
    share: Share | None = None
    seed: int = 0

    def terms(self) -> dict[str, Any]:
        """The plan's columns. Without a word about how many: the next one."""
        without_end = self.share is not None and self.count is None
        return {
            "share": 1.0 if self.share is None else self.share,
            "seed": self.seed,
            "seen": 0,
            "remaining": None if without_end else self.count or 1,
        }


class FaultIn(PlanIn):
    """Requests by `method` (`*`: any) under `path` misbehave in this way."""

    kind: str
    method: str = "POST"
    path: str = "/v1/"

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        return _one_of(kind, FAULTS)


class WebhookFaultIn(PlanIn):
    """Events whose type starts with `event` are told in this way. Without `count` and `share`: all of them."""

    kind: str
    event: str = ""
    share: Share | None = 1.0
    copies: Annotated[int, Field(ge=2, le=100)] = 2
    seconds: Annotated[float, Field(ge=0, le=3600)] = 5.0

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        return _one_of(kind, WEBHOOK_FAULTS)


def _one_of(kind: str, known: Iterable[str]) -> str:
    if kind not in known:
        raise ValueError(f"one of {', '.join(known)}")
    return kind


@router.get("/state")
async def state(call: Admin) -> Body:
    """How many objects of each kind there are, the platform's balance, what waits, and the faults still planned."""
    tx = call.tx
    kinds = await tx.execute(select(Resource.kind, func.count()).group_by(Resource.kind))
    undelivered = select(func.count()).select_from(Delivery).where(webhooks.on_its_way())
    dropped = select(func.count()).select_from(Delivery).where(Delivery.mischief == DROPPED)
    waiting = select(func.count()).select_from(Resource).where(settling.waiting())
    return {
        "objects": dict(kinds.tuples().all()),
        "balance": await balance.sheet(call),
        "waiting": await tx.scalar(waiting),
        "idempotency_keys": await tx.scalar(select(func.count()).select_from(Answer)),
        "undelivered": await tx.scalar(undelivered),
        "dropped": await tx.scalar(dropped),
        "faults": [_shown(fault) for fault in await planned(tx, RequestFault)],
        "webhook_faults": [_shown(fault) for fault in await planned(tx, WebhookFault)],
    }


@router.post("/settle")
async def settle(call: Admin, only: str | None = None) -> Body:
    """Let the time of everything that waits, or of one object, have come."""
    return {"settled": await settling.settle_now(call.tx, call.settings, only)}


class BankIn(BaseModel):
    """`number` of the bank account that takes the place of the former."""

    number: Annotated[str, Field(min_length=4, max_length=34)]


@router.post("/accounts/{account}/bank")
async def change_bank(call: Admin, account: str, said: BankIn) -> Body:
    """Name another bank account, as a person does on the provider's page."""
    return await accounts.change_bank(call, account, said.number)


@router.post("/accounts/{account}/verification")
async def verify(call: Admin, account: str) -> Body:
    """Supply whatever an account still has to."""
    return await accounts.verify(call, account)


class DisputeIn(BaseModel):
    """Without an amount: all that is left of the charge. An inquiry takes nothing yet."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[int, Field(ge=1)] | None = None
    reason: str = "fraudulent"
    inquiry: bool = False

    @field_validator("reason")
    @classmethod
    def _known(cls, reason: str) -> str:
        return _one_of(reason, disputes.REASONS)


class DecisionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: Literal["won", "lost"]


@router.post("/charges/{charge}/dispute", status_code=201)
async def dispute(call: Admin, charge: str, given: DisputeIn) -> Body:
    """The payer's bank disputes a charge, named by itself or by its payment intent."""
    if charge.startswith("pi_"):
        charge = (await call.find("payment_intent", charge)).body["latest_charge"] or charge
    made = await disputes.open_(call, await call.lock("charge", charge), **given.model_dump())
    return made.body


@router.post("/disputes/{dispute}/decision")
async def decide(call: Admin, dispute: str, given: DecisionIn) -> Body:
    """The bank decides."""
    return await disputes.decide(call, dispute, won=given.status == "won")


@router.post("/disputes/{dispute}/escalation")
async def escalate(call: Admin, dispute: str) -> Body:
    """An inquiry becomes a chargeback."""
    return await disputes.escalate(call, dispute)


class FailureIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = "could_not_process"

    @field_validator("code")
    @classmethod
    def _known(cls, code: str) -> str:
        return _one_of(code, banks.MESSAGES)


@router.post("/payouts/{payout}/failure")
async def fail(call: Admin, payout: str, given: FailureIn) -> Body:
    """The bank sends a payout back, of whichever account it is."""
    holder = select(Resource.account).where(Resource.id == payout, Resource.kind == "payout")
    theirs = call.on_behalf_of(await call.tx.scalar(holder) or PLATFORM)
    found = await theirs.lock("payout", payout)
    await payouts.fail(theirs, found, given.code)
    return found.body


@router.post("/keys/expiry")
async def expire_keys(call: Admin, key: str | None = None) -> Body:
    """Forget all idempotency keys, or one, as if a day had passed."""
    forget = delete(Answer).returning(Answer.key)
    gone = await call.tx.scalars(forget.where(Answer.key == key) if key is not None else forget)
    return {"expired": len(gone.all())}


@router.post("/events/{event}/delivery")
async def resend(call: Admin, event: str) -> Body:
    """Send an event's webhook once more."""
    await call.find("event", event)
    return {"queued": await webhooks.resend(call.tx, event)}


@router.post("/events/delivery")
async def resend_all(call: Admin) -> Body:
    """Send every event's webhook once more, in order."""
    return {"queued": await webhooks.resend(call.tx)}


@router.get("/attempts")
async def attempts(call: Admin) -> list[Body]:
    """Every attempt at a webhook, in the order of sending."""
    rows = await call.tx.execute(
        select(Attempt, Resource.body["type"].astext).join(Resource, Resource.id == Attempt.event).order_by(Attempt.id)
    )
    return [
        {
            "event": attempt.event,
            "type": kind,
            "status": attempt.status,
            "mischief": attempt.mischief,
            "at": attempt.at.isoformat(),
        }
        for attempt, kind in rows
    ]


@router.post("/faults", status_code=201)
async def plan(call: Admin, given: FaultIn) -> Body:
    """Plan a fault."""
    return await _plan(call, RequestFault(kind=given.kind, method=given.method, path=given.path, **given.terms()))


@router.delete("/faults")
async def clear(call: Admin) -> Body:
    """Answer as one should again."""
    return await _clear(call, RequestFault)


@router.post("/webhook-faults", status_code=201)
async def plan_webhook_fault(call: Admin, given: WebhookFaultIn) -> Body:
    """Plan a fault in telling events: it strikes events that were not sent yet."""
    said = given.model_dump(include={"kind", "event", "copies", "seconds"})
    return await _plan(call, WebhookFault(**said, **given.terms()))


@router.delete("/webhook-faults")
async def clear_webhook_faults(call: Admin) -> Body:
    """Tell events as one should again."""
    return await _clear(call, WebhookFault)


P = TypeVar("P", RequestFault, WebhookFault)


async def planned(tx: AsyncSession, kind: type[P]) -> list[P]:
    """What may still strike, the oldest first."""
    return list(await tx.scalars(select(kind).where(kind.waiting()).order_by(kind.id)))


async def _plan(call: Call, fault: RequestFault | WebhookFault) -> Body:
    call.tx.add(fault)
    await call.tx.flush()
    return _shown(fault)


async def _clear(call: Call, kind: type[P]) -> Body:
    gone = await call.tx.scalars(delete(kind).returning(kind.id))
    return {"cleared": len(gone.all())}


def _shown(fault: RequestFault | WebhookFault) -> Body:
    return {column.name: getattr(fault, column.name) for column in fault.__table__.columns}
