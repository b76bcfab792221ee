"""Legal holds: what is kept whatever its time, because somebody entitled asked for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import moment, pk, ref
from app.core.db import Base


class LegalHold(Base):
    """Nothing of its subject is erased until a second person lifts it. Placed once, lifted once (trigger).

    subject    a deal ("inquiry") or a company ("organisation"): all of its deals and verifications
    reference  of the authority's letter, the court's case or the complaint
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("subject_type IN ('inquiry', 'organisation')", name="subject"),
        CheckConstraint("lifted_by <> placed_by", name="maker_is_not_checker"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_because = '')", name="lifted"
        ),
        Index("ix_legal_hold_subject", "subject_type", "subject_id", postgresql_where=text("lifted_at IS NULL")),
    )

    id: Mapped[UUID] = pk()
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(String(120))
    placed_by: Mapped[UUID] = ref("member.id", index=False)
    placed_at: Mapped[datetime] = moment()
    lifted_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    lifted_at: Mapped[datetime | None] = moment(nullable=True)
    lifted_because: Mapped[str] = mapped_column(Text, default="")


class ErasedFile(Base):
    """A file that nothing is known to need any more; it leaves the store when that is certain."""

    __tablename__ = "erased_file"

    key: Mapped[str] = mapped_column(String(67), primary_key=True)
    since: Mapped[datetime] = moment()
