"""Shapes of trade documents that cross the border."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.core.payload import Upload
from orders.documents import words
from orders.documents.checklist import Checklist, ShipmentFile, Slot
from orders.documents.kinds import Kind
from orders.documents.packing import Packing
from orders.documents.papers import InspectionPaper, InsurancePaper, OriginPaper, TransportPaper
from orders.documents.queries import IssuedView


class IssueIn(BaseModel):
    """Which document to issue. `shipment_id` is left out for the proforma invoice alone."""

    kind: Literal[Kind.PROFORMA, Kind.INVOICE, Kind.PACKING_LIST, Kind.ORIGIN_DRAFT, Kind.INSTRUCTION, Kind.RECEIPT]
    shipment_id: UUID | None = None


class TransportIn(TransportPaper):
    """A bill of lading or waybill: what it says, and its file."""

    file: Upload


class InsuranceIn(InsurancePaper):
    """An insurance certificate: what it says, and its file."""

    file: Upload


class InspectionIn(InspectionPaper):
    """An inspection certificate: what it says, and its file."""

    file: Upload


class OriginIn(OriginPaper):
    """A certified certificate of origin: what it says, and its file."""

    file: Upload


class ImportIn(BaseModel):
    """A UBL 2.1 Order or Invoice, multipart field `file`."""

    file: Upload


class VersionOut(BaseModel):
    """One version. `hashes` by form: `json` is that of the content, `pdf` and `xml` of the files made from it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    version: int
    issued_at: datetime
    hashes: dict[str, str]

    @classmethod
    def of(cls, d: IssuedView) -> "VersionOut":
        hashes = {"json": d.content_hash, "pdf": d.pdf_hash, "xml": d.ubl_hash}
        return cls(id=d.id, number=d.number, version=d.version, issued_at=d.issued_at, hashes=hashes)


class HandedInOut(BaseModel):
    id: UUID
    version: int
    facts: TransportPaper | InsurancePaper | InspectionPaper | OriginPaper
    file: dict[str, Any]
    created_at: datetime


class SlotOut(BaseModel):
    """One kind of document: whether the contract requires it, and what is there, the newest last."""

    kind: Kind
    state: str
    required: bool
    originals: int
    copies: int
    issued: list[VersionOut]
    received: list[HandedInOut]

    @classmethod
    def of(cls, slot: Slot) -> "SlotOut":
        return cls(
            kind=slot.kind,
            state=slot.state,
            required=slot.required,
            originals=slot.originals,
            copies=slot.copies,
            issued=[VersionOut.of(d) for d in slot.issued],
            received=[HandedInOut(**{n: getattr(d, n) for n in HandedInOut.model_fields}) for d in slot.received],
        )


class DisagreementOut(BaseModel):
    """A point on which two documents disagree; `documents` and `values` name both, in the reader's language."""

    what: str
    line: int | None
    severity: str
    documents: list[str]
    values: list[str]


class ShipmentFileOut(BaseModel):
    """The documents of one shipment. `state`: open, disagree, ready, complete, or changed since declared complete."""

    shipment_id: UUID
    number: int
    state: str
    packing: Packing | None
    documents: list[SlotOut]
    disagreements: list[DisagreementOut]
    missing: list[Kind]

    @classmethod
    def of(cls, file: ShipmentFile) -> "ShipmentFileOut":
        return cls(
            shipment_id=file.shipment.id,
            number=file.shipment.number,
            state=file.state,
            packing=file.packing.facts if file.packing else None,
            documents=[SlotOut.of(slot) for slot in file.slots],
            disagreements=[DisagreementOut(**row) for row in words.rows(file.findings)],
            missing=file.missing,
        )


class FindingOut(BaseModel):
    """`fault`: differs, missing, unknown or unreadable; `element` is its path in the file."""

    element: str
    fault: str
    theirs: str
    ours: str


class ComparisonOut(BaseModel):
    """A file beside the contract or invoice `against`; nothing differs where `findings` is empty."""

    kind: str
    against: str
    findings: list[FindingOut]


class DocumentsOut(BaseModel):
    """Every document of an order."""

    order_id: UUID
    order: str
    proforma: SlotOut
    shipments: list[ShipmentFileOut]

    @classmethod
    def of(cls, found: Checklist) -> "DocumentsOut":
        return cls(
            order_id=found.dossier.order.id,
            order=found.dossier.order.number,
            proforma=SlotOut.of(found.proforma),
            shipments=[ShipmentFileOut.of(file) for file in found.files],
        )
