"""Tables of what pictures say: each read once by its content, and who waits for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment
from app.core.db import Base


class PictureReading(Base):
    """What a stored file gives away, by its key (the SHA-256 of its content); nothing else that stands in it is kept.

    seen   as `finding.Seen.kept`; once read, never changed (trigger)
    fault  why it could not be read; "" if it was, or waits
    """

    __tablename__ = "picture_reading"
    __table_args__ = (
        CheckConstraint("read_at IS NOT NULL OR (fault = '' AND seen = '[]'::jsonb)", name="read"),
        Index("ix_picture_reading_waiting", "asked_at", postgresql_where=text("read_at IS NULL")),
        Index("ix_picture_reading_asked", "asked_at"),
    )

    key: Mapped[str] = mapped_column(String(67), primary_key=True)
    asked_at: Mapped[datetime] = created()
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    tried_at: Mapped[datetime | None] = moment(nullable=True)
    read_at: Mapped[datetime | None] = moment(nullable=True)
    fault: Mapped[str] = mapped_column(String(300), default="")
    seen: Mapped[list[dict[str, Any]]] = jsonb()


class PictureAsk(Base):
    """Something that shows a picture and is told once all its pictures are read (`told_at`)."""

    __tablename__ = "picture_ask"
    __table_args__ = (
        Index("ix_picture_ask_waiting", "key", postgresql_where=text("told_at IS NULL")),
        Index("ix_picture_ask_asked", "asked_at"),
    )

    subject_type: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(
        String(67), ForeignKey("picture_reading.key", ondelete="RESTRICT"), primary_key=True
    )
    asked_at: Mapped[datetime] = created()
    told_at: Mapped[datetime | None] = moment(nullable=True)
