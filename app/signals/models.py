"""Tables of what is watched: values by the hour, the limits that people set, and the alarms that were raised."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import moment, pk, ref
from app.core.db import Base


class SignalReading(Base):
    """The worst value of an hour. `usual`: what yesterday is compared with, where it is. Kept for ninety days."""

    __tablename__ = "signal_reading"
    __table_args__ = (Index("ix_signal_reading_at", "at"),)

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    value: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    counted: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    usual: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))


class SignalLimit(Base):
    """Another limit than the catalogue's, with its reason. The newest counts. Insert-only."""

    __tablename__ = "signal_limit"
    __table_args__ = (Index("ix_signal_limit_code", "code", "id"), CheckConstraint("most >= 0", name="most"))

    id: Mapped[UUID] = pk()
    code: Mapped[str] = mapped_column(String(40))
    most: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID] = ref("member.id", index=False)
    set_at: Mapped[datetime] = moment()


class SignalAlarm(Base):
    """That a value was above its limit, from when to when, and the worst that was seen."""

    __tablename__ = "signal_alarm"
    __table_args__ = (
        Index("uq_signal_alarm_open", "code", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_signal_alarm_began", "began_at", "id"),
        CheckConstraint("worst > most", name="above"),
        CheckConstraint("ended_at >= began_at", name="order"),
    )

    id: Mapped[UUID] = pk()
    code: Mapped[str] = mapped_column(String(40))
    most: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    worst: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    began_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None] = moment(nullable=True)
