"""Micro-deposits. How much one was stands with the payment (`operation`) and in the books, and nowhere else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CHAR, BigInteger, CheckConstraint, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from payments.microdeposits.states import MOVES, DepositState


class MicroDeposit(Stateful, Base):
    """A request to prove an account by the amount that arrives there. An account has one that is not over at most.

    tried      the wrong amounts, in minor units, each once: the same mistake sent twice is one
    bank_name  the holder as our bank's statement or confirmation names it; "" where it names nobody
    likeness   of that name to the company's registered ones, in percent; unset without a name
    reason     why it ended otherwise than proved, in the bank's or the reviewer's words
    """

    __tablename__ = "micro_deposit"
    __table_args__ = (
        CheckConstraint("cardinality(tried) <= tries", name="tries"),
        CheckConstraint("state <> 'proved' OR cardinality(tried) < tries", name="proved_by_amount"),
        CheckConstraint("state IN ('requested', 'failed', 'called_off') OR sent_at IS NOT NULL", name="sent"),
        CheckConstraint("(sent_at IS NULL) = (expires_at IS NULL)", name="expires"),
        CheckConstraint("(state IN ('requested', 'sent', 'review')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(bank_name = '') = (likeness IS NULL)", name="likeness"),
        Index(
            "uq_micro_deposit_live",
            "bank_account_id",
            unique=True,
            postgresql_where=text("state IN ('requested', 'sent', 'review')"),
        ),
        Index("ix_micro_deposit_account", "bank_account_id", "id"),
        Index("ix_micro_deposit_organisation", "organisation_id", "created_at"),
        Index("ix_micro_deposit_created", "created_at"),
        Index("ix_micro_deposit_expires", "expires_at", postgresql_where=text("state = 'sent'")),
    )
    MOVES = MOVES
    SUBJECT = "micro_deposit"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    bank_account_id: Mapped[UUID] = ref("bank_account.id", index=False)
    currency: Mapped[str] = mapped_column(CHAR(3))
    state: Mapped[DepositState] = mapped_column(String(20), default=DepositState.REQUESTED)
    tries: Mapped[int] = mapped_column(SmallInteger)
    tried: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    bank_name: Mapped[str] = mapped_column(String(200), default="")
    likeness: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(Text, default="")
    requested_by: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()
    sent_at: Mapped[datetime | None] = moment(nullable=True)
    expires_at: Mapped[datetime | None] = moment(nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
