"""What is done with trade documents: packing told, documents issued and handed in, a shipment's papers declared whole.

Every act locks the order, is the supplier's, and is a link in the order's evidence; nothing is changed afterwards.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _, gettext
from app.core.ids import reference
from app.core.periods import latest_today
from app.core.storage import FileStore
from app.core.typesetting import check_printable
from orders.contracts import receiving
from orders.contracts.terms import canonical_json, digest
from orders.deals import queries as deals
from orders.deals.errors import NotYet, ShipmentNotFound
from orders.deals.models import Order
from orders.deals.queries import ShipmentView
from orders.deals.record import note, only, subject, tell
from orders.documents import guarding, making, packing, queries, setting, showing, ubl
from orders.documents.checklist import CLOSED, checklist, hindrance
from orders.documents.content import Content, Reference
from orders.documents.errors import DocumentsIncomplete, NotYetKnown
from orders.documents.kinds import PREFIXES, Kind
from orders.documents.making import Agreed, Issue, Sent
from orders.documents.models import DocumentSet, ReceivedDocument, ShipmentPacking, TradeDocument
from orders.documents.packing import Packing, PackingIn
from orders.documents.papers import Facts, TransportPaper
from orders.documents.queries import Dossier
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.screening import naming
from trust.screening.naming import Role, Said


@dataclass(frozen=True, slots=True)
class Press:
    """What issuing needs: where files are kept, the fonts, and the site's address for the code to scan."""

    files: FileStore
    font_dir: Path
    base_url: str

    def verify_url(self, number: str) -> str:
        return f"{self.base_url.rstrip('/')}/verify/{number}"


async def say_packing(
    tx: AsyncSession, order_id: UUID, shipment_id: UUID, said: PackingIn, *, by: Member, font_dir: Path
) -> None:
    """Record how a shipment is packed and where it goes. Raises Invalid naming the fields, ShipmentNotFound."""
    order, dossier = await _open(tx, order_id, by)
    shipment = _shipment(dossier, shipment_id)
    facts = packing.packed(
        said,
        dict(shipment.lines),
        contract_dated=dossier.contract.terms.dated,
        today=latest_today(clock.now()),
    )
    kept = facts.model_dump(mode="json")
    check_printable(kept, font_dir=font_dir)
    before = dossier.packings.get(shipment.id)
    version = before.version + 1 if before else 1
    tx.add(ShipmentPacking(shipment_id=shipment.id, version=version, facts=kept, member_id=by.id))
    await naming.name(tx, subject(order), _receivers(facts), organisation_id=by.organisation_id)
    told = {"shipment": shipment.id, "version": version, "digest": digest(canonical_json(facts))}
    await note(tx, order, "document.packing", told, by=by)


def _receivers(said: Packing) -> list[Said]:
    """As screening knows them; of a notify party that was written in one piece, its first line is the name."""
    found = receiving.named(said.consignee, said.notified)
    if said.notify and said.notified is None:
        found.append(Said(Role.NOTIFY, said.notify.splitlines()[0]))
    return found


async def issue(
    tx: AsyncSession, order_id: UUID, kind: Kind, shipment_id: UUID | None, press: Press, *, by: Member
) -> TradeDocument:
    """Issue a document, in the place of its former version if there is one.

    Raises WrongSide, NotYetKnown, ShipmentNotFound, RenderingFailed.
    """
    order, dossier = await _open(tx, order_id, by)
    agreed = Agreed(dossier.contract.terms, dossier.contract.terms_hash, dossier.order.number)
    shipment = None if kind is Kind.PROFORMA else _shipment(dossier, shipment_id)
    former = dossier.versions(kind, shipment.id if shipment else None)
    base = reference(PREFIXES[kind], shipment.id if shipment else order.id)
    version = len(former) + 1
    number = base if version == 1 else f"{base}-R{version}"
    about = Issue(number, version, former[-1].number if former else "", clock.now().date())
    made: Content
    if shipment is None:
        made = making.proforma(about, agreed)
    else:
        if missing := hindrance(dossier, shipment, kind):
            raise NotYetKnown(gettext(missing))
        sent = await _sent(tx, dossier, shipment)
        dated = sent.packing.invoice_date if kind is Kind.INVOICE else about.on
        made = making.MAKERS[kind](Issue(about.number, version, about.supersedes, dated), agreed, sent)
    return await _keep(tx, order, shipment, made, press, by)


async def _keep(
    tx: AsyncSession, order: Order, shipment: ShipmentView | None, made: Content, press: Press, by: Member
) -> TradeDocument:
    canonical = canonical_json(made)
    content_hash = digest(canonical)
    paper = await setting.pdf(made, content_hash, verify_url=press.verify_url(made.number), font_dir=press.font_dir)
    pdf = await press.files.put(paper, content_type="application/pdf")
    xml = await press.files.put(ubl.xml(made), content_type="application/xml")
    row = TradeDocument(
        order_id=order.id,
        shipment_id=shipment.id if shipment else None,
        kind=made.kind.value,
        version=made.version,
        number=made.number,
        canonical=canonical.decode(),
        content_hash=content_hash,
        pdf_key=pdf.key,
        pdf_hash=pdf.sha256,
        ubl_key=xml.key,
        ubl_hash=xml.sha256,
        member_id=by.id,
    )
    tx.add(row)
    said = {
        "kind": made.kind.value,
        "number": made.number,
        "supersedes": made.supersedes,
        "content": content_hash,
        "pdf": pdf.sha256,
        "ubl": xml.sha256,
    }
    await note(tx, order, "document.issued", said, by=by)
    await tx.flush()
    if shipment is not None:
        await guarding.check_papers(tx, order, shipment.id, by=by)
    return row


