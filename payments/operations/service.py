"""Asking a provider for something, step by step: planned, sent, and then what the provider says. What its answer means
for the books is decided in `payments.settling`; the calls themselves are in `payments.jobs`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments.events import OperationPlanned
from payments.gateway import ProviderEvent
from payments.operations import queries
from payments.operations.models import Operation, WebhookEvent
from payments.operations.states import UNDER_WAY, OperationKind, OperationMove, OperationState
from trust.risk import holds

KEY_KEPT = timedelta(hours=20)  # Stripe forgets a key after 24 hours at the earliest; a retry is then a new request
BANK = "bank"
LEAVING = (OperationKind.TRANSFER, OperationKind.PAY_OUT, OperationKind.MICRO_DEPOSIT)
"""By these money goes to a company's account: a hold of its payouts stops them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to ask of a provider. `part_id` has one open operation of a kind at most (a unique index sees to it), but
    any number of refunds: parts of its money may go back one after another."""

    kind: OperationKind
    provider: str
    subject: Subject
    part_id: UUID
    amount: Money
    by: UUID | None
    method: str = ""
    reference: str = ""
    parent_ref: str = ""
    source_ref: str = ""


async def plan(tx: AsyncSession, asked: Plan, *, send: bool = True) -> Operation:
    """Write an operation with its key. The caller holds the lock of the part it serves.

    send  ask the provider as soon as this is committed; else it waits for `send_now` or for a booking
    """
    operation = planned(asked, number=await queries.count_of_part(tx, asked.part_id, asked.kind) + 1)
    tx.add(operation)
    await tx.flush()
    if send:
        await outbox.publish(tx, OperationPlanned(operation.id))
    return operation


def planned(asked: Plan, *, number: int) -> Operation:
    """The row of an operation, not yet added. `number` counts the part's operations of this kind, from 1."""
    return Operation(
        id=new_id(),
        kind=asked.kind,
        provider=asked.provider,
        provider_key=f"{asked.kind}:{asked.part_id}:{number}",
        state=OperationState.PLANNED,
        subject_type=asked.subject.type,
        subject_id=asked.subject.id,
        part_id=asked.part_id,
        amount=asked.amount,
        method=asked.method,
        reference=asked.reference,
        parent_ref=asked.parent_ref,
        source_ref=asked.source_ref,
        created_by=asked.by,
    )


async def send_now(tx: AsyncSession, operation: Operation) -> None:
    """Ask the provider for what was planned without sending. The caller holds its lock."""
    await tx.flush()
    await outbox.publish(tx, OperationPlanned(operation.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a call to the provider needs, taken out of the transaction."""

    id: UUID
    kind: OperationKind
    key: str
    subject: Subject
    amount: Money
    method: str
    reference: str
    parent_ref: str
    source_ref: str
    provider_ref: str
    attempts: int
    first_sent_at: datetime

    @property
    def key_expired(self) -> bool:
        """Whether the provider may have forgotten the key, so that sending again could do it twice."""
        return clock.now() - self.first_sent_at > KEY_KEPT


async def begin(tx: AsyncSession, operation_id: UUID) -> Sending | None:
    """Mark an operation as sent before it is. Locks it. None when there is nothing left to ask.

    Raises OnHold for a payout that is held and was not sent yet.
    """
    operation = await queries.operation_for_update(tx, operation_id)
    if operation.state == OperationState.PLANNED:
        await check_going(tx, operation)
    if operation.state in (OperationState.PLANNED, OperationState.UNKNOWN):
        operation.move(OperationMove.SEND, by=None)
    if operation.state != OperationState.SENT or operation.provider == BANK:
        return None
    operation.attempts += 1
    operation.first_sent_at = operation.first_sent_at or clock.now()
    return Sending(
        id=operation.id,
        kind=operation.kind,
        key=operation.provider_key,
        subject=Subject(operation.subject_type, operation.subject_id),
        amount=operation.amount,
        method=operation.method,
        reference=operation.reference,
        parent_ref=operation.parent_ref,
        source_ref=operation.source_ref,
        provider_ref=operation.provider_ref,
        attempts=operation.attempts,
        first_sent_at=operation.first_sent_at,
    )


async def check_going(tx: AsyncSession, operation: Operation) -> None:
    """Whether an operation may leave now. Locks the names of what could be held (trust.risk.holds). Raises OnHold."""
    if operation.kind in LEAVING:
        names = await queries.may_be_held(tx, [operation.part_id])
        await holds.check_hold(tx, *names.get(operation.part_id, ()))


async def lose(tx: AsyncSession, operation_id: UUID, error: str, *, escalate: bool = False) -> None:
    """No answer: it may have happened.

    escalate  nothing was found at the provider either: people must look
    """
    operation = await queries.operation_for_update(tx, operation_id)
    if operation.state == OperationState.SENT:
        operation.move(OperationMove.LOSE, by=None, note=error[:200])
    if operation.state in UNDER_WAY:
        operation.last_error = error
        operation.escalated_at = operation.escalated_at or (clock.now() if escalate else None)


async def note_busy(tx: AsyncSession, operation_id: UUID, error: str) -> None:
    operation = await queries.operation_for_update(tx, operation_id)
    operation.last_error = error


def conclude(operation: Operation, move: OperationMove, *, by: UUID | None = None, note: str = "") -> None:
    """The end of an operation. The caller holds its lock."""
    operation.move(move, by=by, note=note[:200])
    operation.settled_at = clock.now()
    operation.escalated_at = None
    operation.last_error = note


async def keep_event(tx: AsyncSession, provider: str, event: ProviderEvent) -> UUID | None:
    """Keep a webhook's event; None when it was here before."""
    kept: UUID | None = await tx.scalar(
        insert(WebhookEvent)
        .values(
            id=new_id(),
            provider=provider,
            event_id=event.id,
            kind=event.kind[:80],
            object_kind=event.object_kind,
            object_id=event.object_id,
            happened_at=event.created,
            received_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
        .returning(WebhookEvent.id)
    )
    return kept
