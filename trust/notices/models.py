"""Notices of the platform to companies: what they were told about their own, and who got a letter of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, pk, ref
from app.core.db import Base


class CompanyNotice(Base):
    """What a company was told, in both languages; it stays as it was said, and is read once (trigger).

    subject   what it tells of, such as one notice of an incident: told once
    """

    __tablename__ = "company_notice"
    __table_args__ = (
        Index("uq_company_notice_subject", "subject_type", "subject_id", "organisation_id", unique=True),
        Index("ix_company_notice_organisation", "organisation_id", "id"),
        Index("ix_company_notice_unread", "organisation_id", postgresql_where=text("read_at IS NULL")),
        CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name="read"),
    )

    id: Mapped[UUID] = pk()
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    title_en: Mapped[str] = mapped_column(String(200))
    title_zh: Mapped[str] = mapped_column(String(200))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = created()
    read_at: Mapped[datetime | None] = moment(nullable=True)
    read_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)


class NoticeLetter(Base):
    """A member to whom a letter with the notice went. Append-only."""

    __tablename__ = "notice_letter"

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("company_notice.id", ondelete="RESTRICT"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id", ondelete="RESTRICT"), primary_key=True)
    at: Mapped[datetime] = created()
