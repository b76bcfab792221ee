"""What was said and decided about money that a provider may not hold for ever."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from payments.holding.states import MOVES, HoldingState


class Holding(Stateful, Base):
    """A held milestone that came near its provider's limit; one row for each payment.

    operation_id  the payment that brought the money
    ends_at       the last moment at which the provider may still hold it
    decided_by    who proposed to move it to our bank, and approved_by who agreed; nobody when time decided
    """

    __tablename__ = "holding"
    __table_args__ = (
        CheckConstraint("approved_by <> decided_by", name="maker_is_not_checker"),
        CheckConstraint("(decided_by IS NULL) = (note = '')", name="note"),
    )
    MOVES = MOVES
    SUBJECT = "holding"

    id: Mapped[UUID] = pk()
    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operation.id", ondelete="RESTRICT"), unique=True)
    milestone_id: Mapped[UUID] = mapped_column(ForeignKey("escrow_milestone.id", ondelete="RESTRICT"), index=True)
    state: Mapped[HoldingState] = mapped_column(String(20), default=HoldingState.WARNED)
    ends_at: Mapped[datetime] = moment()
    note: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    approved_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    created_at: Mapped[datetime] = created()
