"""Tables of reports: that one was asked for, and its files as they were made."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, pk, ref
from app.core.db import Base


class IndicatorReport(Base):
    """A report over the period of a length (`span`) that ends on `last`; insert-only but for `made_at`, set once.

    revision  from 1 on, of the reports over one period
    public    a copy for the public: what is of fewer than five parties is left out
    """

    __tablename__ = "indicator_report"
    __table_args__ = (
        UniqueConstraint("last", "span", "public", "revision"),
        CheckConstraint("revision > 0", name="revision"),
        Index(
            "uq_indicator_report_making",
            "last",
            "span",
            "public",
            unique=True,
            postgresql_where=text("made_at IS NULL"),
        ),
    )
    SUBJECT = "indicator_report"

    id: Mapped[UUID] = pk()
    span: Mapped[str] = mapped_column(String(10))
    last: Mapped[date] = mapped_column(Date)
    public: Mapped[bool] = mapped_column(Boolean)
    revision: Mapped[int] = mapped_column(SmallInteger)
    asked_by: Mapped[UUID] = ref("member.id", index=False)
    asked_at: Mapped[datetime] = created()
    made_at: Mapped[datetime | None] = moment(nullable=True)


class IndicatorReportFile(Base):
    """One file of a report. The JSON comes first, and is what all others are made from. Insert-only.

    digest  SHA-256; size in bytes
    """

    __tablename__ = "indicator_report_file"
    __table_args__ = (CheckConstraint("form IN ('json', 'csv', 'xlsx', 'pdf')", name="form"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("indicator_report.id", ondelete="RESTRICT"), primary_key=True)
    form: Mapped[str] = mapped_column(String(4), primary_key=True)
    digest: Mapped[str] = mapped_column(CHAR(64), index=True)
    file_key: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = moment()
