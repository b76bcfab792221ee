"""Tables of what the operator states of itself for those who evaluate it, each with its document. Insert-only."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, money, pk, ref
from app.core.db import Base
from app.core.money import Money


class OperatorCapital(Base):
    """The registered capital as on the licence. One that states the same again confirms it.

    registration   unified social credit code, or the number in another register
    changed_on     since when the capital is so: the day of registration, or of the last change
    document       receipt of the sealed licence or change: key, name, content_type, size, sha256
    """

    __tablename__ = "operator_capital"
    __table_args__ = (
        CheckConstraint("subscribed_minor > 0 AND paid_in_minor BETWEEN 0 AND subscribed_minor", name="amounts"),
        CheckConstraint("subscribed_currency = paid_in_currency", name="currency"),
        CheckConstraint("changed_on >= registered_on", name="days"),
    )
    SUBJECT = "operator_capital"

    id: Mapped[UUID] = pk()
    registration: Mapped[str] = mapped_column(String(40))
    subscribed: Mapped[Money] = money("subscribed")
    paid_in: Mapped[Money] = money("paid_in")
    registered_on: Mapped[date] = mapped_column(Date)
    changed_on: Mapped[date] = mapped_column(Date)
    document: Mapped[dict[str, Any]] = jsonb()
    stated_by: Mapped[UUID] = ref("member.id", index=False)
    stated_at: Mapped[datetime] = created()


class OperatorPenalty(Base):
    """An administrative penalty against the operator. `amount` is None where none was asked for, such as a warning."""

    __tablename__ = "operator_penalty"
    __table_args__ = (
        Index("uq_operator_penalty_document", "organ", "document_number", unique=True),
        Index("ix_operator_penalty_decided", "decided_on"),
        CheckConstraint("(amount_minor IS NULL) = (amount_currency IS NULL) AND amount_minor > 0", name="amount"),
    )
    SUBJECT = "operator_penalty"

    id: Mapped[UUID] = pk()
    organ: Mapped[str] = mapped_column(String(200))
    document_number: Mapped[str] = mapped_column(String(120))
    decided_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[Money | None] = money("amount", nullable=True)
    facts: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = jsonb()
    entered_by: Mapped[UUID] = ref("member.id", index=False)
    entered_at: Mapped[datetime] = created()
