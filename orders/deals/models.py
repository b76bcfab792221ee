"""Tables of orders: the deal under way, its shipments, what the parties propose, and their ratings."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
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


class Order(Stateful, Base):
    """One order under one effective contract. `accept_by` runs from delivery; silence past it is acceptance."""

    __tablename__ = "orders"  # ORDER is a reserved word of SQL
    __table_args__ = (
        CheckConstraint("buyer_id <> supplier_id", name="two_parties"),
        Index("ix_orders_buyer", "buyer_id", "state", "id"),
        Index("ix_orders_supplier", "supplier_id", "state", "id"),
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
    ended_at: Mapped[datetime | None] = moment(nullable=True)


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


class Shipment(Base):
    """Goods handed to a carrier; `documents` are files with their kind, kept by hash."""

    __tablename__ = "shipment"
    __table_args__ = (UniqueConstraint("order_id", "number"), UniqueConstraint("carrier", "tracking"))

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(SmallInteger)
    carrier: Mapped[str] = mapped_column(String(80))
    tracking: Mapped[str] = mapped_column(String(60))
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
    """How one side proposes to end the deal: what of the held money goes to whom, and why. One is open at a time."""

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
    to_supplier: Mapped[Money] = money("to_supplier")
    to_buyer: Mapped[Money] = money("to_buyer")
    reason: Mapped[str] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]]] = jsonb()
    state: Mapped[ProposalState] = mapped_column(String(20), default=ProposalState.OPEN)
    created_at: Mapped[datetime] = created()


class Rating(Base):
    """What one party of a completed order says of the other. Insert-only (E-Commerce Law (PRC) art. 39)."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("order_id", "rater_id"),
        CheckConstraint("goods BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5 AND time BETWEEN 1 AND 5", name="stars"),
        Index("ix_rating_rated", "rated_id", "id"),
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
