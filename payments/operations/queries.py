"""Reading operations: to act on one, to show the buyer how far it is, and to show finance what is stuck."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import OperationNotFound
from payments.operations.models import Operation, WebhookEvent
from payments.operations.states import OPEN, UNDER_WAY, OperationKind, OperationState
from trust.risk.holds import payouts_of

BY_BANK = (OperationKind.REFUND, OperationKind.PAY_OUT, OperationKind.RETURN, OperationKind.MICRO_DEPOSIT)
"""What may leave our bank."""


async def operation_for_update(tx: AsyncSession, operation_id: UUID) -> Operation:
    """One operation, locked. Raises OperationNotFound."""
    query = select(Operation).where(Operation.id == operation_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise OperationNotFound(_("There is no such payment."))
    return found


async def open_of_part(tx: AsyncSession, part_id: UUID, kind: OperationKind) -> Operation | None:
    """The open operation of a part, locked; there is one at most."""
    query = select(Operation).where(Operation.part_id == part_id, Operation.kind == kind, Operation.state.in_(OPEN))
    return await tx.scalar(query.with_for_update())


async def open_of_parts(tx: AsyncSession, part_ids: Sequence[UUID], kind: OperationKind) -> dict[UUID, Operation]:
    """As `open_of_part`, for several; by part."""
    query = select(Operation).where(Operation.part_id.in_(part_ids), Operation.kind == kind, Operation.state.in_(OPEN))
    rows = await tx.scalars(query.order_by(Operation.id).with_for_update())
    return {row.part_id: row for row in rows}


async def counts_of_parts(tx: AsyncSession, part_ids: Sequence[UUID], kind: OperationKind) -> dict[UUID, int]:
    """How many operations of a kind each part has had; parts without any are left out."""
    query = select(Operation.part_id, func.count()).where(Operation.part_id.in_(part_ids), Operation.kind == kind)
    return {row[0]: row[1] for row in await tx.execute(query.group_by(Operation.part_id))}


async def open_amount_of_part(tx: AsyncSession, part_id: UUID, kind: OperationKind) -> int:
    """What all open operations of a part come to, in minor units."""
    amount = Operation.amount_minor  # type: ignore[attr-defined]
    query = select(func.coalesce(func.sum(amount), 0)).where(
        Operation.part_id == part_id, Operation.kind == kind, Operation.state.in_(OPEN)
    )
    return int((await tx.execute(query)).scalar_one())


async def confirmed_of_part(tx: AsyncSession, part_id: UUID, kind: OperationKind) -> Operation | None:
    """The latest confirmed operation of a part."""
    query = (
        select(Operation)
        .where(Operation.part_id == part_id, Operation.kind == kind, Operation.state == OperationState.CONFIRMED)
        .order_by(Operation.settled_at.desc())
        .limit(1)
    )
    return await tx.scalar(query)


async def confirmed_amount_of_part(tx: AsyncSession, part_id: UUID, kind: OperationKind) -> int:
    """What all confirmed operations of a part come to, in minor units."""
    amount = Operation.amount_minor  # type: ignore[attr-defined]
    query = select(func.coalesce(func.sum(amount), 0)).where(
        Operation.part_id == part_id, Operation.kind == kind, Operation.state == OperationState.CONFIRMED
    )
    return int((await tx.execute(query)).scalar_one())


async def transfer_to_reverse(tx: AsyncSession, part_id: UUID) -> Operation | None:
    """The latest confirmed transfer of a payout that was not taken back."""
    back = select(Operation.parent_ref).where(
        Operation.part_id == part_id,
        Operation.kind == OperationKind.REVERSAL,
        Operation.state == OperationState.CONFIRMED,
    )
    query = select(Operation).where(
        Operation.part_id == part_id,
        Operation.kind == OperationKind.TRANSFER,
        Operation.state == OperationState.CONFIRMED,
        Operation.provider_ref.not_in(back),
    )
    return await tx.scalar(query.order_by(Operation.id.desc()).limit(1))


async def planned_pay_out(tx: AsyncSession, operation_id: UUID) -> tuple[str, Money] | None:
    """The account at the provider and the amount of a pay-out from there that was not sent yet; None for others."""
    query = select(Operation).where(
        Operation.id == operation_id,
        Operation.kind == OperationKind.PAY_OUT,
        Operation.state == OperationState.PLANNED,
        Operation.provider != "bank",
    )
    found = await tx.scalar(query)
    return (found.parent_ref, found.amount) if found else None


async def planned_part(tx: AsyncSession, operation_id: UUID, kinds: Collection[OperationKind]) -> UUID | None:
    """What an operation of these kinds serves that was not sent yet; None for others."""
    query = select(Operation.part_id).where(
        Operation.id == operation_id, Operation.kind.in_(kinds), Operation.state == OperationState.PLANNED
    )
    found: UUID | None = await tx.scalar(query)
    return found


async def parts(tx: AsyncSession, operation_ids: Collection[UUID]) -> list[UUID]:
    """What these operations serve."""
    return list(await tx.scalars(select(Operation.part_id).where(Operation.id.in_(operation_ids))))


_PAYOUTS = text("""
    SELECT id, organisation_id, bank_account_id FROM payout WHERE id = ANY(:ids)
    UNION ALL SELECT id, organisation_id, bank_account_id FROM micro_deposit WHERE id = ANY(:ids)
