"""Cases: money on our account of which it is not clear whose it is, and what two people decide about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.cases.states import DECISION_MOVES, MOVES, Action, CaseKind, CaseState, DecisionState


class BankCase(Stateful, Base):
    """Something that people must decide.

    held       what of it lies in the ledger until then: in `suspense` above zero, in `unexplained` below, neither: zero
    line_id, booking_id, operation_id  where it comes from: a statement's line, a line booked by hand, a provider's
               payment; `operation_id` is with a line our own payment that came back
    milestone_id  what it seems to pay
    """

    __tablename__ = "bank_case"
    __table_args__ = (
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_bank_case_open", "opened_at", postgresql_where=text("state <> 'closed'")),
        Index("uq_bank_case_line_id", "line_id", unique=True),
    )
    MOVES = MOVES
    SUBJECT = "bank_case"

    id: Mapped[UUID] = pk()
    kind: Mapped[CaseKind] = mapped_column(String(20))
    state: Mapped[CaseState] = mapped_column(String(10), default=CaseState.OPEN)
    held: Mapped[Money] = money("held")
    reasons: Mapped[list[dict[str, Any]]] = jsonb()
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_line.id", ondelete="RESTRICT"))
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_booking.id", ondelete="RESTRICT"))
    operation_id: Mapped[UUID | None] = mapped_column(ForeignKey("operation.id", ondelete="RESTRICT"))
    milestone_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("escrow_milestone.id", ondelete="RESTRICT"), index=True
    )
    opened_at: Mapped[datetime] = created()
    closed_at: Mapped[datetime | None] = moment(nullable=True)


class CaseDecision(Stateful, Base):
    """What one person proposes to do about a case; it happens when another agrees.

    others     the other cases that are decided by it
    holder … masked  where the money is sent back to, sealed to this row; unset: to the account it came from
    letter     what is written to the payer
    """

    __tablename__ = "bank_case_decision"
    __table_args__ = (
        CheckConstraint("decided_by <> proposed_by", name="maker_is_not_checker"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        Index("uq_bank_case_decision_proposed", "case_id", unique=True, postgresql_where=text("state = 'proposed'")),
    )
    MOVES = DECISION_MOVES
    SUBJECT = "bank_case_decision"

    id: Mapped[UUID] = pk()
    case_id: Mapped[UUID] = ref("bank_case.id")
    action: Mapped[Action] = mapped_column(String(20))
    milestone_id: Mapped[UUID | None] = mapped_column(ForeignKey("escrow_milestone.id", ondelete="RESTRICT"))
    operation_id: Mapped[UUID | None] = mapped_column(ForeignKey("operation.id", ondelete="RESTRICT"))
    others: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    reason: Mapped[str] = mapped_column(Text, default="")
    letter: Mapped[str] = mapped_column(Text, default="")
    holder: Mapped[str] = mapped_column(String(140), default="")
    scheme: Mapped[str] = mapped_column(String(10), default="")
    bank_code: Mapped[str] = mapped_column(String(35), default="")
    country: Mapped[str | None] = mapped_column(CHAR(2))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    masked: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[DecisionState] = mapped_column(String(10), default=DecisionState.PROPOSED)
    proposed_by: Mapped[UUID] = ref("member.id", index=False)
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = created()
