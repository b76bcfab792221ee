"""The books. `migrations/sql/30_payments.sql` holds what the database itself refuses: unbalanced entries, late legs,
changes, balances below zero or edited by hand."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from payments.ledger.chart import FLOORED

_FLOORED = ", ".join(f"'{kind}'" for kind in sorted(FLOORED))


class AccountRow(Base):
    """One account in one currency. Insert-only."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("code", "currency", name="uq_account_code"),
        UniqueConstraint("id", "currency", name="uq_account_currency"),
        CheckConstraint("side IN (-1, 1)", name="side"),
        CheckConstraint(f"floor_zero = (kind IN ({_FLOORED}))", name="floor_zero"),
        CheckConstraint("hot = NOT floor_zero", name="hot"),
        Index("ix_account_owner", "owner_type", "owner_id"),
    )

    id: Mapped[UUID] = pk()
    code: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20), index=True)
    currency: Mapped[str] = mapped_column(CHAR(3))
    owner_type: Mapped[str | None] = mapped_column(String(40))
    owner_id: Mapped[UUID | None]
    side: Mapped[int] = mapped_column(SmallInteger)
    floor_zero: Mapped[bool] = mapped_column(Boolean)
    hot: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = created()


class Balance(Base):
    """The cached sum of a party's account, kept by a trigger on `posting` and by nothing else."""

    __tablename__ = "balance"
    __table_args__ = (CheckConstraint("NOT floor_zero OR minor * side >= 0", name="floor"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True)
    side: Mapped[int] = mapped_column(SmallInteger)
    floor_zero: Mapped[bool] = mapped_column(Boolean)
    minor: Mapped[int] = mapped_column(BigInteger)


class JournalEntry(Base):
    """One thing that happened to money: who did it, why, for which part of which deal. Insert-only.

    created_in  the transaction that wrote it, set by the database: only that one may add legs
    part_id     the milestone, payout or booking within the subject
    """

    __tablename__ = "journal_entry"
    __table_args__ = (Index("ix_journal_entry_subject", "subject_type", "subject_id", "id"),)

    id: Mapped[UUID] = pk()
    key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(CHAR(64))
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[UUID | None]
    subject_type: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[UUID | None]
    part_id: Mapped[UUID | None]
    contract_hash: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = jsonb()
    at: Mapped[datetime] = moment()
    created_in: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class Posting(Base):
    """One leg of an entry: debit positive, credit negative. Insert-only."""

    __tablename__ = "posting"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "amount_currency"],
            ["account.id", "account.currency"],
            name="fk_posting_account",
            ondelete="RESTRICT",
        ),
        CheckConstraint("amount_minor <> 0", name="amount"),
        Index("ix_posting_account", "account_id", "entry_id"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal_entry.id", ondelete="RESTRICT"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[UUID]
    amount: Mapped[Money] = money("amount")


class ProofRow(Base):
    """One run of the proof, with its figures. Insert-only."""

    __tablename__ = "ledger_proof"

    id: Mapped[UUID] = pk()
    holds: Mapped[bool] = mapped_column(Boolean)
    invariants: Mapped[list[Any]] = jsonb()
    run_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    at: Mapped[datetime] = moment()
