"""Payments that the buyer's bank took back, and who bears them until it decides."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.chargebacks.states import MOVES, ChargebackState, DefenceState


class Chargeback(Stateful, Base):
    """One dispute at a provider about one payment.

    amount          what the bank disputes
    taken_minor     what left our balance for it, ever; it is the sum of the `from_…` columns
    returned_minor  what came back of that; all of it or nothing
    from_held, from_due
                    taken out of the deal: what was held, and what was due back to the buyer anyway
    from_reserve, from_payable, from_supplier
                    taken from the supplier, of what had been released: set aside, in the balance, and owed by it
    from_buyer      taken a second time: the buyer already had it back, and owes it
    reserved_minor  what is set aside of the supplier's balance while the bank only asks
    written_off_minor  what of `from_supplier` and `from_buyer` the platform bears for good: an approval of that amount
    """

    __tablename__ = "chargeback"
    __table_args__ = (
        UniqueConstraint("provider", "dispute_ref", name="uq_chargeback_dispute_ref"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "taken_minor = from_held_minor + from_due_minor + from_reserve_minor + from_payable_minor"
            " + from_supplier_minor + from_buyer_minor",
            name="sources",
        ),
        CheckConstraint(
            "least(from_held_minor, from_due_minor, from_reserve_minor, from_payable_minor, from_supplier_minor,"
            " from_buyer_minor, reserved_minor, returned_minor, written_off_minor) >= 0",
            name="parts",
        ),
        CheckConstraint("returned_minor IN (0, taken_minor)", name="returned"),
        CheckConstraint("written_off_minor <= from_supplier_minor + from_buyer_minor", name="written_off"),
        Index("ix_chargeback_open", "id", postgresql_where=text("state IN ('asked', 'taken')")),
    )
    MOVES = MOVES
    SUBJECT = "chargeback"

    id: Mapped[UUID] = pk()
    provider: Mapped[str] = mapped_column(String(20))
    dispute_ref: Mapped[str] = mapped_column(String(255))
    operation_id: Mapped[UUID] = ref("operation.id")
    milestone_id: Mapped[UUID] = ref("escrow_milestone.id")
    amount: Mapped[Money] = money("amount")
    reason: Mapped[str] = mapped_column(String(60))
    state: Mapped[ChargebackState] = mapped_column(String(20), default=ChargebackState.ASKED)
    due_by: Mapped[datetime | None] = moment(nullable=True)
    taken_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    returned_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    from_held_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    from_due_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    from_reserve_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    from_payable_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    from_supplier_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    from_buyer_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    written_off_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    defence: Mapped[dict[str, Any]] = jsonb()
    defence_state: Mapped[DefenceState] = mapped_column(String(20), default=DefenceState.NONE)
    opened_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()
