"""Tables of indicators: what was counted, from which sealed rows, and what came in the way. All of it
insert-only."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import jsonb, moment, pk, ref
from app.core.db import Base


class IndicatorClose(Base):
    """A month's figures counted once, with all spans that end with it.

    closing   which figures (app.indicators.figures.groups); last: the month's last day
    revision  0 provisional, 1 final, from 2 on a correction with its reason
    known     the day on which it was counted
    sheets    name of each sheet → [rows, SHA-256]; digest: of the file with all of them, `file_key` in the file store
    figures   SHA-256 over the figures as canonical JSON
    program   SHA-256 of the program that counted
    closed_by unset where the clock did it
    """

    __tablename__ = "indicator_close"
    __table_args__ = (
        UniqueConstraint("last", "closing", "revision"),
        CheckConstraint("revision >= 0 AND (revision > 1) = (reason <> '')", name="corrections_have_reasons"),
    )
    SUBJECT = "indicator_close"

    id: Mapped[UUID] = pk()
    closing: Mapped[str] = mapped_column(String(20))
    last: Mapped[date] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(Text)
    known: Mapped[date] = mapped_column(Date)
    sheets: Mapped[dict[str, Any]] = jsonb()
    digest: Mapped[str] = mapped_column(CHAR(64))
    file_key: Mapped[str] = mapped_column(String(80))
    figures: Mapped[str] = mapped_column(CHAR(64))
    program: Mapped[str] = mapped_column(CHAR(64))
    closed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    closed_at: Mapped[datetime] = moment()


class IndicatorValue(Base):
    """One figure of a close: of a span that ends with its month, whole (cut "") or of one part."""

    __tablename__ = "indicator_value"
    __table_args__ = (Index("ix_indicator_value_code", "code", "span", "cut", "key", "close_id"),)

    close_id: Mapped[UUID] = mapped_column(ForeignKey("indicator_close.id", ondelete="RESTRICT"), primary_key=True)
    span: Mapped[str] = mapped_column(String(10), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    cut: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)


class IndicatorAttempt(Base):
    """That somebody asked for a correction (`asked`), or that a close was refused (`refused`), and why."""

    __tablename__ = "indicator_attempt"
    __table_args__ = (Index("ix_indicator_attempt_last", "last", "closing", "id"),)

    id: Mapped[UUID] = pk()
    closing: Mapped[str] = mapped_column(String(20))
    last: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    at: Mapped[datetime] = moment()


class IndicatorQuestion(Base):
    """What an evaluator asks the operator, of one figure or of none (code "")."""

    __tablename__ = "indicator_question"

    id: Mapped[UUID] = pk()
    code: Mapped[str] = mapped_column(String(40))
    last: Mapped[date | None] = mapped_column(Date)
    text: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    asked_at: Mapped[datetime] = moment()


class IndicatorAnswer(Base):
    """What the operator answered; more may follow, nothing is taken back."""

    __tablename__ = "indicator_answer"

    id: Mapped[UUID] = pk()
    question_id: Mapped[UUID] = ref("indicator_question.id")
    text: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    answered_at: Mapped[datetime] = moment()
