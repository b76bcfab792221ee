"""What is asked of providers, and what they tell."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.operations.states import MOVES, OperationKind, OperationState


class Operation(Stateful, Base):
    """One request to a provider, written before it is sent. Its key is made once; a retry sends the same one.

    part_id       the milestone or payout it serves; `subject` the deal or organisation
    method        how a pay-in is paid; empty: the payer chooses on the provider's page, and has not done so yet
    parent_ref    the provider's object it acts on: a refund's pay-in, a pay-out's account, a reversal's transfer
    source_ref    the charge that a pay-in came by, that a transfer takes from, that a reversal gives back to
    provider_ref  the provider's object it made
    escalated_at  since when people must look at it
    """

    __tablename__ = "operation"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_operation_part", "part_id", "kind"),
        Index("ix_operation_ref", "provider", "provider_ref"),
        Index("ix_operation_source", "source_ref", postgresql_where=text("source_ref <> ''")),
        Index("ix_operation_open", "created_at", postgresql_where=text("state IN ('planned', 'sent', 'unknown')")),
        Index(
            "uq_operation_open_part",
            "part_id",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('planned', 'sent', 'unknown') AND kind <> 'refund'"),
        ),
    )
    MOVES = MOVES
    SUBJECT = "operation"

    id: Mapped[UUID] = pk()
    kind: Mapped[OperationKind] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(20))
    provider_key: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[OperationState] = mapped_column(String(20), default=OperationState.PLANNED)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    part_id: Mapped[UUID]
    amount: Mapped[Money] = money("amount")
    method: Mapped[str] = mapped_column(String(80), default="")
    reference: Mapped[str] = mapped_column(String(80), default="")
    parent_ref: Mapped[str] = mapped_column(String(255), default="")
    source_ref: Mapped[str] = mapped_column(String(255), default="")
    provider_ref: Mapped[str] = mapped_column(String(255), default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    created_at: Mapped[datetime] = created()
    first_sent_at: Mapped[datetime | None] = moment(nullable=True)
    settled_at: Mapped[datetime | None] = moment(nullable=True)
    escalated_at: Mapped[datetime | None] = moment(nullable=True)


class WebhookEvent(Base):
    """A provider's event, kept once however often it comes; what it is about is asked again. Insert-only."""

    __tablename__ = "webhook_event"
    __table_args__ = (Index("uq_webhook_event_provider", "provider", "event_id", unique=True),)

    id: Mapped[UUID] = pk()
    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(80))
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(255))
    happened_at: Mapped[datetime] = moment()
    received_at: Mapped[datetime] = created()
