"""Whose money is held for which deal, milestone by milestone. How much lies where is in the books; what stands here of
it is checked against them by every proof.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, CheckConstraint, Date, ForeignKey, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.escrow.states import MOVES, MilestoneState


class Escrow(Base):
    """One deal's escrow: parties, currency, and the contract whose hash every entry carries."""

    __tablename__ = "escrow"
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id", name="uq_escrow_subject"),
        CheckConstraint("buyer_id <> supplier_id", name="parties"),
    )

    id: Mapped[UUID] = pk()
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = ref("organisation.id")
    supplier_id: Mapped[UUID] = ref("organisation.id")
    currency: Mapped[str] = mapped_column(CHAR(3))
    contract_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = created()


class Milestone(Stateful, Base):
    """One payment of a deal. `fee` is the platform's part of `amount`, fixed when the contract took effect.

    due_on     until when it is to be paid; unset where the contract ties it to an event
    reference  the ISO 11649 creditor reference that a bank transfer for this milestone carries
    held_minor, released_minor, due_minor, refunded_minor, charged_back_minor
               where the paid amount is: held or frozen, released (the fee included), due back to the buyer, sent back,
               taken back by the buyer's bank. They sum to `amount` from the payment on, and are zero before
    surplus_minor
               what of the amount an amendment of the contract has made too much: it is no longer agreed
    shares     how often a part of it was shared out, so that each time has its own entry
    """

    __tablename__ = "escrow_milestone"
    __table_args__ = (
        UniqueConstraint("escrow_id", "position", name="uq_escrow_milestone_position"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "fee_minor BETWEEN 0 AND amount_minor AND fee_currency = amount_currency",
            name="fee",
        ),
        CheckConstraint(
            "held_minor >= 0 AND released_minor >= 0 AND due_minor >= 0 AND refunded_minor >= 0"
            " AND charged_back_minor >= 0 AND held_minor + released_minor + due_minor + refunded_minor"
            " + charged_back_minor IN (0, amount_minor)",
            name="parts",
        ),
    )
    MOVES = MOVES
    SUBJECT = "milestone"

    id: Mapped[UUID] = pk()
    escrow_id: Mapped[UUID] = mapped_column(ForeignKey("escrow.id", ondelete="RESTRICT"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(40))
    amount: Mapped[Money] = money("amount")
    fee: Mapped[Money] = money("fee")
    due_on: Mapped[date | None] = mapped_column(Date)
    held_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    released_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    due_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    charged_back_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    surplus_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    shares: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    reference: Mapped[str] = mapped_column(String(25), unique=True)
    state: Mapped[MilestoneState] = mapped_column(String(20), default=MilestoneState.PENDING)
    created_at: Mapped[datetime] = created()

    @property
    def held(self) -> Money:
        """What is held or frozen."""
        return Money(self.held_minor, self.amount.currency)
