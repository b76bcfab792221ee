"""What each company is entitled to now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import moment
from app.core.db import Base


class Entitlement(Base):
    """The limits of one company's plan; a company without a row has those of the free plan, and so has one whose time
    is over. A limit of NULL is none.
    """

    __tablename__ = "entitlement"
    __table_args__ = (
        CheckConstraint("products >= 0 AND members >= 0 AND answers >= 0", name="limits"),
        Index("ix_entitlement_until", "until"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    plan: Mapped[str] = mapped_column(String(20))
    products: Mapped[int | None] = mapped_column(Integer)
    members: Mapped[int | None] = mapped_column(Integer)
    answers: Mapped[int | None] = mapped_column(Integer)
    until: Mapped[datetime] = moment()
    changed_at: Mapped[datetime] = moment()
