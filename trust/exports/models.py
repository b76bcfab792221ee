"""What people took out on a day, and how much of it is usual."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import jsonb, pk, ref
from app.core.db import Base


class ExportDay(Base):
    """How many documents and lines of lists a member took out on a day of the platform's zone. It only grows (trigger).

    role    the member's that day, as `service.role_of` has it
    number  of all kinds together; `kinds` by kind
    """

    __tablename__ = "export_day"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        UniqueConstraint("member_id", "day"),
        Index("ix_export_day_day", "day", "number"),
    )

    id: Mapped[UUID] = pk()
    day: Mapped[date] = mapped_column(Date)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    role: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(Integer)
    kinds: Mapped[dict[str, Any]] = jsonb()


class ExportUsual(Base):
    """What is usual for a role, as it was added up on a day: of `days` days of members, `per_mille` took at most
    `number`. Never changed (trigger)."""

    __tablename__ = "export_usual"

    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    per_mille: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)
