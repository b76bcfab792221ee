"""What is asked of payment runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from payments.errors import RunNotFound
from payments.operations.models import Operation
from payments.operations.states import OperationKind, OperationState
from payments.runs.models import PaymentRun, RunDownload, RunItem
from payments.runs.states import RunState
from payments.statements.matching import Payment


@dataclass(frozen=True, slots=True)
class RunView:
    id: UUID
    number: str
    message: str
    execute_on: date
    sha256: str
    state: RunState
    made_by: UUID
    approved_by: UUID | None
    approved_at: datetime | None
    called_off_by: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ItemView:
    """One payment of a run; `state` is the operation's."""

    operation_id: UUID
    kind: OperationKind
    end_to_end: str
    amount: Money
    holder: str
    masked: str
    state: OperationState


async def run(tx: AsyncSession, run_id: UUID) -> RunView:
    """Raises RunNotFound."""
    found = await tx.scalar(select(PaymentRun).where(PaymentRun.id == run_id))
    if found is None:
        raise RunNotFound(_("There is no such payment run."))
    return view(found)


async def run_for_update(tx: AsyncSession, run_id: UUID) -> PaymentRun:
    """Raises RunNotFound."""
    query = select(PaymentRun).where(PaymentRun.id == run_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise RunNotFound(_("There is no such payment run."))
    return found


async def runs(tx: AsyncSession, *, offset: int = 0, limit: int = 50) -> tuple[list[RunView], int]:
    """Newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(PaymentRun))).scalar_one()
    rows = await tx.scalars(select(PaymentRun).order_by(PaymentRun.id.desc()).offset(offset).limit(limit))
    return [view(row) for row in rows], total


async def totals(tx: AsyncSession, run_ids: Sequence[UUID]) -> dict[UUID, list[tuple[int, Money]]]:
    """Run → (how many payments, their sum) for each currency."""
    minor, currency = RunItem.amount_minor, RunItem.amount_currency  # type: ignore[attr-defined]
    rows = await tx.execute(
        select(RunItem.run_id, currency, func.count(), func.sum(minor))
        .where(RunItem.run_id.in_(run_ids))
        .group_by(RunItem.run_id, currency)
        .order_by(RunItem.run_id, currency)
    )
    found: dict[UUID, list[tuple[int, Money]]] = {}
    for run_id, code, count, total in rows:
        found.setdefault(run_id, []).append((count, Money(int(total), code)))
    return found


async def items(tx: AsyncSession, run_id: UUID) -> list[ItemView]:
    rows = await tx.execute(
        select(RunItem, Operation)
        .join(Operation, Operation.id == RunItem.operation_id)
        .where(RunItem.run_id == run_id)
        .order_by(RunItem.batch, RunItem.id)
    )
    return [
        ItemView(
            operation.id,
            OperationKind(operation.kind),
            item.end_to_end,
            item.amount,
            item.holder,
            item.masked,
            OperationState(operation.state),
        )
        for item, operation in rows
    ]


async def downloads(tx: AsyncSession, run_id: UUID) -> list[tuple[UUID, datetime]]:
    """Who took the file out and when, oldest first."""
    rows = await tx.execute(
        select(RunDownload.member_id, RunDownload.at).where(RunDownload.run_id == run_id).order_by(RunDownload.id)
    )
    return [(member_id, at) for member_id, at in rows]


async def in_live_run(tx: AsyncSession, operation_id: UUID) -> bool:
    return bool(await tx.scalar(select(exists().where(RunItem.operation_id == operation_id, RunItem.live))))


async def live_operations(tx: AsyncSession, operation_ids: Collection[UUID]) -> set[UUID]:
    """Those of these operations that stand in a live run."""
    query = select(RunItem.operation_id).where(RunItem.operation_id.in_(operation_ids), RunItem.live)
    return set(await tx.scalars(query))


async def payments_by_end_to_end(tx: AsyncSession, ids: Collection[str]) -> dict[str, Payment]:
    """What went to the bank under these EndToEndIds; the newest, where a payment was sent again."""
    if not ids:
        return {}
    rows = await tx.execute(_sent().where(RunItem.end_to_end.in_(ids)))
    return {item.end_to_end: _payment(operation) for item, operation in rows}


async def payments_by_batch(tx: AsyncSession, ids: Collection[str]) -> dict[str, list[Payment]]:
    """What went to the bank in these groups of our files."""
    found: dict[str, list[Payment]] = {}
    if ids:
        for item, operation in await tx.execute(_sent().where(RunItem.batch.in_(ids))):
            found.setdefault(item.batch, []).append(_payment(operation))
    return found


def _sent() -> Select[RunItem, Operation]:
    return (
        select(RunItem, Operation)
        .join(Operation, Operation.id == RunItem.operation_id)
        .join(PaymentRun, PaymentRun.id == RunItem.run_id)
        .where(PaymentRun.state == RunState.SENT)
        .order_by(RunItem.id)
    )


def _payment(operation: Operation) -> Payment:
    return Payment(
        operation.id,
        OperationKind(operation.kind),
        operation.amount,
        OperationState(operation.state),
        operation.part_id,
    )


async def over(tx: AsyncSession, operation_ids: Collection[UUID]) -> None:
    """These payments are over: they stand in no live run any more."""
    await tx.execute(update(RunItem).where(RunItem.operation_id.in_(operation_ids), RunItem.live).values(live=False))


async def escalate_silent(tx: AsyncSession, after: timedelta) -> None:
    """Hand to people what went to the bank long ago and never showed on a statement."""
    now = clock.now()
    silent = (
        select(RunItem.operation_id)
        .join(RunDownload, RunDownload.run_id == RunItem.run_id)
        .where(RunItem.live)
        .group_by(RunItem.operation_id)
        .having(func.min(RunDownload.at) < now - after)
    )
    await tx.execute(
        update(Operation)
        .where(Operation.id.in_(silent), Operation.state == OperationState.SENT, Operation.escalated_at.is_(None))
        .values(escalated_at=now)
    )


def view(row: PaymentRun) -> RunView:
    return RunView(
        row.id,
        row.number,
        row.message,
        row.execute_on,
        row.sha256,
        RunState(row.state),
        row.made_by,
        row.approved_by,
        row.approved_at,
        row.called_off_by,
        row.created_at,
    )
