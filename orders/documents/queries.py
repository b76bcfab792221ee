"""What is asked of trade documents: the whole file of an order in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from orders.contracts import queries as contracts
from orders.contracts.queries import ContractView
from orders.deals import queries as deals
from orders.deals.queries import OrderView, ShipmentView
from orders.documents import content, papers
from orders.documents.content import Content
from orders.documents.errors import DocumentNotFound
from orders.documents.kinds import Kind
from orders.documents.models import DocumentSet, ReceivedDocument, ShipmentPacking, TradeDocument
from orders.documents.packing import Packing


@dataclass(frozen=True)
class IssuedView:
    id: UUID
    order_id: UUID
    shipment_id: UUID | None
    kind: Kind
    version: int
    number: str
    canonical: str
    content_hash: str
    pdf_key: str
    pdf_hash: str
    ubl_key: str
    ubl_hash: str
    issued_at: datetime

    @cached_property
    def content(self) -> Content:
        return content.read(self.canonical)


@dataclass(frozen=True)
class ReceivedView:
    id: UUID
    shipment_id: UUID
    kind: Kind
    version: int
    facts: papers.Facts
    file: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class PackingView:
    version: int
    facts: Packing
    created_at: datetime


@dataclass(frozen=True)
class SetView:
    """The supplier's word that these documents are complete: kind → hash."""

    version: int
    hashes: dict[str, str]
    created_at: datetime


@dataclass(frozen=True)
class Dossier:
    """An order with everything said and issued about its shipments; the newest version of each comes last."""

    order: OrderView
    contract: ContractView
    shipments: list[ShipmentView]
    packings: dict[UUID, PackingView]
    issued: list[IssuedView]
    received: list[ReceivedView]
    sets: dict[UUID, SetView]

    def versions(self, kind: Kind, shipment_id: UUID | None) -> list[IssuedView]:
        return [d for d in self.issued if d.kind == kind and d.shipment_id == shipment_id]

    def handed_in(self, kind: Kind, shipment_id: UUID) -> list[ReceivedView]:
        return [d for d in self.received if d.kind == kind and d.shipment_id == shipment_id]


async def dossier(tx: AsyncSession, order_id: UUID, *, party: UUID) -> Dossier:
    """Raises OrderNotFound, also for a stranger's."""
    order = await deals.order(tx, order_id, party=party)
    shipments = await deals.shipments(tx, order.id)
    ids = [shipment.id for shipment in shipments]
    sets = await tx.scalars(select(DocumentSet).where(DocumentSet.order_id == order.id).order_by(DocumentSet.version))
    return Dossier(
        order=order,
        contract=await contracts.contract(tx, order.contract_id),
        shipments=shipments,
        packings=await packings(tx, ids),
        issued=await all_issued(tx, order.id),
        received=await all_received(tx, order.id),
        sets={row.shipment_id: SetView(row.version, row.hashes, row.created_at) for row in sets},
    )


async def all_issued(tx: AsyncSession, order_id: UUID) -> list[IssuedView]:
    """Every document of an order that was issued, the first first."""
    rows = await tx.scalars(select(TradeDocument).where(TradeDocument.order_id == order_id).order_by(TradeDocument.id))
    return [_issued(row) for row in rows]


async def all_received(tx: AsyncSession, order_id: UUID) -> list[ReceivedView]:
    """Everything that was handed in about an order, the first first."""
    rows = await tx.scalars(
        select(ReceivedDocument).where(ReceivedDocument.order_id == order_id).order_by(ReceivedDocument.id)
    )
    return [_received(row) for row in rows]


async def packings(tx: AsyncSession, shipments: Sequence[UUID]) -> dict[UUID, PackingView]:
    """The newest packing of each of these shipments that has one."""
    rows = await tx.scalars(
        select(ShipmentPacking).where(ShipmentPacking.shipment_id.in_(shipments)).order_by(ShipmentPacking.version)
    )
    return {
        row.shipment_id: PackingView(row.version, Packing.model_validate(row.facts), row.created_at) for row in rows
    }


async def issued(tx: AsyncSession, order_id: UUID, document_id: UUID) -> IssuedView:
    """One issued document of an order. Raises DocumentNotFound."""
    query = select(TradeDocument).where(TradeDocument.id == document_id, TradeDocument.order_id == order_id)
    row = await tx.scalar(query)
    if row is None:
        raise DocumentNotFound
    return _issued(row)


async def received(tx: AsyncSession, order_id: UUID, document_id: UUID) -> ReceivedView:
    """One file that was handed in. Raises DocumentNotFound."""
    query = select(ReceivedDocument).where(ReceivedDocument.id == document_id, ReceivedDocument.order_id == order_id)
    row = await tx.scalar(query)
    if row is None:
        raise DocumentNotFound
    return _received(row)


@dataclass(frozen=True, slots=True)
class Known:
    """A file that was issued here. `superseded_by` is the number of the one that is valid now, or empty."""

    number: str
    kind: Kind
    issued_at: datetime
    superseded_by: str


async def known(tx: AsyncSession, file_hash: str) -> Known | None:
    """The document whose PDF, UBL or JSON has this SHA-256, whoever asks."""
    hashes = (TradeDocument.pdf_hash, TradeDocument.ubl_hash, TradeDocument.content_hash)
    row = await tx.scalar(select(TradeDocument).where(or_(*(column == file_hash for column in hashes))))
    if row is None:
        return None
    of_same = TradeDocument.shipment_id.is_not_distinct_from(row.shipment_id)
    newest = await tx.scalar(
        select(TradeDocument.number)
        .where(TradeDocument.order_id == row.order_id, of_same, TradeDocument.kind == row.kind)
        .order_by(TradeDocument.version.desc())
        .limit(1)
    )
    return Known(row.number, Kind(row.kind), row.issued_at, "" if newest == row.number else str(newest))


def _issued(row: TradeDocument) -> IssuedView:
    facts = {name: getattr(row, name) for name in IssuedView.__dataclass_fields__ if name != "kind"}
    return IssuedView(**facts, kind=Kind(row.kind))


def _received(row: ReceivedDocument) -> ReceivedView:
    return ReceivedView(
        row.id,
        row.shipment_id,
        Kind(row.kind),
        row.version,
        papers.read(row.facts),
        row.file,
        row.created_at,
    )
