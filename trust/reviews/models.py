"""The moderation queue: one row per thing that a person of the platform must look at."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from trust.reviews.states import MOVES, ReviewState


class Review(Stateful, Base):
    __tablename__ = "review"
    __table_args__ = (
        # A thing waits in the queue once, however often it is sent in.
        Index(
            "uq_review_pending_subject",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'claimed')"),
        ),
        Index("ix_review_queue", "state", "due_at"),
    )
    MOVES = MOVES
    SUBJECT = "review"

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(30))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = ref("organisation.id")
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[ReviewState] = mapped_column(String(20), default=ReviewState.OPEN)
    opened_at: Mapped[datetime] = created()
    due_at: Mapped[datetime] = moment()
    claimed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    claimed_at: Mapped[datetime | None] = moment(nullable=True)
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    verdict: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = jsonb()
