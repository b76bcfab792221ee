"""What a provider's answer means for the books, by kind of operation. Repeated answers change nothing.

Locks in the order milestone, payout or company, operation, balances.
"""

from typing import assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import Money
from app.core.subject import Subject
from payments.cases import queries as cases
from payments.cases import returning
from payments.escrow import funding
from payments.escrow import queries as escrows
from payments.gateway import PayIn, PayInState, PayOut, Record, Refund, Reversal, Transfer, TransferState
from payments.ledger import chart
from payments.ledger.service import Leg, debit
from payments.membership import paying as memberships
from payments.microdeposits import queries as microdeposits
from payments.microdeposits import sending
from payments.operations import queries as operations
from payments.operations.models import Operation
from payments.operations.service import BANK
from payments.operations.states import UNDER_WAY, OperationKind, OperationState
from payments.payouts import queries as payouts
from payments.payouts import service as paying_out

RECORDS: dict[OperationKind, type[Record]] = {
    OperationKind.PAY_IN: PayIn,
    OperationKind.REFUND: Refund,
    OperationKind.TRANSFER: Transfer,
    OperationKind.REVERSAL: Reversal,
    OperationKind.PAY_OUT: PayOut,
    OperationKind.RETURN: Refund,
    OperationKind.MICRO_DEPOSIT: PayOut,
}
FAILURES = (TransferState.FAILED, TransferState.CANCELLED)


async def record(tx: AsyncSession, operation_id: UUID, told: Record) -> None:
    """What the provider's object says now: over, failed, or still on its way. What was called done may fail days later,
    when the receiver's bank sends it back.
    """
    operation = await locked(tx, operation_id)
    operation.provider_ref = told.id
    if isinstance(told, PayIn):
        operation.method = operation.method or told.method[:80]
    match told:
        case PayIn(state=PayInState.SUCCEEDED):
            operation.source_ref = told.source
            await confirm(tx, operation, received=told.received)
        case PayIn(state=PayInState.CANCELLED):
            await fail(tx, operation, told.failure or "cancelled")
        case PayIn(state=PayInState.AWAITING_METHOD) if told.failure:
            await fail(tx, operation, told.failure)
        case Refund(state=TransferState.SUCCEEDED) | PayOut(state=TransferState.SUCCEEDED):
            await confirm(tx, operation, received=told.amount)
        case Refund(state=state) if state in FAILURES and operation.state == OperationState.CONFIRMED:
            back = [debit(chart.psp(operation.provider), operation.amount)]
            await bounce(tx, operation, told.failure or "failed", back)
        case PayOut(state=state) if state in FAILURES and operation.state == OperationState.CONFIRMED:
            await paying_out.came_back(tx, operation, told.failure or "failed")
        case Refund(state=state) | PayOut(state=state) if state in FAILURES:
            await fail(tx, operation, told.failure or "failed")
        case Transfer() | Reversal():
            await confirm(tx, operation, received=told.amount)


async def refused(tx: AsyncSession, operation_id: UUID, reason: str, provider_ref: str = "") -> None:
    """A definite no to the request itself."""
    operation = await locked(tx, operation_id)
    operation.provider_ref = provider_ref or operation.provider_ref
    await fail(tx, operation, reason)


