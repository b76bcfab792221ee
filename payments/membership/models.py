"""Tables of memberships. What was sold stays as it was; what became of it is written beside it
(`migrations/sql/410_membership.sql`)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from payments.membership.states import ORDER_MOVES, WAIVER_MOVES, OrderState, WaiverState

_SUM = "fee_minor = price_minor - credit_minor - waived_minor AND credit_minor >= 0 AND waived_minor >= 0"
_ONE_CURRENCY = "price_currency = ALL (ARRAY[credit_currency, waived_currency, fee_currency])"


class MembershipPlan(Base):
    """A plan's limits from a day on. Insert-only. `rank`: an upgrade goes to a higher one; a limit of NULL is none."""

    __tablename__ = "membership_plan"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    id: Mapped[UUID] = pk()
    code: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[date] = mapped_column(Date)
    rank: Mapped[int] = mapped_column(SmallInteger)
    products: Mapped[int | None] = mapped_column(Integer)
    members: Mapped[int | None] = mapped_column(Integer)
    answers: Mapped[int | None] = mapped_column(Integer)


class MembershipPrice(Base):
    """What a term of so many months costs from a day on. Insert-only."""

    __tablename__ = "membership_price"
    __table_args__ = (
        UniqueConstraint("plan", "months", "price_currency", "valid_from"),
        CheckConstraint("price_minor > 0 AND months > 0", name="price"),
    )

    id: Mapped[UUID] = pk()
    plan: Mapped[str] = mapped_column(String(20))
    months: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date] = mapped_column(Date)
    price: Mapped[Money] = money("price")


class MembershipWaiver(Stateful, Base):
    """A fee that is not asked for, or a part of it: once, for one term. Counts when a second person has agreed.

    basis_points  of the price that are waived; 10,000 is all of it
    province      where the company sits, for the reason `region`: ISO 3166-2
    proof_key     the sealed document that shows it, with its name and type
    """

    __tablename__ = "membership_waiver"
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 1 AND 10000 AND months > 0", name="part"),
        CheckConstraint("(reason = 'region') = (province <> '')", name="province"),
        CheckConstraint("reason IN ('innovative', 'brand', 'region')", name="reason"),
    )
    MOVES = WAIVER_MOVES
    SUBJECT = "membership_waiver"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    plan: Mapped[str] = mapped_column(String(20))
    months: Mapped[int] = mapped_column(SmallInteger)
    price: Mapped[Money] = money("price")
    basis_points: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(String(20))
    province: Mapped[str] = mapped_column(String(6), default="")
    note: Mapped[str] = mapped_column(Text)
    proof_key: Mapped[str] = mapped_column(String(67))
    proof_name: Mapped[str] = mapped_column(String(120))
    proof_type: Mapped[str] = mapped_column(String(100))
    state: Mapped[WaiverState] = mapped_column(String(20), default=WaiverState.PROPOSED)
    proposed_by: Mapped[UUID] = ref("member.id", index=False)
    proposed_at: Mapped[datetime] = created()


class MembershipOrder(Stateful, Base):
    """What a company asked to buy, at the price of that day; paid, it becomes a term. One is open at most.

    source_id  the term it was to follow when it was ordered; without a foreign key, for terms name their orders
    starts_on  of an upgrade only, whose price counts from that day; the others begin when they are paid
    credit     what of the running term's value is set against an upgrade
    automatic  renewed by the company's standing consent `choice_id`
    """

    __tablename__ = "membership_order"
    __table_args__ = (
        CheckConstraint(f"{_SUM} AND fee_minor > 0 AND months > 0", name="fee"),
        CheckConstraint(_ONE_CURRENCY, name="currency"),
        CheckConstraint("(waived_minor > 0) = (waiver_id IS NOT NULL)", name="waiver"),
        CheckConstraint("(kind = 'upgrade') = (starts_on IS NOT NULL)", name="upgrade"),
        CheckConstraint("rail IN ('stripe', 'bank', 'balance')", name="rail"),
        Index("uq_membership_order_open", "organisation_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_membership_order_organisation", "organisation_id", "id"),
        Index("ix_membership_order_state", "state", "rail", "id"),
    )
    MOVES = ORDER_MOVES
    SUBJECT = "membership"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    kind: Mapped[str] = mapped_column(String(20))
    plan: Mapped[str] = mapped_column(String(20))
    months: Mapped[int] = mapped_column(SmallInteger)
    source_id: Mapped[UUID | None]
    starts_on: Mapped[date | None] = mapped_column(Date)
    price: Mapped[Money] = money("price")
    credit: Mapped[Money] = money("credit")
    waived: Mapped[Money] = money("waived")
    fee: Mapped[Money] = money("fee")
    waiver_id: Mapped[UUID | None] = ref("membership_waiver.id", nullable=True, index=False)
    choice_id: Mapped[UUID | None] = ref("membership_choice.id", nullable=True, index=False)
    rail: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str] = mapped_column(String(30), unique=True)
    state: Mapped[OrderState] = mapped_column(String(20), default=OrderState.OPEN)
    ordered_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    ordered_at: Mapped[datetime] = created()


