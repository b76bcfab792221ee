"""What each trade document says: frozen, typed, complete. Its canonical JSON is hashed, printed and written as UBL."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from app.core.money import Money, UnitPrice
from orders.contracts.extras import Addressee
from orders.contracts.terms import Delivery, Party
from orders.contracts.values import Bilingual, Country, Frozen, Sparing
from orders.documents.kinds import Kind
from orders.documents.packing import Container, Criterion, Packages, Port
from orders.incoterms import Mode


class Reference(Frozen):
    """Another document, by its number and day."""

    number: str
    dated: date


class ContractReference(Reference):
    """The contract in force, as both signed it."""

    terms_hash: str


class Item(Frozen):
    """Goods of one line of the contract. `quantity` in `unit` (UN/ECE Rec 20)."""

    position: int
    description: Bilingual
    hs_code: str
    hs_version: str
    origin: Country
    quantity: Decimal
    unit: str


class PricedItem(Item):
    unit_price: UnitPrice
    amount: Money


class PackedRow(Packages):
    """Like packages with their numbers within the shipment. `cubic` in cubic metres."""

    first: int
    last: int
    cubic: Decimal


class Totals(Frozen):
    """Of a shipment: packages, kilograms, cubic metres."""

    packages: int
    net: Decimal
    gross: Decimal
    cubic: Decimal


class Carriage(Sparing):
    """`vessel` and `imo` where a ship was known when the goods were handed over."""

    SPARED = frozenset({"vessel", "imo"})
    mode: Mode
    carrier: str
    tracking: str
    vessel: str | None = None
    imo: str | None = None
    shipped_on: date
    loading: Port
    discharge: Port
    containers: tuple[Container, ...]


class Payment(Frozen):
    kind: str
    percent: Decimal
    amount: Money


class Document(Frozen):
    """The head of every document. `supersedes` is the number of the one it takes the place of."""

    number: str
    version: int
    supersedes: str
    issued: date
    supplier: Party
    buyer: Party
    contract: ContractReference
    order: str
    delivery: Delivery


class OfShipment(Sparing, Document):
    """A document of one shipment, numbered from 1 within its order. `consignee` where it is not the buyer."""

    SPARED = frozenset({"consignee"})
    shipment: int
    consignee: Addressee | None = None
    items: tuple[Item, ...]
    carriage: Carriage
    totals: Totals


class Proforma(Document):
    kind: Literal[Kind.PROFORMA] = Kind.PROFORMA
    items: tuple[PricedItem, ...]
    total: Money
    payments: tuple[Payment, ...]
    packing: Bilingual
    valid_until: date


class Invoice(OfShipment):
    kind: Literal[Kind.INVOICE] = Kind.INVOICE
    items: tuple[PricedItem, ...]
    total: Money
    marks: tuple[str, ...]


class PackingList(OfShipment):
    kind: Literal[Kind.PACKING_LIST] = Kind.PACKING_LIST
    rows: tuple[PackedRow, ...]
    invoice: Reference | None


class OriginDraft(OfShipment):
    """What a chamber is asked to certify."""

    kind: Literal[Kind.ORIGIN_DRAFT] = Kind.ORIGIN_DRAFT
    marks: tuple[str, ...]
    criterion: Criterion
    invoice: Reference | None


class Instruction(OfShipment):
    """What the carrier or forwarder is asked to do; `prepaid` when the seller pays the freight."""

    kind: Literal[Kind.INSTRUCTION] = Kind.INSTRUCTION
    rows: tuple[PackedRow, ...]
    notify: str
    prepaid: bool
    originals: int
    copies: int


class Receipt(OfShipment):
    """That the shipment arrived; `said_by` is the side that recorded it."""

    kind: Literal[Kind.RECEIPT] = Kind.RECEIPT
    delivered_on: date
    said_by: Literal["buyer", "supplier"]


Content = Annotated[Proforma | Invoice | PackingList | OriginDraft | Instruction | Receipt, Field(discriminator="kind")]
SCHEMAS: dict[Kind, type[Document]] = {
    Kind.PROFORMA: Proforma,
    Kind.INVOICE: Invoice,
    Kind.PACKING_LIST: PackingList,
    Kind.ORIGIN_DRAFT: OriginDraft,
    Kind.INSTRUCTION: Instruction,
    Kind.RECEIPT: Receipt,
}
_ANY: TypeAdapter[Content] = TypeAdapter(Content)


def read(canonical: str) -> Content:
    """A document from its canonical JSON."""
    return _ANY.validate_json(canonical)