async def confirm(
    tx: AsyncSession,
    operation: Operation,
    *,
    received: Money,
    cash: chart.Account | None = None,
    by: UUID | None = None,
) -> None:
    """It happened. The caller holds the lock of the operation and, before it, of the part it serves.

    cash  where the ledger says that money left from; the operation's own rail when left out
    """
    if operation.state == OperationState.CONFIRMED:
        return
    if cash is None:
        cash = chart.bank("main") if operation.provider == BANK else chart.psp(operation.provider)
    kind = OperationKind(operation.kind)
    match kind:
        case OperationKind.PAY_IN if operation.subject_type == memberships.SUBJECT:
            await memberships.receive(tx, operation, received, cash=cash, by=by)
        case OperationKind.REFUND if operation.subject_type == memberships.SUBJECT:
            await memberships.refunded(tx, operation, cash=cash, by=by)
        case OperationKind.PAY_IN:
            subject = Subject(operation.subject_type, operation.subject_id)
            await funding.receive(tx, subject, operation.part_id, operation, received, by=by)
        case OperationKind.REFUND:
            await funding.repaid(tx, operation, cash=cash, by=by)
        case OperationKind.TRANSFER:
            await paying_out.transferred(tx, operation)
        case OperationKind.REVERSAL:
            await paying_out.returned(tx, operation)
        case OperationKind.PAY_OUT:
            await paying_out.settled(tx, operation, cash=cash, by=by)
        case OperationKind.RETURN:
            await returning.returned(tx, operation, cash=cash, by=by)
        case OperationKind.MICRO_DEPOSIT:
            await sending.settled(tx, operation, cash=cash, by=by)
        case _:
            assert_never(kind)


async def fail(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None = None) -> None:
    """It did not happen and will not. The caller holds the locks as for `confirm`."""
    if operation.state not in UNDER_WAY:
        return
    match OperationKind(operation.kind):
        case OperationKind.PAY_IN if operation.subject_type == memberships.SUBJECT:
            await memberships.pay_in_failed(tx, operation, reason, by=by)
        case OperationKind.REFUND if operation.subject_type == memberships.SUBJECT:
            await memberships.refund_failed(tx, operation, reason, by=by)
        case OperationKind.PAY_IN:
            await funding.pay_in_failed(tx, operation, reason, by=by)
        case OperationKind.REFUND:
            await funding.refund_failed(tx, operation, reason, by=by)
        case OperationKind.TRANSFER | OperationKind.REVERSAL | OperationKind.PAY_OUT:
            await paying_out.failed(tx, operation, reason, by=by)
        case OperationKind.RETURN:
            await returning.failed(tx, operation, reason, by=by)
        case OperationKind.MICRO_DEPOSIT:
            await sending.failed(tx, operation, reason, by=by)


async def bounce(
    tx: AsyncSession, operation: Operation, reason: str, sources: list[Leg], *, by: UUID | None = None
) -> bool:
    """It had happened, and the receiver's bank sent the money back. The caller holds the locks as for `confirm`.

    sources  the debits that say where the money is now; together the operation's amount
    Returns False, changing nothing, for what was not confirmed or does not come back.
    """
    if operation.state != OperationState.CONFIRMED:
        return False
    match OperationKind(operation.kind):
        case OperationKind.REFUND if operation.subject_type == memberships.SUBJECT:
            await memberships.refund_bounced(tx, operation, reason, sources, by=by)
        case OperationKind.REFUND:
            await funding.refund_bounced(tx, operation, reason, sources, by=by)
        case OperationKind.PAY_OUT if operation.provider == BANK:
            await paying_out.bounced(tx, operation, reason, sources, by=by)
        case OperationKind.RETURN:
            await returning.bounced(tx, operation, reason, sources, by=by)
        case OperationKind.MICRO_DEPOSIT:
            await sending.bounced(tx, operation, reason, sources, by=by)
        case _:
            return False
    return True


async def locked(tx: AsyncSession, operation_id: UUID) -> Operation:
    """The operation, locked after what it serves."""
    seen = await operations.operation(tx, operation_id)
    if seen.subject.type == memberships.SUBJECT:
        await memberships.locked(tx, seen.part_id)
    elif seen.kind in (OperationKind.PAY_IN, OperationKind.REFUND):
        await escrows.locked(tx, seen.subject, seen.part_id)
    elif seen.kind is OperationKind.RETURN:
        await cases.case_for_update(tx, seen.part_id)
    elif seen.kind is OperationKind.MICRO_DEPOSIT:
        await microdeposits.deposit_for_update(tx, seen.part_id)
    else:
        await payouts.payout_for_update(tx, seen.part_id)
    return await operations.operation_for_update(tx, operation_id)
