"""Tables of orders: the deal under way, its shipments, what the parties propose, and their ratings."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Numeric,
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
from app.core.states import Stateful
from orders.deals.states import MOVES, PROPOSAL_MOVES, OrderState, ProposalState
from orders.milestones import MOVES as MILESTONE_MOVES
from orders.milestones import Conditions, MilestoneState


class Order(Stateful, Base):
    """One order under one effective contract. `accept_by` runs from delivery; silence past it is acceptance.

    claimed_at       when the buyer last said that goods had not come
    no_claim_before  the first day on which it may say so again, after a ruling that the order goes on
    """

    __tablename__ = "orders"  # ORDER is a reserved word of SQL
    __table_args__ = (
        CheckConstraint("buyer_id <> supplier_id", name="two_parties"),
        CheckConstraint(
            "state <> 'undelivered' OR"
            " (claimed_at IS NOT NULL AND CAST(claimed_at AT TIME ZONE 'UTC' AS date) > ship_by)",
            name="claimed_after_the_last_day",
        ),
        Index("ix_orders_buyer", "buyer_id", "state", "id"),
        Index("ix_orders_supplier", "supplier_id", "state", "id"),
        Index("ix_orders_buyer_funded", "buyer_id", "funded_at"),
        Index("ix_orders_supplier_funded", "supplier_id", "funded_at"),
        Index("ix_orders_accept_by", "accept_by", postgresql_where=text("state = 'delivered'")),
    )
    MOVES = MOVES
    SUBJECT = "order"

    id: Mapped[UUID] = pk()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    contract_id: Mapped[UUID] = ref("contract.id", index=False, unique=True)
    inquiry_id: Mapped[UUID] = ref("inquiry.id")
    buyer_id: Mapped[UUID] = ref("organisation.id", index=False)
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    title: Mapped[str] = mapped_column(String(200))
    total: Mapped[Money] = money("total")
    destination: Mapped[str] = mapped_column(CHAR(2))
    contract_hash: Mapped[str] = mapped_column(String(64))
    partial_shipments: Mapped[bool]
    acceptance_days: Mapped[int] = mapped_column(SmallInteger)
    ship_by: Mapped[date] = mapped_column(Date)
    state: Mapped[OrderState] = mapped_column(String(20), default=OrderState.CONTRACTED)
    created_at: Mapped[datetime] = created()
    funded_at: Mapped[datetime | None] = moment(nullable=True)
    shipped_at: Mapped[datetime | None] = moment(nullable=True)
    delivered_at: Mapped[datetime | None] = moment(nullable=True)
    accept_by: Mapped[datetime | None] = moment(nullable=True)
    claimed_at: Mapped[datetime | None] = moment(nullable=True)
    no_claim_before: Mapped[date | None] = mapped_column(Date, nullable=True)
    ended_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)


class OrderLine(Base):
    """A line of the contract, for counting what was shipped of it. `most` includes the agreed tolerance."""

    __tablename__ = "order_line"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    description: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    least: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    most: Mapped[Decimal] = mapped_column(Numeric(18, 6))


class Milestone(Stateful, Base):
    """What one payment of the order waits for. Its money is the escrow's milestone of the same id.

    conditions  as the contract froze them (orders.milestones.Conditions)
    deadline    by when its evidence is to come, once the event it is counted from has happened
    answer_by   until when the buyer answers what was submitted
    """

    __tablename__ = "order_milestone"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        Index("ix_order_milestone_deadline", "deadline", postgresql_where=text("state IN ('awaited', 'objected')")),
        Index("ix_order_milestone_answer_by", "answer_by", postgresql_where=text("state = 'submitted'")),
    )
    MOVES = MILESTONE_MOVES
    SUBJECT = "order_milestone"

    id: Mapped[UUID] = mapped_column(ForeignKey("escrow_milestone.id", ondelete="RESTRICT"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(40))
    conditions: Mapped[dict[str, Any]] = jsonb()
    state: Mapped[MilestoneState] = mapped_column(String(20), default=MilestoneState.AWAITED)
    deadline: Mapped[datetime | None] = moment(nullable=True)
    answer_by: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()

    @property
    def terms(self) -> Conditions:
        return Conditions.model_validate(self.conditions)


class Submission(Base):
    """Evidence given for a milestone: typed `facts`, files kept by hash, and the buyer's answer. Only that is added."""

    __tablename__ = "milestone_submission"
    __table_args__ = (UniqueConstraint("milestone_id", "number"),)

    id: Mapped[UUID] = pk()
    milestone_id: Mapped[UUID] = mapped_column(ForeignKey("order_milestone.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(SmallInteger)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    facts: Mapped[dict[str, Any]] = jsonb()
    files: Mapped[list[dict[str, Any]]] = jsonb()
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = created()
    answered_at: Mapped[datetime | None] = moment(nullable=True)
    answered_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    objection: Mapped[str] = mapped_column(Text, default="")


class Shipment(Base):
    """Goods handed to a carrier; `documents` are files with their kind, kept by hash. `vessel` and `imo` of a ship's
    alone, as far as they are known by then.
    """

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        UniqueConstraint("carrier", "tracking"),
        Index("ix_shipment_unheard", "shipped_on", postgresql_where=text("delivered_at IS NULL")),
    )

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(SmallInteger)
    carrier: Mapped[str] = mapped_column(String(80))
    tracking: Mapped[str] = mapped_column(String(60))
    vessel: Mapped[str] = mapped_column(String(80), default="", server_default="")
    imo: Mapped[str] = mapped_column(String(7), default="", server_default="")
    shipped_on: Mapped[date] = mapped_column(Date)
    documents: Mapped[list[dict[str, Any]]] = jsonb()
    created_by: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()
    delivered_at: Mapped[datetime | None] = moment(nullable=True)
    delivered_by: Mapped[UUID | None] = ref("member.id", nullable=True, index=False)
    proof: Mapped[list[dict[str, Any]]] = jsonb()


class ShipmentLine(Base):
    __tablename__ = "shipment_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipment.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))


class Proposal(Stateful, Base):
    """How one side proposes to share held money, and why: all of it, to end the deal, or a part of one milestone's
    (`milestone_id`), while the deal goes on. One is open at a time.
    """

    __tablename__ = "settlement_proposal"
    __table_args__ = (
        CheckConstraint("to_supplier_minor >= 0 AND to_buyer_minor >= 0", name="shares"),
        CheckConstraint("to_supplier_currency = to_buyer_currency", name="one_currency"),
        Index("uq_settlement_proposal_open", "order_id", unique=True, postgresql_where=text("state = 'open'")),
    )
    MOVES = PROPOSAL_MOVES
    SUBJECT = "settlement_proposal"

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), index=True)
    made_by: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    kind: Mapped[str] = mapped_column(String(20))
    milestone_id: Mapped[UUID | None] = ref("order_milestone.id", nullable=True, index=False)
    to_supplier: Mapped[Money] = money("to_supplier")
    to_buyer: Mapped[Money] = money("to_buyer")
    reason: Mapped[str] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]]] = jsonb()
    state: Mapped[ProposalState] = mapped_column(String(20), default=ProposalState.OPEN)
    created_at: Mapped[datetime] = created()


