"""The state of an order's documents: which are required, which are there, what disagrees, and who acts."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.core.i18n import N_
from orders.contracts.terms import ContractTerms
from orders.deals.errors import ShipmentNotFound
from orders.deals.queries import ShipmentView
from orders.deals.states import OrderState
from orders.documents.checking import Disagreement, Severity, disagreements
from orders.documents.content import Content
from orders.documents.kinds import ISSUED, UPLOADED, Kind
from orders.documents.papers import Facts
from orders.documents.queries import Dossier, IssuedView, PackingView, ReceivedView, SetView

CLOSED = (OrderState.REFUNDED, OrderState.CANCELLED)
NO_PACKING = N_("Say first how the shipment is packed.")
NO_INVOICE = N_("Issue the commercial invoice first.")
NOT_ARRIVED = N_("Follows once the shipment has arrived.")


@dataclass(frozen=True)
class Slot:
    """One kind of document. `hindrance` is a message id that says why it cannot be issued yet, or empty."""

    kind: Kind
    required: bool
    originals: int
    copies: int
    issued: tuple[IssuedView, ...] = ()
    received: tuple[ReceivedView, ...] = ()
    hindrance: str = ""

    @property
    def current(self) -> IssuedView | ReceivedView | None:
        every: list[IssuedView | ReceivedView] = [*self.issued, *self.received]
        return every[-1] if every else None

    @property
    def state(self) -> Literal["there", "missing", "optional"]:
        return "there" if self.current else "missing" if self.required else "optional"

    @property
    def hash(self) -> str:
        """That of the newest version; empty where there is none."""
        newest = self.current
        if isinstance(newest, IssuedView):
            return newest.content_hash
        return str(newest.file["sha256"]) if newest else ""


@dataclass(frozen=True)
class ShipmentFile:
    """The documents of one shipment."""

    shipment: ShipmentView
    packing: PackingView | None
    slots: tuple[Slot, ...]
    findings: tuple[Disagreement, ...]
    declared: SetView | None

    @property
    def hashes(self) -> dict[str, str]:
        return {slot.kind.value: slot.hash for slot in self.slots if slot.hash}

    @property
    def missing(self) -> list[Kind]:
        return [slot.kind for slot in self.slots if slot.state == "missing"]

    @property
    def errors(self) -> list[Disagreement]:
        return [found for found in self.findings if found.severity is Severity.ERROR]

    @property
    def state(self) -> Literal["complete", "changed", "ready", "disagree", "open"]:
        """`changed`: declared complete, but something was issued or handed in since."""
        if self.declared is not None:
            return "complete" if self.declared.hashes == self.hashes else "changed"
        if self.missing:
            return "open"
        return "disagree" if self.errors else "ready"

    @property
    def may_be_declared(self) -> bool:
        return not self.missing and not self.errors and self.state != "complete"


@dataclass(frozen=True)
class Checklist:
    dossier: Dossier
    proforma: Slot
    files: tuple[ShipmentFile, ...]
    open: bool
    """Whether documents can still be issued: not once the order is called off or paid back."""

    def of(self, shipment_id: UUID) -> ShipmentFile:
        """Raises ShipmentNotFound."""
        found = next((file for file in self.files if file.shipment.id == shipment_id), None)
        if found is None:
            raise ShipmentNotFound
        return found


def checklist(dossier: Dossier) -> Checklist:
    """Pure: the same facts give both sides the same list."""
    return Checklist(
        dossier=dossier,
        proforma=Slot(Kind.PROFORMA, False, 0, 0, issued=tuple(dossier.versions(Kind.PROFORMA, None))),
        files=tuple(_file(dossier, shipment) for shipment in dossier.shipments),
        open=dossier.order.state not in CLOSED,
    )


def _file(dossier: Dossier, shipment: ShipmentView) -> ShipmentFile:
    slots = tuple(_slot(dossier, shipment, kind) for kind in (*ISSUED, *UPLOADED))
    found: dict[Kind, Content | Facts] = {}
    for slot in slots:
        newest = slot.current
        if newest is not None:
            found[slot.kind] = newest.content if isinstance(newest, IssuedView) else newest.facts
    return ShipmentFile(
        shipment=shipment,
        packing=dossier.packings.get(shipment.id),
        slots=slots,
        findings=tuple(disagreements(dossier.contract.terms, found)),
        declared=dossier.sets.get(shipment.id),
    )


def _slot(dossier: Dossier, shipment: ShipmentView, kind: Kind) -> Slot:
    originals, copies, required = _asked_for(dossier.contract.terms, kind)
    return Slot(
        kind,
        required,
        originals,
        copies,
        issued=tuple(dossier.versions(kind, shipment.id)),
        received=tuple(dossier.handed_in(kind, shipment.id)) if kind in UPLOADED else (),
        hindrance=hindrance(dossier, shipment, kind),
    )


def hindrance(dossier: Dossier, shipment: ShipmentView, kind: Kind) -> str:
    """Why this document cannot be issued yet, as a message id; empty when it can."""
    if kind in UPLOADED:
        return ""
    if shipment.id not in dossier.packings:
        return NO_PACKING
    if kind in (Kind.PACKING_LIST, Kind.ORIGIN_DRAFT) and not dossier.versions(Kind.INVOICE, shipment.id):
        return NO_INVOICE
    return NOT_ARRIVED if kind is Kind.RECEIPT and shipment.delivered_at is None else ""


def _asked_for(terms: ContractTerms, kind: Kind) -> tuple[int, int, bool]:
    """Originals and copies that the contract requires, and whether it requires the document at all."""
    asked = next((d for d in terms.documents if d.kind.value == kind.value), None)
    return (asked.originals, asked.copies, True) if asked else (0, 0, False)
