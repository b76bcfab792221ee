"""Money beside any agreement on its way back to whoever sent it. The case that decided it is the operation's part."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from payments.cases.opening import NewCase, open_cases
from payments.cases.states import CaseKind
from payments.ledger import chart
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.operations import service as operating
from payments.operations.models import Operation
from payments.operations.states import OperationMove


async def returned(tx: AsyncSession, operation: Operation, *, cash: chart.Account, by: UUID | None = None) -> None:
    """It has left."""
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    legs = [debit(chart.IN_TRANSIT, operation.amount), credit(cash, operation.amount)]
    await _post(tx, operation, "settle_return", legs, "sent back to the sender", by)


async def failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None = None) -> None:
    """It did not leave: it lies in suspense again, with a new case."""
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    await _again(tx, operation, reason, [debit(chart.IN_TRANSIT, operation.amount)], by)


async def bounced(
    tx: AsyncSession, operation: Operation, reason: str, sources: list[Leg], *, by: UUID | None = None
) -> None:
    """It left and came back: it lies in suspense again, with a new case."""
    operating.conclude(operation, OperationMove.BOUNCE, by=by, note=reason)
    await _again(tx, operation, reason, sources, by)


async def _again(tx: AsyncSession, operation: Operation, reason: str, sources: list[Leg], by: UUID | None) -> None:
    await _post(tx, operation, "undo_return", [*sources, credit(chart.SUSPENSE, operation.amount)], reason, by)
    said = {"code": "return_failed", "why": reason}
    new = NewCase(kind=CaseKind.CAME_BACK, held=operation.amount, reasons=[said], operation_id=operation.id)
    await open_cases(tx, [new])


async def _post(
    tx: AsyncSession, operation: Operation, kind: str, legs: list[Leg], reason: str, by: UUID | None
) -> None:
    entry = Entry(
        key=f"{kind}:{operation.id}", kind=kind, legs=legs, reason=reason, actor=by, part_id=operation.part_id
    )
    await post(tx, entry)