class Rating(Base):
    """What one party of a completed order says of the other. Insert-only (E-Commerce Law (PRC) art. 39; trigger)."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("order_id", "rater_id"),
        CheckConstraint("goods BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5 AND time BETWEEN 1 AND 5", name="stars"),
        Index("ix_rating_rated", "rated_id", "id"),
        Index("ix_rating_rated_created", "rated_id", "created_at"),
    )

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    rater_id: Mapped[UUID] = ref("organisation.id", index=False)
    rated_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    goods: Mapped[int] = mapped_column(SmallInteger)
    service: Mapped[int] = mapped_column(SmallInteger)
    time: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = created()


class RatingAnswer(Base):
    """What the rated company says to a rating, once. Insert-only."""

    __tablename__ = "rating_answer"

    rating_id: Mapped[UUID] = mapped_column(ForeignKey("rating.id", ondelete="RESTRICT"), primary_key=True)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = created()


class RatingWithholding(Base):
    """A decision that the words of a rating break the law, or that they do not after all. The newest one counts, the
    stars always do. Insert-only.

    basis      which law (orders.deals.ratings.BASES); reference: organ and number of an order, where that is the basis
    """

    __tablename__ = "rating_withholding"
    __table_args__ = (
        CheckConstraint("withheld = (basis <> '') AND reason <> ''", name="basis"),
        Index("ix_rating_withholding_rating", "rating_id", "id"),
    )

    id: Mapped[UUID] = pk()
    rating_id: Mapped[UUID] = ref("rating.id", index=False)
    withheld: Mapped[bool] = mapped_column(Boolean)
    basis: Mapped[str] = mapped_column(String(30))
    reference: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID] = ref("member.id", index=False)
    at: Mapped[datetime] = created()