async def hand_in(
    tx: AsyncSession, order_id: UUID, shipment_id: UUID, facts: Facts, file: dict[str, Any], *, by: Member
) -> None:
    """Somebody else's document of a shipment, with what it says. A later one takes its place."""
    order, dossier = await _open(tx, order_id, by)
    shipment = _shipment(dossier, shipment_id)
    version = len(dossier.handed_in(facts.kind, shipment.id)) + 1
    paper = ReceivedDocument(
        order_id=order.id,
        shipment_id=shipment.id,
        kind=facts.kind.value,
        version=version,
        facts=facts.model_dump(mode="json"),
        file=file,
        member_id=by.id,
    )
    tx.add(paper)
    if isinstance(facts, TransportPaper):
        carried = [Said(Role.CARRIER, facts.carrier), naming.vessel(facts.vessel, facts.imo)]
        await naming.name(tx, subject(order), carried, organisation_id=by.organisation_id)
    said = {"kind": facts.kind.value, "number": facts.number, "shipment": shipment.id, "file": file["sha256"]}
    await note(tx, order, "document.received", said, by=by)
    await guarding.check_papers(tx, order, shipment.id, by=by, facts=facts)
    await showing.ask(tx, paper)


async def declare_complete(tx: AsyncSession, order_id: UUID, shipment_id: UUID, *, by: Member) -> None:
    """The supplier's word that a shipment's documents are complete; the buyer is told.

    Raises DocumentsIncomplete while one that the contract requires is missing, or while they disagree.
    """
    order, dossier = await _open(tx, order_id, by)
    _shipment(dossier, shipment_id)
    file = checklist(dossier).of(shipment_id)
    if file.missing:
        raise DocumentsIncomplete(_("A document that the contract requires is missing."))
    if file.errors:
        raise DocumentsIncomplete(_("The documents disagree. Mend that first."))
    if file.state == "complete":
        return
    version = file.declared.version + 1 if file.declared else 1
    tx.add(
        DocumentSet(order_id=order.id, shipment_id=shipment_id, version=version, hashes=file.hashes, member_id=by.id)
    )
    await note(tx, order, "document.complete", {"shipment": shipment_id, "documents": file.hashes}, by=by)
    path = f"/orders/{order.id}/documents"
    await tell(tx, order, order.buyer_id, Permission.ACCEPT_GOODS, "documents_complete", path=path)


async def _open(tx: AsyncSession, order_id: UUID, by: Member) -> tuple[Order, Dossier]:
    """The order, locked, and its documents, for an act of its supplier."""
    require(by, Permission.SHIP)
    order = await deals.order_for_update(tx, order_id, party=by.organisation_id)
    only(order.supplier_id, by)
    if order.state in CLOSED:
        raise NotYet(_("The order was called off: no documents are issued for it."))
    return order, await queries.dossier(tx, order.id, party=by.organisation_id)


def _shipment(dossier: Dossier, shipment_id: UUID | None) -> ShipmentView:
    found = next((shipment for shipment in dossier.shipments if shipment.id == shipment_id), None)
    if found is None:
        raise ShipmentNotFound
    return found


async def _sent(tx: AsyncSession, dossier: Dossier, shipment: ShipmentView) -> Sent:
    """The shipment as documents tell of it, with what went before."""
    before: dict[int, Decimal] = {}
    for earlier in dossier.shipments:
        if earlier.number < shipment.number:
            for position, quantity in earlier.lines:
                before[position] = before.get(position, Decimal(0)) + quantity
    invoices = dossier.versions(Kind.INVOICE, shipment.id)
    return Sent(
        number=shipment.number,
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        vessel=shipment.vessel,
        imo=shipment.imo,
        shipped_on=shipment.shipped_on,
        quantities=dict(shipment.lines),
        before=before,
        packing=dossier.packings[shipment.id].facts,
        invoice=Reference(number=invoices[-1].number, dated=invoices[-1].content.issued) if invoices else None,
        delivered_on=_day(shipment),
        delivered_by=await _side(tx, dossier, shipment),
    )


def _day(shipment: ShipmentView) -> date | None:
    return shipment.delivered_at.date() if shipment.delivered_at else None


async def _side(tx: AsyncSession, dossier: Dossier, shipment: ShipmentView) -> str:
    """Which side recorded the delivery."""
    if shipment.delivered_by is None:
        return ""
    person = await identity.member_view(tx, shipment.delivered_by)
    return "buyer" if person.organisation_id == dossier.order.buyer_id else "supplier"
