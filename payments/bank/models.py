"""What finance says it saw on the platform's bank account."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.bank.states import MOVES, BookingKind, BookingState


class BankBooking(Stateful, Base):
    """One line of the bank's statement, booked by one person and approved by another.

    bank_ref      the bank's own number for the line: the same line is booked once
    reference     what the transfer said
    milestone_id  what the reference led to; none: the money goes to suspense
    operation_id  the refund or payout that was sent
    """

    __tablename__ = "bank_booking"
    __table_args__ = (
        UniqueConstraint("kind", "bank_ref", name="uq_bank_booking_bank_ref"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("decided_by <> booked_by", name="maker_is_not_checker"),
        CheckConstraint("(state = 'booked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(kind = 'sent') = (operation_id IS NOT NULL)", name="operation"),
    )
    MOVES = MOVES
    SUBJECT = "bank_booking"

    id: Mapped[UUID] = pk()
    kind: Mapped[BookingKind] = mapped_column(String(20))
    bank_ref: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(140))
    counterparty: Mapped[str] = mapped_column(String(140))
    amount: Mapped[Money] = money("amount")
    value_date: Mapped[date] = mapped_column(Date)
    milestone_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("escrow_milestone.id", ondelete="RESTRICT"), index=True
    )
    operation_id: Mapped[UUID | None] = mapped_column(ForeignKey("operation.id", ondelete="RESTRICT"), index=True)
    state: Mapped[BookingState] = mapped_column(String(20), default=BookingState.BOOKED, index=True)
    booked_by: Mapped[UUID] = ref("member.id", index=False)
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = created()
