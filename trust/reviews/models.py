"""The moderation queue: one row per thing that a person of the platform must look at, what reviewers say again and
again, and second looks at decisions drawn by lot.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from trust.reviews.states import MOVES, Priority, ReviewState

_WAITING = text("state IN ('open', 'claimed')")


class Review(Stateful, Base):
    __tablename__ = "review"
    __table_args__ = (
        # A thing waits in the queue once, however often it is sent in.
        Index(
            "uq_review_pending_subject",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=_WAITING,
        ),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
        Index("ix_review_queue", "priority", "due_at", "id", postgresql_where=_WAITING),
        Index("ix_review_queue_kind", "kind", "priority", "due_at", "id", postgresql_where=_WAITING),
        Index("ix_review_company", "organisation_id", "id"),
        Index("ix_review_claimed", "claimed_by", "priority", "due_at", postgresql_where=text("state = 'claimed'")),
        Index("ix_review_decided", "decided_at", postgresql_where=text("state = 'decided'")),
        Index("ix_review_decided_subject", "subject_type", "subject_id", postgresql_where=text("state = 'decided'")),
    )
    MOVES = MOVES
    SUBJECT = "review"

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(30))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[ReviewState] = mapped_column(String(20), default=ReviewState.OPEN)
    priority: Mapped[int] = mapped_column(SmallInteger, default=Priority.NORMAL)
    opened_at: Mapped[datetime] = created()
    due_at: Mapped[datetime] = moment()
    claimed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    claimed_at: Mapped[datetime | None] = moment(nullable=True)
    decided_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    decided_at: Mapped[datetime | None] = moment(nullable=True)
    verdict: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = jsonb()


class ReviewCheck(Base):
    """A decision that was drawn by lot for a second look, and what another reviewer says of it. Answered once.

    agrees  None until somebody has looked
    """

    __tablename__ = "review_check"
    __table_args__ = (
        CheckConstraint("checked_by <> decided_by", name="another_person"),
        CheckConstraint("(agrees IS NULL) = (checked_by IS NULL AND checked_at IS NULL)", name="answered"),
        CheckConstraint("agrees OR note <> ''", name="disagreement_has_a_reason"),
        Index("ix_review_check_open", "drawn_at", postgresql_where=text("agrees IS NULL")),
        Index("ix_review_check_answered", "checked_at", postgresql_where=text("agrees IS NOT NULL")),
    )

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id", ondelete="RESTRICT"), primary_key=True)
    decided_by: Mapped[UUID] = ref("member.id", index=False)
    drawn_at: Mapped[datetime] = moment()
    checked_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    checked_at: Mapped[datetime | None] = moment(nullable=True)
    agrees: Mapped[bool | None]
    note: Mapped[str] = mapped_column(Text, default="")


class Wording(Base):
    """What reviewers say again and again, in both languages, so that everybody reads the same for the same fault."""

    __tablename__ = "review_wording"
    __table_args__ = (Index("ix_review_wording_kind", "kind", postgresql_where=text("retired_at IS NULL")),)

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(30))
    verdict: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    written_by: Mapped[UUID] = ref("member.id", index=False)
    written_at: Mapped[datetime] = created()
    retired_at: Mapped[datetime | None] = moment(nullable=True)