class MembershipTerm(Base):
    """A term of a plan. Insert-only: what became of it is computed, or stands in `membership_mark`.

    ends_on    its last day, by which the next fee is due
    price      of these days; `credit` what of it was paid before an upgrade, `waived` what was not asked for
    fee        what was received
    list_price what a whole term of this plan and length cost then
    paid_at    None where nothing was to be paid
    source_id  the term it followed
    entry_id   in the books
    """

    __tablename__ = "membership_term"
    __table_args__ = (
        CheckConstraint(f"{_SUM} AND fee_minor >= 0 AND months > 0", name="fee"),
        CheckConstraint(_ONE_CURRENCY + " AND list_price_currency = fee_currency", name="currency"),
        CheckConstraint("(waived_minor > 0) = (waiver_id IS NOT NULL)", name="waiver"),
        CheckConstraint(
            "(fee_minor > 0) = (paid_at IS NOT NULL) AND (fee_minor > 0) = (order_id IS NOT NULL)"
            " AND (fee_minor > 0) = (entry_id IS NOT NULL)",
            name="paid",
        ),
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("kind IN ('new', 'renewal', 'upgrade', 'win_back')", name="kind"),
        CheckConstraint("(kind = 'new') = (source_id IS NULL)", name="source"),
        Index("ix_membership_term_organisation", "organisation_id", "ends_on"),
        Index("ix_membership_term_ends", "ends_on"),
        Index("ix_membership_term_source", "source_id"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    kind: Mapped[str] = mapped_column(String(20))
    plan: Mapped[str] = mapped_column(String(20))
    months: Mapped[int] = mapped_column(SmallInteger)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    list_price: Mapped[Money] = money("list_price")
    price: Mapped[Money] = money("price")
    credit: Mapped[Money] = money("credit")
    waived: Mapped[Money] = money("waived")
    fee: Mapped[Money] = money("fee")
    automatic: Mapped[bool] = mapped_column(Boolean, default=False)
    source_id: Mapped[UUID | None] = ref("membership_term.id", nullable=True, index=False)
    waiver_id: Mapped[UUID | None] = ref("membership_waiver.id", nullable=True, index=False, unique=True)
    order_id: Mapped[UUID | None] = ref("membership_order.id", nullable=True, index=False, unique=True)
    entry_id: Mapped[UUID | None] = ref("journal_entry.id", nullable=True, index=False, unique=True)
    paid_at: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()


class MembershipMark(Base):
    """What is said of a term afterwards: that it is void and why, that a sanction ended it, that this was lifted.

    Insert-only; each is said once. `entry_id`: the refund in the books.
    """

    __tablename__ = "membership_mark"
    __table_args__ = (
        UniqueConstraint("term_id", "kind"),
        CheckConstraint("kind IN ('void', 'sanction', 'sanction_lifted')", name="kind"),
        CheckConstraint("(kind = 'void') = (reason <> '')", name="reason"),
        CheckConstraint("reason IN ('', 'cooling_off', 'merged', 'duplicate')", name="void_reason"),
    )

    id: Mapped[UUID] = pk()
    term_id: Mapped[UUID] = ref("membership_term.id", index=False)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    entry_id: Mapped[UUID | None] = ref("journal_entry.id", nullable=True, index=False)
    made_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    at: Mapped[datetime] = created()


class MembershipChoice(Base):
    """What a company wants at the end of its term. Insert-only; the latest holds.

    automatic  it has agreed, to the words `wording`, that the next term is paid out of its balance by itself
    plan       of the next term, with its length; "" lets the membership end
    """

    __tablename__ = "membership_choice"
    __table_args__ = (
        CheckConstraint("NOT automatic OR (plan <> '' AND wording <> '')", name="consent"),
        Index("ix_membership_choice_organisation", "organisation_id", "id"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    automatic: Mapped[bool] = mapped_column(Boolean)
    plan: Mapped[str] = mapped_column(String(20))
    months: Mapped[int] = mapped_column(SmallInteger)
    wording: Mapped[str] = mapped_column(String(10))
    made_by: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = created()


class MembershipNotice(Base):
    """A letter about a term, or a try to renew it, once of each kind. Insert-only.

    choice_id  the consent that an announcement was about
    """

    __tablename__ = "membership_notice"
    __table_args__ = (UniqueConstraint("term_id", "kind"),)

    id: Mapped[UUID] = pk()
    term_id: Mapped[UUID] = ref("membership_term.id", index=False)
    kind: Mapped[str] = mapped_column(String(50))
    choice_id: Mapped[UUID | None] = ref("membership_choice.id", nullable=True, index=False)
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = created()