""")


async def may_be_held(tx: AsyncSession, payout_ids: Collection[UUID]) -> dict[UUID, list[Subject]]:
    """What a hold may name to stop each of these payouts or micro-deposits: itself, all of its company, or the account
    it goes to."""
    found = {}
    for row in await tx.execute(_PAYOUTS, {"ids": list(payout_ids)}):
        found[row.id] = [Subject("payout", row.id), payouts_of(row.organisation_id)]
        if row.bank_account_id is not None:
            found[row.id].append(Subject("bank_account", row.bank_account_id))
    return found


async def count_of_part(tx: AsyncSession, part_id: UUID, kind: OperationKind) -> int:
    query = select(func.count()).where(Operation.part_id == part_id, Operation.kind == kind)
    return (await tx.execute(query)).scalar_one()


async def id_by_ref(tx: AsyncSession, provider: str, kind: str, provider_ref: str) -> UUID | None:
    query = select(Operation.id).where(
        Operation.provider == provider, Operation.provider_ref == provider_ref, Operation.kind == kind
    )
    return await tx.scalar(query)


async def by_ref(tx: AsyncSession, provider: str, kind: OperationKind, provider_ref: str) -> Operation | None:
    """The operation behind a provider's object, if it is one of ours."""
    id_ = await id_by_ref(tx, provider, kind, provider_ref) if provider_ref else None
    return await tx.get(Operation, id_) if id_ else None


async def id_by_key(tx: AsyncSession, provider_key: str) -> UUID | None:
    return await tx.scalar(select(Operation.id).where(Operation.provider_key == provider_key))


async def overdue(tx: AsyncSession, *, quiet: timedelta) -> list[UUID]:
    """Operations sent some time ago of which nothing final was heard: a webhook may be lost, or a job."""
    query = select(Operation.id).where(
        Operation.state.in_(UNDER_WAY),
        Operation.first_sent_at < clock.now() - quiet,
        Operation.escalated_at.is_(None),
    )
    return list(await tx.scalars(query.order_by(Operation.id).limit(500)))


async def webhook(tx: AsyncSession, event_id: UUID) -> WebhookEvent:
    return (await tx.scalars(select(WebhookEvent).where(WebhookEvent.id == event_id))).one()


