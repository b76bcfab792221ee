"""Invoices for the platform's fees. `migrations/sql/70_currency.sql` keeps them as issued and their numbers whole."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Date, ForeignKey, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money


class FeeInvoice(Base):
    """An invoice, or a credit note that takes a part of one back. Insert-only.

    sequence  from 1 without gaps within a series and year
    total     what it comes to, always positive; a credit note gives that much back
    credits   the invoice that a credit note belongs to
    content   everything that is printed, as it was when it was issued; `digest` is the SHA-256 of its canonical form
    """

    __tablename__ = "fee_invoice"
    __table_args__ = (
        UniqueConstraint("series", "year", "sequence", name="uq_fee_invoice_sequence"),
        CheckConstraint("total_minor > 0", name="total"),
        CheckConstraint("(kind = 'credit_note') = (credits IS NOT NULL)", name="credits"),
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
        CheckConstraint("first <= last", name="period"),
    )

    id: Mapped[UUID] = pk()
    kind: Mapped[str] = mapped_column(String(20))
    series: Mapped[str] = mapped_column(String(20))
    year: Mapped[int] = mapped_column(SmallInteger)
    sequence: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    organisation_id: Mapped[UUID] = ref("organisation.id")
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    total: Mapped[Money] = money("total")
    credits: Mapped[UUID | None] = ref("fee_invoice.id", nullable=True)
    content: Mapped[dict[str, Any]] = jsonb()
    digest: Mapped[str] = mapped_column(CHAR(64))
    issued_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    issued_at: Mapped[datetime] = moment()


class FeeInvoiceLine(Base):
    """Which entry of the books a line is of: each entry stands on one invoice only. Insert-only.

    milestone_id  None for the fee of a membership
    """

    __tablename__ = "fee_invoice_line"
    __table_args__ = (CheckConstraint("fee_minor > 0", name="fee"),)

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("fee_invoice.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal_entry.id", ondelete="RESTRICT"), unique=True)
    milestone_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("escrow_milestone.id", ondelete="RESTRICT"), index=True
    )
    fee: Mapped[Money] = money("fee")
