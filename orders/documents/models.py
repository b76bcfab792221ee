"""Tables of trade documents. Every row is final: what changes later is a new row that takes the place of the former."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, pk, ref
from app.core.db import Base


class ShipmentPacking(Base):
    """Packing and transport details of a shipment; the newest version counts (orders.documents.packing.Packing)."""

    __tablename__ = "shipment_packing"
    __table_args__ = (
        UniqueConstraint("shipment_id", "version"),
        Index(
            "ix_shipment_packing_containers",
            text("(facts -> 'containers')"),
            postgresql_using="gin",
        ),
    )

    id: Mapped[UUID] = pk()
    shipment_id: Mapped[UUID] = ref("shipment.id", index=False)
    version: Mapped[int] = mapped_column(SmallInteger)
    facts: Mapped[dict[str, Any]] = jsonb()
    member_id: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()


class TradeDocument(Base):
    """A document as it was issued. `canonical` is its content, `content_hash` that text's SHA-256.

    shipment_id  None for a document of the whole order
    number       that of version 1, then with the version behind it, such as `CI-7F3K-2M9Q-R2`
    """

    __tablename__ = "trade_document"

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID] = ref("orders.id")
    shipment_id: Mapped[UUID | None] = ref("shipment.id", nullable=True, index=False)
    kind: Mapped[str] = mapped_column(String(30))
    version: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    canonical: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pdf_key: Mapped[str] = mapped_column(String(200))
    pdf_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ubl_key: Mapped[str] = mapped_column(String(200))
    ubl_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    issued_at: Mapped[datetime] = created()


class ReceivedDocument(Base):
    """Somebody else's document about a shipment: its typed `facts` and its `file`, kept by hash. The newest counts."""

    __tablename__ = "received_document"
    __table_args__ = (
        UniqueConstraint("shipment_id", "kind", "version"),
        Index("ix_received_document_number", "kind", text("lower(facts ->> 'number')")),
    )

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID] = ref("orders.id")
    shipment_id: Mapped[UUID] = ref("shipment.id", index=False)
    kind: Mapped[str] = mapped_column(String(30))
    version: Mapped[int] = mapped_column(SmallInteger)
    facts: Mapped[dict[str, Any]] = jsonb()
    file: Mapped[dict[str, Any]] = jsonb()
    member_id: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()


class DocumentSet(Base):
    """The supplier's word that a shipment's documents are complete: which, by their hashes, in the order of kinds."""

    __tablename__ = "document_set"
    __table_args__ = (UniqueConstraint("shipment_id", "version"),)

    id: Mapped[UUID] = pk()
    order_id: Mapped[UUID] = ref("orders.id")
    shipment_id: Mapped[UUID] = ref("shipment.id", index=False)
    version: Mapped[int] = mapped_column(SmallInteger)
    hashes: Mapped[dict[str, Any]] = jsonb()
    member_id: Mapped[UUID] = ref("member.id", index=False)
    created_at: Mapped[datetime] = created()