@dataclass(frozen=True, slots=True)
class OperationView:
    """An operation as people see it."""

    id: UUID
    kind: OperationKind
    provider: str
    provider_key: str
    provider_ref: str
    state: OperationState
    subject: Subject
    part_id: UUID
    amount: Money
    method: str
    reference: str
    attempts: int
    last_error: str
    created_at: datetime
    settled_at: datetime | None
    escalated_at: datetime | None


async def operation(tx: AsyncSession, operation_id: UUID) -> OperationView:
    """Raises OperationNotFound."""
    found = await tx.scalar(select(Operation).where(Operation.id == operation_id))
    if found is None:
        raise OperationNotFound(_("There is no such payment."))
    return view(found)


async def operations(
    tx: AsyncSession, *, states: Sequence[OperationState] = (), offset: int = 0, limit: int = 50
) -> tuple[list[OperationView], int]:
    """Newest first, those that need people before all others; and how many there are."""
    query = select(Operation)
    if states:
        query = query.where(Operation.state.in_(states))
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    stuck = case((needs_people(), 0), else_=1)
    rows = await tx.scalars(query.order_by(stuck, Operation.id.desc()).offset(offset).limit(limit))
    return [view(row) for row in rows], total


async def of_parts(tx: AsyncSession, part_ids: Sequence[UUID]) -> list[OperationView]:
    """Every operation of these milestones, oldest first."""
    rows = await tx.scalars(select(Operation).where(Operation.part_id.in_(part_ids)).order_by(Operation.id))
    return [view(row) for row in rows]


async def waiting_for_bank(tx: AsyncSession) -> list[OperationView]:
    """What finance has to send by bank transfer, oldest first."""
    query = select(Operation).where(
        Operation.provider == "bank",
        Operation.state == OperationState.PLANNED,
        Operation.kind.in_(BY_BANK),
    )
    return [view(row) for row in await tx.scalars(query.order_by(Operation.id).limit(200))]


async def bank_payments_of(tx: AsyncSession, amount: Money, kinds: Sequence[OperationKind]) -> list[OperationView]:
    """Bank payments of exactly this amount that wait for their debit, oldest first."""
    query = select(Operation).where(
        Operation.provider == "bank",
        Operation.kind.in_(kinds),
        Operation.state.in_([OperationState.PLANNED, OperationState.SENT]),
        Operation.amount_minor == amount.minor,  # type: ignore[attr-defined]
        Operation.amount_currency == amount.currency,  # type: ignore[attr-defined]
    )
    return [view(row) for row in await tx.scalars(query.order_by(Operation.id).limit(20))]


async def memberships_booked(tx: AsyncSession, bank_refs: Collection[str]) -> list[tuple[str, Money]]:
    """The bank's number and the amount of transfers for memberships that two people have booked."""
    query = select(Operation).where(
        Operation.provider == "bank",
        Operation.provider_ref.in_(bank_refs),
        Operation.kind == OperationKind.PAY_IN,
        Operation.subject_type == "membership",
        Operation.state == OperationState.CONFIRMED,
    )
    return [(row.provider_ref, row.amount) for row in await tx.scalars(query)]


def needs_people() -> ColumnElement[bool]:
    failed = (Operation.state == OperationState.FAILED) & Operation.kind.in_(
        [OperationKind.REFUND, OperationKind.REVERSAL]
    )
    return or_(Operation.escalated_at.is_not(None), failed)


def view(row: Operation) -> OperationView:
    return OperationView(
        id=row.id,
        kind=OperationKind(row.kind),
        provider=row.provider,
        provider_key=row.provider_key,
        provider_ref=row.provider_ref,
        state=OperationState(row.state),
        subject=Subject(row.subject_type, row.subject_id),
        part_id=row.part_id,
        amount=row.amount,
        method=row.method,
        reference=row.reference,
        attempts=row.attempts,
        last_error=row.last_error,
        created_at=row.created_at,
        settled_at=row.settled_at,
        escalated_at=row.escalated_at,
    )
