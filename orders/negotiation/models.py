"""Tables of negotiation: what was asked, said and offered. Nothing said is ever changed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CHAR,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref, unit_price
from app.core.db import Base
from app.core.money import Money, UnitPrice
from app.core.states import Stateful
from orders.negotiation.states import (
    INQUIRY_MOVES,
    QUOTATION_MOVES,
    RFQ_MOVES,
    InquiryState,
    LetterState,
    QuotationState,
    RfqState,
)


class Rfq(Stateful, Base):
    """One request to many suppliers; each of them sees an inquiry of its own and nothing of the others."""

    __tablename__ = "rfq"
    MOVES = RFQ_MOVES
    SUBJECT = "rfq"

    id: Mapped[UUID] = pk()
    buyer_id: Mapped[UUID] = ref("organisation.id")
    created_by: Mapped[UUID] = ref("member.id", index=False)
    title: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bool] = mapped_column(Boolean, default=True)
    closes_at: Mapped[datetime] = moment()
    state: Mapped[RfqState] = mapped_column(String(20), default=RfqState.OPEN)
    created_at: Mapped[datetime] = created()


class Inquiry(Stateful, Base):
    """A buyer's question to one supplier, and the room in which the two negotiate.

    `forgotten_at` is when the content of the whole deal was erased (orders.forgetting); nothing leads back.
    """

    __tablename__ = "inquiry"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("buyer_id <> supplier_id", name="two_parties"),
        UniqueConstraint("rfq_id", "supplier_id"),
        Index("ix_inquiry_buyer", "buyer_id", "state", "id"),
        Index("ix_inquiry_supplier", "supplier_id", "state", "id"),
        Index("ix_inquiry_kept", "moved_at", postgresql_where=text("forgotten_at IS NULL")),
    )
    MOVES = INQUIRY_MOVES
    SUBJECT = "inquiry"

    id: Mapped[UUID] = pk()
    rfq_id: Mapped[UUID | None] = ref("rfq.id", nullable=True)
    buyer_id: Mapped[UUID] = ref("organisation.id", index=False)
    supplier_id: Mapped[UUID] = ref("organisation.id", index=False)
    created_by: Mapped[UUID] = ref("member.id", index=False)
    product_id: Mapped[UUID | None] = ref("product.id", nullable=True)
    title: Mapped[str] = mapped_column(String(200))
    hs_code: Mapped[str] = mapped_column(String(6), default="")
    text: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    unit: Mapped[str] = mapped_column(String(3))
    destination: Mapped[str] = mapped_column(CHAR(2))
    place: Mapped[str] = mapped_column(String(120), default="")
    rule: Mapped[str | None] = mapped_column(String(3))
    target: Mapped[UnitPrice | None] = unit_price("target", nullable=True)
    files: Mapped[list[dict[str, Any]]] = jsonb()
    state: Mapped[InquiryState] = mapped_column(String(20), default=InquiryState.OPEN)
    created_at: Mapped[datetime] = created()
    answered_at: Mapped[datetime | None] = moment(nullable=True)
    moved_at: Mapped[datetime] = created()
    buyer_read_at: Mapped[datetime | None] = moment(nullable=True)
    supplier_read_at: Mapped[datetime | None] = moment(nullable=True)
    forgotten_at: Mapped[datetime | None] = moment(nullable=True)


class Message(Base):
    """One thing said. Insert-only. `original` is what was written where a part of it was masked for all to read;
    `by_mail`: it came as an answer to a letter."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_inquiry", "inquiry_id", "id"),)

    id: Mapped[UUID] = pk()
    inquiry_id: Mapped[UUID] = ref("inquiry.id", index=False)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    text: Mapped[str] = mapped_column(Text)
    original: Mapped[str | None] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]]] = jsonb()
    at: Mapped[datetime] = created()
    by_mail: Mapped[bool] = mapped_column(Boolean, server_default="false")


class IncomingLetter(Base):
    """An answer by mail, so that none is taken in twice; one that is held back until its writer owns it or not.

    digest      SHA-256 of its bytes
    message_id  SHA-256 of what its program named it by; "" where it did not
    sender, text, doubts, files  of one that is held back: whom it says to be from, what it says, what is wrong with it,
                                 how many files it had (they are not kept); empty once that was decided
    """

    __tablename__ = "incoming_letter"
    __table_args__ = (
        Index("ix_incoming_letter_held", "member_id", "inquiry_id", postgresql_where=text("state = 'held'")),
        Index("ix_incoming_letter_received_at", "received_at"),
        Index(
            "uq_incoming_letter_message_id",
            "member_id",
            "inquiry_id",
            "message_id",
            "state",
            unique=True,
            postgresql_where=text("message_id <> '' AND state IN ('taken', 'refused', 'held')"),
        ),
    )

    id: Mapped[UUID] = pk()
    digest: Mapped[str] = mapped_column(CHAR(64), unique=True)
    message_id: Mapped[str] = mapped_column(String(64), server_default="")
    inquiry_id: Mapped[UUID] = ref("inquiry.id")
    member_id: Mapped[UUID] = ref("member.id", index=False)
    state: Mapped[LetterState] = mapped_column(String(20))
    sender: Mapped[str] = mapped_column(String(320), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    doubts: Mapped[list[str]] = mapped_column(ARRAY(String(20)), default=list)
    files: Mapped[int] = mapped_column(Integer, default=0)
    received_at: Mapped[datetime] = moment()


class FileFinding(Base):
    """What a file of a negotiation was found to show, by its hash. Goes with its deal; until then only
    `withheld` may become true (trigger).

    organisation_id  who sent it; `withheld`: nobody else may open it
    kinds            as `trust.risk.texts` names them
    """

    __tablename__ = "file_finding"

    inquiry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("inquiry.id", ondelete="RESTRICT"), primary_key=True)
    sha256: Mapped[str] = mapped_column(CHAR(64), primary_key=True)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(String(10)))
    withheld: Mapped[bool] = mapped_column(Boolean)
    found_at: Mapped[datetime] = created()


class Quotation(Stateful, Base):
    """One version of an offer, by either side; `content` is an Offer and never changes."""

    __tablename__ = "quotation"
    __table_args__ = (
        UniqueConstraint("inquiry_id", "version"),
        CheckConstraint("total_minor > 0", name="total"),
        Index(
            "uq_quotation_standing",
            "inquiry_id",
            unique=True,
            postgresql_where=text("state IN ('offered', 'accepted')"),
        ),
    )
    MOVES = QUOTATION_MOVES
    SUBJECT = "quotation"

    id: Mapped[UUID] = pk()
    inquiry_id: Mapped[UUID] = ref("inquiry.id", index=False)
    version: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    content: Mapped[dict[str, Any]] = jsonb()
    total: Mapped[Money] = money("total")
    valid_until: Mapped[date] = mapped_column(Date, index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[QuotationState] = mapped_column(String(20), default=QuotationState.OFFERED)
    created_at: Mapped[datetime] = created()
