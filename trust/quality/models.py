"""Tables of the register of quality and brand work."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from app.core.subject import Subject
from trust.quality.states import WORK_MOVES, Kind, WorkState


class QualityWork(Stateful, Base):
    """An entry of the register. What was entered stays (trigger); a mistake is withdrawn and counts no more.

    day       when it was done, held or became known; of a visit, for when it is planned
    done_on   None while it is planned
    about     the goods that were inspected, `product:…` or `order:…`
    facts     what `states.FACTS` names for its kind, but for what has a column
    file      receipt of the sealed document: key, name, content_type, size, sha256
    """

    __tablename__ = "quality_work"
    __table_args__ = (
        Index("ix_quality_work_kind", "kind", "id"),
        Index("ix_quality_work_day", "day"),
        CheckConstraint("kind IN ('inspection', 'recall', 'guidance', 'event', 'visit')", name="kind"),
        CheckConstraint("(kind = 'inspection') = (subject_id IS NOT NULL)", name="inspected"),
        CheckConstraint("(subject_id IS NULL) = (subject_type IS NULL)", name="subject"),
        CheckConstraint("subject_type IN ('product', 'order')", name="subject_type"),
        CheckConstraint("(kind = 'guidance') = (organisation_id IS NOT NULL)", name="guided"),
        CheckConstraint("kind <> 'inspection' OR file IS NOT NULL", name="documented"),
        CheckConstraint("state <> 'done' OR done_on IS NOT NULL", name="done"),
        CheckConstraint("kind = 'visit' OR done_on = day", name="planned"),
    )
    MOVES = WORK_MOVES
    SUBJECT = "quality_work"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[Kind] = mapped_column(String(20))
    state: Mapped[WorkState] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    day: Mapped[date] = mapped_column(Date)
    done_on: Mapped[date | None] = mapped_column(Date)
    subject_type: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None] = ref("organisation.id", nullable=True)
    facts: Mapped[dict[str, Any]] = jsonb()
    file: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    recorded_by: Mapped[UUID] = ref("member.id", index=False)
    recorded_at: Mapped[datetime] = created()

    @property
    def itself(self) -> Subject:
        return Subject(self.SUBJECT, self.id)

    @property
    def about(self) -> Subject | None:
        return Subject(self.subject_type, self.subject_id) if self.subject_type and self.subject_id else None


class QualityFinding(Base):
    """Something found under a recall (a listing) or by an authority (words), and since when it is settled. It stays as
    it was found, and is settled once (trigger).

    over_at   the listing was taken down, or the objection remedied
    how       what was done
    """

    __tablename__ = "quality_finding"
    __table_args__ = (
        Index("ix_quality_finding_work", "work_id", "id"),
        Index("uq_quality_finding_product", "work_id", "product_id", unique=True,
              postgresql_where=text("product_id IS NOT NULL")),
        CheckConstraint("over_at >= found_at", name="order"),
        CheckConstraint("(over_at IS NULL) = (ended_by IS NULL) AND (over_at IS NULL) = (how = '')", name="over"),
        CheckConstraint("what <> '' OR product_id IS NOT NULL", name="what"),
    )  # fmt: skip

    id: Mapped[UUID] = pk()
    work_id: Mapped[UUID] = ref("quality_work.id", index=False)
    product_id: Mapped[UUID | None]
    what: Mapped[str] = mapped_column(Text, default="")
    found_at: Mapped[datetime] = moment()
    over_at: Mapped[datetime | None] = moment(nullable=True)
    how: Mapped[str] = mapped_column(Text, default="")
    found_by: Mapped[UUID] = ref("member.id", index=False)
    ended_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
