"""What the bank says, as it said it. `migrations/sql/50_bank.sql` keeps statements chained and lines unchanged."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.statements.states import FILE_MOVES, Direction, FileState, LineStatus


class StatementFile(Stateful, Base):
    """A file that finance sent in: read through and kept whole, or refused; then its lines are booked in batches.

    file_key  where its bytes lie in the file store, sealed
    sha256    of the bytes as they were sent
    total, done  lines read, and of them booked
    problem   why it was refused, in the language of whoever sent it
    """

    __tablename__ = "statement_file"
    __table_args__ = (
        Index("uq_statement_file_sha256", "sha256", unique=True, postgresql_where=text("state <> 'refused'")),
    )
    MOVES = FILE_MOVES
    SUBJECT = "statement_file"

    id: Mapped[UUID] = pk()
    filename: Mapped[str] = mapped_column(String(200))
    file_key: Mapped[str] = mapped_column(String(67))
    sha256: Mapped[str] = mapped_column(CHAR(64))
    locale: Mapped[str] = mapped_column(String(10))
    state: Mapped[FileState] = mapped_column(String(20), default=FileState.READING)
    total: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    uploaded_by: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()
    finished_at: Mapped[datetime | None] = moment(nullable=True)


class Statement(Base):
    """One statement of one of our accounts. Insert-only; each continues the one before it (`previous_id`)."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint("account", "currency", "bank_id", name="uq_bank_statement_bank_id"),
        UniqueConstraint("previous_id", name="uq_bank_statement_previous_id"),
        Index(
            "uq_bank_statement_first",
            "account",
            "currency",
            unique=True,
            postgresql_where=text("previous_id IS NULL"),
        ),
        CheckConstraint("opening_currency = currency AND closing_currency = currency", name="currency"),
    )

    id: Mapped[UUID] = pk()
    file_id: Mapped[UUID] = mapped_column(ForeignKey("statement_file.id", ondelete="RESTRICT"), index=True)
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_statement.id", ondelete="RESTRICT"))
    account: Mapped[str] = mapped_column(String(34))
    currency: Mapped[str] = mapped_column(CHAR(3))
    bank_id: Mapped[str] = mapped_column(String(70))
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    from_on: Mapped[date | None] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    opening: Mapped[Money] = money("opening")
    closing: Mapped[Money] = money("closing")
    created_at: Mapped[datetime] = created()


class BankLine(Base):
    """One line of a statement: the bank's words, which stay, and what we made of it.

    sealed, masked, mark  the other side's account: sealed to this row, as shown, and as recognised again
    status     set once; how it came about is in the entry, or in the case
    reasons    [{"code", …facts}]: why it was booked where it is, or why people decide
    payer_id   the company that it was recognised as coming from
    operation_id  the payment in, payout or refund that it carried out
    """

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("statement_id", "number", name="uq_bank_line_number"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("direction IN ('credit', 'debit')", name="direction"),
        CheckConstraint("(sealed IS NULL) = (mark IS NULL)", name="sealed"),
        Index("ix_bank_line_bank_ref", "bank_ref"),
        Index("ix_bank_line_mark", "mark", "payer_id", postgresql_where=text("payer_id IS NOT NULL")),
        Index("ix_bank_line_operation_id", "operation_id", postgresql_where=text("operation_id IS NOT NULL")),
        Index("ix_bank_line_new", "statement_id", "returned", "number", postgresql_where=text("status = 'new'")),
    )

    id: Mapped[UUID] = pk()
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statement.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    direction: Mapped[Direction] = mapped_column(String(6))
    returned: Mapped[bool] = mapped_column(Boolean)
    amount: Mapped[Money] = money("amount")
    booked_on: Mapped[date] = mapped_column(Date)
    value_on: Mapped[date] = mapped_column(Date)
    bank_ref: Mapped[str] = mapped_column(String(64))
    end_to_end: Mapped[str] = mapped_column(String(64))
    batch: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(140))
    remittance: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(140))
    bank_code: Mapped[str] = mapped_column(String(35))
    country: Mapped[str] = mapped_column(String(2))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    masked: Mapped[str] = mapped_column(String(40))
    mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(35))
    status: Mapped[LineStatus] = mapped_column(String(10), default=LineStatus.NEW)
    reasons: Mapped[list[dict[str, Any]]] = jsonb()
    milestone_id: Mapped[UUID | None] = mapped_column(ForeignKey("escrow_milestone.id", ondelete="RESTRICT"))
    operation_id: Mapped[UUID | None] = mapped_column(ForeignKey("operation.id", ondelete="RESTRICT"))
    payer_id: Mapped[UUID | None] = ref("organisation.id", nullable=True, index=False)
