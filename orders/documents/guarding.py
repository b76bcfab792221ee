"""What the papers of a shipment say beside those of other shipments, and rules of risk."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.subject import Subject
from orders.deals.models import Order
from orders.documents import queries
from orders.documents.checklist import ShipmentFile, checklist
from orders.documents.kinds import Kind
from orders.documents.papers import Facts, TransportPaper
from trust.access import Member
from trust.risk import service as risk
from trust.risk.engine import Action, Point
from trust.risk.facts import DocumentFacts
from trust.risk.facts_of_people import PaperFacts
from trust.risk.known import CarriageKnown

VOYAGE = timedelta(days=10)
"""Within so many days before and after, the same container is on the same way."""
MOST = 50
_JSONS: ARRAY[Any] = ARRAY(JSONB)
_REUSED = text("""
    SELECT count(DISTINCT o.id) FROM received_document d JOIN orders o ON o.id = d.order_id
     WHERE d.kind = :kind AND lower(d.facts ->> 'number') = :number AND o.supplier_id <> :supplier
""")
_LADING = text("""
    SELECT DISTINCT o.id, o.buyer_id, o.supplier_id
      FROM received_document d JOIN orders o ON o.id = d.order_id
     WHERE d.kind = 'transport_document' AND lower(d.facts ->> 'number') = lower(:number)
       AND lower(d.facts ->> 'carrier') = lower(:carrier) AND d.order_id <> :order LIMIT :most
""")
_CONTAINER = text("""
    SELECT DISTINCT o.id, o.buyer_id, o.supplier_id
      FROM shipment_packing p JOIN shipment s ON s.id = p.shipment_id JOIN orders o ON o.id = s.order_id
     WHERE p.facts -> 'containers' @> ANY(:containers)
       AND s.shipped_on BETWEEN :since AND :until AND s.order_id <> :order LIMIT :most
""").bindparams(bindparam("containers", type_=_JSONS))


async def check_papers(
    tx: AsyncSession, order: Order, shipment_id: UUID, *, by: Member, facts: Facts | None = None
) -> None:
    """Whether the papers of a shipment disagree, were shown for another order, or cannot be; the caller has locked the
    order. `facts` are of the paper that was just handed in. Raises Blocked for a transport document of a deal between
    others.
    """
    await tx.flush()
    dossier = await queries.dossier(tx, order.id, party=by.organisation_id)
    file = checklist(dossier).of(shipment_id)
    terms = dossier.contract.terms
    origins = tuple(sorted({line.origin for line in terms.lines}))
    found = await risk.assess(
        tx,
        Point.DOCUMENTS,
        Subject("order", order.id),
        DocumentFacts(
            [(str(error.what), f"{error.one.value}", f"{error.other.value}") for error in file.errors],
            known=await _carriage(tx, order, file, terms.supplier.country, origins),
            paper=await _paper(tx, order, file, facts),
        ),
        organisation_id=order.supplier_id,
        title=order.number,
        by=by,
    )
    if found.action is Action.BLOCK:
        because = _("This transport document was handed in for an order of others. Check its number, or write to us.")
        raise risk.refused(found, field="number", because=because)


async def _paper(tx: AsyncSession, order: Order, file: ShipmentFile, facts: Facts | None) -> PaperFacts:
    """What is known of a paper beside its shipment, in how many orders of others its number stands; and to whom the
    shipment goes, where that is not whom the contract names.
    """
    consignee = file.packing.facts.consignee if file.packing else None
    goes = consignee.country if consignee else ""
    if facts is None:
        return PaperFacts(0, order.destination, (goes,))
    asked = {"kind": facts.kind.value, "number": facts.number.lower(), "supplier": order.supplier_id}
    others = (await tx.execute(_REUSED, asked)).scalar_one()
    discharge = facts.discharge[:2] if isinstance(facts, TransportPaper) else ""
    return PaperFacts(others, order.destination, (discharge, goes))


async def _carriage(
    tx: AsyncSession, order: Order, file: ShipmentFile, supplier: str, origins: tuple[str, ...]
) -> CarriageKnown:
    paper, packing = _transport(file), file.packing.facts if file.packing else None
    again = await _again(tx, order, paper) if paper else []
    boxes = [box.number for box in packing.containers] if packing else []
    shared = await _shared(tx, order, file, boxes) if boxes else []
    parties = {order.buyer_id, order.supplier_id}
    loading = paper.loading if paper else packing.loading.code if packing else ""
    discharge = paper.discharge if paper else packing.discharge.code if packing else ""
    rows = packing.rows if packing else ()
    return CarriageKnown(
        lading_again=len(again),
        container_again=len(shared),
        strangers=sum({row.buyer_id, row.supplier_id} != parties for row in again),
        containers=len(boxes),
        gross=sum((row.gross for row in rows), Decimal(0)),
        cubic=sum((row.volume for row in rows), Decimal(0)),
        supplier=supplier,
        origins=origins,
        loading=loading[:2],
        discharge=discharge[:2],
        destination=order.destination,
    )


def _transport(file: ShipmentFile) -> TransportPaper | None:
    slot = next(slot for slot in file.slots if slot.kind is Kind.TRANSPORT)
    facts = slot.received[-1].facts if slot.received else None
    return facts if isinstance(facts, TransportPaper) else None


async def _again(tx: AsyncSession, order: Order, paper: TransportPaper) -> list[Any]:
    asked = {"number": paper.number, "carrier": paper.carrier, "order": order.id, "most": MOST}
    return list(await tx.execute(_LADING, asked))


async def _shared(tx: AsyncSession, order: Order, file: ShipmentFile, boxes: list[str]) -> list[Any]:
    """Orders between other parties that went in one of these containers at the time: partial loads of one supplier and
    buyer may well share one.
    """
    day = file.shipment.shipped_on
    asked = {
        "containers": [[{"number": number}] for number in boxes],
        "since": day - VOYAGE,
        "until": day + VOYAGE,
        "order": order.id,
        "most": MOST,
    }
    rows = await tx.execute(_CONTAINER, asked)
    return [row for row in rows if {row.buyer_id, row.supplier_id} != {order.buyer_id, order.supplier_id}]
