"""The provider's books beside ours."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.reconciliation.states import MOVES, LineState


class ProviderLine(Stateful, Base):
    """One line of the provider's books, kept once; `amount` and `net` are negative when money left, net = amount − fee.

    source_ref    the provider's object behind it; provider_key our operation's key, if the object carries it
    operation_id  the operation it belongs to
    settle_as     the account that an unexplained line is proposed for, see `service.ANSWERS`
    """

    __tablename__ = "provider_line"
    __table_args__ = (
        UniqueConstraint("provider", "line_ref", name="uq_provider_line_line_ref"),
        CheckConstraint("net_minor = amount_minor - fee_minor", name="net"),
        CheckConstraint("amount_currency = net_currency AND fee_currency = net_currency", name="currency"),
        CheckConstraint("approved_by <> proposed_by", name="maker_is_not_checker"),
        CheckConstraint("(state = 'settled') = (approved_by IS NOT NULL)", name="settled"),
        Index("ix_provider_line_open", "id", postgresql_where=text("state IN ('waiting', 'unexplained', 'proposed')")),
        Index("ix_provider_line_dispute", "source_ref", postgresql_where=text("kind = 'dispute'")),
        Index("ix_provider_line_happened", "provider", "happened_at"),
    )
    MOVES = MOVES
    SUBJECT = "provider_line"

    id: Mapped[UUID] = pk()
    provider: Mapped[str] = mapped_column(String(20))
    line_ref: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(20))
    provider_kind: Mapped[str] = mapped_column(String(60))
    amount: Mapped[Money] = money("amount")
    fee: Mapped[Money] = money("fee")
    net: Mapped[Money] = money("net")
    source_ref: Mapped[str] = mapped_column(String(255))
    provider_key: Mapped[str] = mapped_column(String(120))
    operation_id: Mapped[UUID | None] = mapped_column(ForeignKey("operation.id", ondelete="RESTRICT"), index=True)
    state: Mapped[LineState] = mapped_column(String(20), default=LineState.WAITING)
    reason: Mapped[str] = mapped_column(Text, default="")
    settle_as: Mapped[str] = mapped_column(String(20), default="")
    proposed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    approved_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    happened_at: Mapped[datetime] = moment()
    available_at: Mapped[datetime] = moment()
    created_at: Mapped[datetime] = created()


class ReconciliationRun(Base):
    """One comparison, with its figures. Insert-only.

    steady   the provider's books stood still while they were read; without that their balance says nothing
    figures  by currency: the provider's balance, the sum of its lines, and what our books expect
    """

    __tablename__ = "reconciliation_run"

    id: Mapped[UUID] = pk()
    provider: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = moment()
    new_lines: Mapped[int] = mapped_column(Integer)
    open_lines: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer)
    steady: Mapped[bool] = mapped_column(Boolean)
    agrees: Mapped[bool] = mapped_column(Boolean)
    figures: Mapped[list[Any]] = jsonb()
    at: Mapped[datetime] = moment()
