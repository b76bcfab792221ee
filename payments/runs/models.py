"""Files of payments for the bank (ISO 20022 pain.001)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CHAR, Boolean, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.runs.states import MOVES, RunState


class PaymentRun(Stateful, Base):
    """One file of payments. It lies sealed in the file store; `sha256` is of the file as the bank gets it."""

    __tablename__ = "payment_run"
    __table_args__ = (
        CheckConstraint("approved_by <> made_by", name="maker_is_not_checker"),
        CheckConstraint("state NOT IN ('approved', 'sent') OR approved_by IS NOT NULL", name="approved"),
    )
    MOVES = MOVES
    SUBJECT = "payment_run"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(20), unique=True)
    message: Mapped[str] = mapped_column(String(20))
    execute_on: Mapped[date] = mapped_column(Date)
    file_key: Mapped[str] = mapped_column(String(67))
    sha256: Mapped[str] = mapped_column(CHAR(64))
    state: Mapped[RunState] = mapped_column(String(12), default=RunState.MADE)
    made_by: Mapped[UUID] = ref("member.id", index=False)
    approved_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    approved_at: Mapped[datetime | None] = moment(nullable=True)
    called_off_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    created_at: Mapped[datetime] = created()


class RunItem(Base):
    """One payment of a run. `live` until the run is called off or the payment is over: an operation stands in one
    live run only.

    end_to_end  what the bank's statement will say
    batch       the group of the file in which it stands
    """

    __tablename__ = "payment_run_item"
    __table_args__ = (
        UniqueConstraint("run_id", "operation_id", name="uq_payment_run_item_run_id"),
        Index("uq_payment_run_item_live", "operation_id", unique=True, postgresql_where=text("live")),
        Index("ix_payment_run_item_end_to_end", "end_to_end"),
        Index("ix_payment_run_item_batch", "batch"),
    )

    id: Mapped[UUID] = pk()
    run_id: Mapped[UUID] = mapped_column(ForeignKey("payment_run.id", ondelete="RESTRICT"))
    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operation.id", ondelete="RESTRICT"))
    end_to_end: Mapped[str] = mapped_column(String(35))
    batch: Mapped[str] = mapped_column(String(35))
    amount: Mapped[Money] = money("amount")
    holder: Mapped[str] = mapped_column(String(200))
    masked: Mapped[str] = mapped_column(String(60))
    live: Mapped[bool] = mapped_column(Boolean, default=True)


class RunDownload(Base):
    """Each time the file was taken out. Insert-only."""

    __tablename__ = "payment_run_download"

    id: Mapped[UUID] = pk()
    run_id: Mapped[UUID] = mapped_column(ForeignKey("payment_run.id", ondelete="RESTRICT"), index=True)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = moment()
