"""Bookings, and what a buyer must know to pay by bank transfer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from payments.bank.models import BankBooking
from payments.bank.states import BookingKind, BookingState
from payments.errors import BookingNotFound
from payments.operations import queries as operations
from payments.statements.states import Direction


@dataclass(frozen=True, slots=True)
class Instructions:
    """Where to send a transfer and what to write on it; `reference` is grouped in fours, as printed."""

    holder: str
    bank_name: str
    iban: str
    bic: str
    amount: Money
    reference: str


@dataclass(frozen=True, slots=True)
class BookingView:
    id: UUID
    kind: BookingKind
    bank_ref: str
    reference: str
    counterparty: str
    amount: Money
    value_date: date
    milestone_id: UUID | None
    operation_id: UUID | None
    state: BookingState
    booked_by: UUID
    decided_by: UUID | None
    note: str
    created_at: datetime


async def booking_for_update(tx: AsyncSession, booking_id: UUID) -> BankBooking:
    """Raises BookingNotFound."""
    query = select(BankBooking).where(BankBooking.id == booking_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise BookingNotFound(_("There is no such booking."))
    return found


async def bookings(
    tx: AsyncSession, *, state: BookingState | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[BookingView], int]:
    """Newest first, and how many there are."""
    query = select(BankBooking)
    if state is not None:
        query = query.where(BankBooking.state == state)
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    rows = await tx.scalars(query.order_by(BankBooking.id.desc()).offset(offset).limit(limit))
    return [view(row) for row in rows], total


async def booked_by_hand(tx: AsyncSession, bank_refs: Collection[str]) -> frozenset[tuple[Direction, str, Money]]:
    """What was booked by hand and approved under these numbers of the bank's: direction, number, amount."""
    if not bank_refs:
        return frozenset()
    query = select(BankBooking).where(BankBooking.bank_ref.in_(bank_refs), BankBooking.state == BookingState.APPROVED)
    rows = list(await tx.scalars(query))
    fees = await operations.memberships_booked(tx, bank_refs)
    return frozenset((direction_of(BookingKind(row.kind)), row.bank_ref, row.amount) for row in rows) | {
        (Direction.CREDIT, ref, amount) for ref, amount in fees
    }


def direction_of(kind: BookingKind) -> Direction:
    return Direction.DEBIT if kind is BookingKind.SENT else Direction.CREDIT


async def waiting_for(tx: AsyncSession, operation_ids: Collection[UUID]) -> set[UUID]:
    """Those of these operations that somebody has booked as sent, and nobody approved yet."""
    query = select(BankBooking.operation_id).where(
        BankBooking.operation_id.in_(operation_ids), BankBooking.state == BookingState.BOOKED
    )
    return {row for row in await tx.scalars(query) if row is not None}


def view(row: BankBooking) -> BookingView:
    return BookingView(
        id=row.id,
        kind=BookingKind(row.kind),
        bank_ref=row.bank_ref,
        reference=row.reference,
        counterparty=row.counterparty,
        amount=row.amount,
        value_date=row.value_date,
        milestone_id=row.milestone_id,
        operation_id=row.operation_id,
        state=BookingState(row.state),
        booked_by=row.booked_by,
        decided_by=row.decided_by,
        note=row.note,
        created_at=row.created_at,
    )
