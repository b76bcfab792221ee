"""Where suppliers are paid, and what is on its way there."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.payouts.states import MOVES, PayoutState


class BankAccount(Base):
    """A supplier's account at a bank. The number is sealed, bound to this row; `masked` is all that is ever shown.

    scheme    `iban` (with BIC) or `cnaps` (mainland China: 12-digit bank code and account number)
    holder    the company's own registered name: money goes to nobody else
    confirmed_by, removed_by  the second member; unset where the company had but one
    removal_asked_by  who wants it gone; from then on it takes no payouts
    """

    __tablename__ = "bank_account"
    __table_args__ = (
        CheckConstraint("scheme IN ('iban', 'cnaps')", name="scheme"),
        CheckConstraint("confirmed_by <> added_by", name="second_member"),
        CheckConstraint("removed_by <> removal_asked_by", name="second_member_removes"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    scheme: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(CHAR(3))
    country: Mapped[str] = mapped_column(CHAR(2))
    holder: Mapped[str] = mapped_column(String(200))
    bank_code: Mapped[str] = mapped_column(String(12))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    masked: Mapped[str] = mapped_column(String(40))
    added_by: Mapped[UUID] = ref("member.id", index=False)
    usable_from: Mapped[datetime] = moment()
    confirmed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    confirmed_at: Mapped[datetime | None] = moment(nullable=True)
    removal_asked_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    removed_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    removed_at: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()


class ConnectedAccount(Base):
    """A supplier's account at a provider. `missing` is what the provider still asks of the supplier, in its words.

    banks            the provider's marks of the bank accounts that it last said it pays out to
    disconnected_at  since when nothing is paid out over it any more
    """

    __tablename__ = "connected_account"
    __table_args__ = (UniqueConstraint("organisation_id", "provider", name="uq_connected_account_organisation"),)

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    provider: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(CHAR(2))
    provider_ref: Mapped[str] = mapped_column(String(255), default="")
    can_receive: Mapped[bool] = mapped_column(Boolean, default=False)
    can_pay_out: Mapped[bool] = mapped_column(Boolean, default=False)
    missing: Mapped[list[str]] = mapped_column(ARRAY(String(120)), default=list)
    failure: Mapped[str] = mapped_column(Text, default="")
    banks: Mapped[list[str]] = mapped_column(ARRAY(String(120)), default=list, server_default="{}")
    opened_by: Mapped[UUID] = ref("member.id", index=False)
    disconnected_at: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()


class PayoutQuote(Base):
    """What a part of a balance comes to on an account of another currency; `payout_id` once the supplier has agreed.

    rate  one unit of `sold`'s currency is so many of `bought`'s, as `source` had it for `rate_day`
    """

    __tablename__ = "payout_quote"
    __table_args__ = (
        CheckConstraint("sold_minor > 0 AND bought_minor > 0 AND rate > 0", name="amounts"),
        CheckConstraint("sold_currency <> bought_currency", name="currencies"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    bank_account_id: Mapped[UUID] = ref("bank_account.id", index=False)
    sold: Mapped[Money] = money("sold")
    bought: Mapped[Money] = money("bought")
    rate: Mapped[Decimal] = mapped_column(Numeric)
    rate_day: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(100))
    valid_until: Mapped[datetime] = moment()
    payout_id: Mapped[UUID | None] = ref("payout.id", nullable=True, index=False, unique=True)
    asked_by: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()


class Payout(Stateful, Base):
    """A part of a supplier's balance on its way to its bank, over one of its two kinds of account."""

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(bank_account_id IS NULL) <> (connected_account_id IS NULL)", name="destination"),
        Index("ix_payout_organisation", "organisation_id", "id"),
    )
    MOVES = MOVES
    SUBJECT = "payout"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    amount: Mapped[Money] = money("amount")
    bank_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_account.id", ondelete="RESTRICT"))
    connected_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("connected_account.id", ondelete="RESTRICT"))
    state: Mapped[PayoutState] = mapped_column(String(20), default=PayoutState.REQUESTED)
    failure: Mapped[str] = mapped_column(Text, default="")
    requested_by: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()
    ended_at: Mapped[datetime | None] = moment(nullable=True)
