"""What one person asked for and another agrees to, and over which amount two are needed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.approvals.states import MOVES, ApprovalState


class Approval(Stateful, Base):
    """One decision about money. The database says whether it takes two people, and keeps what was proposed as it was.

    organisation_id  whose people decide; null: the platform's own
    amount      what it is about; compared with the limit
    wanted      what the kind of decision needs to be carried out
    basis       what the proposer saw: when that is otherwise by now, the proposal has expired
    two_people  set by the database from the limits, whatever is written into it
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("decided_by <> proposed_by", name="maker_is_not_checker"),
        CheckConstraint("state <> 'agreed' OR NOT two_people OR decided_by IS NOT NULL", name="second_person"),
        CheckConstraint("(state = 'returned') <= (decided_by IS NOT NULL)", name="returned"),
        CheckConstraint("decided_by IS NULL OR state IN ('agreed', 'returned')", name="decided"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index(
            "uq_approval_proposed",
            "kind",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_approval_subject", "subject_type", "subject_id"),
        Index("ix_approval_organisation", "organisation_id", "state", "id"),
    )
    MOVES = MOVES
    SUBJECT = "approval"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False)
    kind: Mapped[str] = mapped_column(String(30))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    amount: Mapped[Money] = money("amount")
    wanted: Mapped[dict[str, Any]] = jsonb()
    basis: Mapped[dict[str, Any]] = jsonb()
    reason: Mapped[str] = mapped_column(Text)
    two_people: Mapped[bool] = mapped_column(default=True)
    state: Mapped[ApprovalState] = mapped_column(String(10), default=ApprovalState.PROPOSED)
    proposed_by: Mapped[UUID] = ref("member.id", index=False)
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = created()


class ApprovalLimit(Base):
    """Over which amount two people are needed, from `created_at` on. Insert-only; the newest row counts.

    organisation_id  null: the platform's own, one for each currency; else a company's, one for all currencies
    amount           null: a company's is off; the platform's never is
    approval_id      by which two people agreed to it; a company needs none to set or lower its own
    """

    __tablename__ = "approval_limit"
    __table_args__ = (
        CheckConstraint("(amount_minor IS NULL) = (amount_currency IS NULL)", name="amount"),
        CheckConstraint("organisation_id IS NOT NULL OR amount_minor IS NOT NULL", name="platform"),
        CheckConstraint("amount_minor >= 0", name="above_zero"),
        Index("ix_approval_limit_newest", "organisation_id", "amount_currency", "id"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False)
    amount: Mapped[Money | None] = money("amount", nullable=True)
    approval_id: Mapped[UUID | None] = ref("approval.id", nullable=True, index=False, unique=True)
    set_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    created_at: Mapped[datetime] = created()
