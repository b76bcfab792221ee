"""Somebody's UBL Order or Invoice beside what was agreed and issued: what differs, element by element. Changes nothing.

The file is a stranger's: read without entities and document types, within limits of size, depth and number of elements.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.money import Money, MoneyError
from orders.contracts.terms import Delivery, Party
from orders.documents.content import PricedItem
from orders.documents.ubl_parts import AGGREGATE, BASIC, DOCUMENT

MOST_BYTES = 2 * 2**20
MOST_ELEMENTS = 50_000
MOST_FINDINGS = 200
NAMES = {"cac": AGGREGATE, "cbc": BASIC}
Root = Literal["Order", "Invoice"]


class UnreadableDocument(Invalid):
    """The file is no UBL 2.1 Order or Invoice that can be read."""

    code = "unreadable_document"


class Fault(StrEnum):
    DIFFERS = "differs"
    MISSING = "missing"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"


FAULTS = {
    Fault.DIFFERS: N_("differs"),
    Fault.MISSING: N_("missing in the file"),
    Fault.UNKNOWN: N_("only in the file"),
    Fault.UNREADABLE: N_("not valid"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`element` is the path in the file; `theirs` what it says there, `ours` what was agreed; empty where nothing."""

    element: str
    fault: Fault
    theirs: str = ""
    ours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the file is compared with. `against` is the number of the contract or invoice."""

    against: str
    supplier: Party
    buyer: Party
    delivery: Delivery
    items: Sequence[PricedItem]
    total: Money


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a kind of document keeps what is compared. `parties` of seller and buyer, `needed` by its schema."""

    parties: tuple[str, str]
    line: str
    inner: str
    quantity: str
    total: str
    needed: tuple[str, ...]


SHAPES: dict[Root, Shape] = {
    "Order": Shape(
        parties=("cac:SellerSupplierParty", "cac:BuyerCustomerParty"),
        line="cac:OrderLine",
        inner="cac:LineItem",
        quantity="cbc:Quantity",
        total="cac:AnticipatedMonetaryTotal",
        needed=("cbc:ID", "cbc:IssueDate", "cac:BuyerCustomerParty", "cac:SellerSupplierParty", "cac:OrderLine"),
    ),
    "Invoice": Shape(
        parties=("cac:AccountingSupplierParty", "cac:AccountingCustomerParty"),
        line="cac:InvoiceLine",
        inner="",
        quantity="cbc:InvoicedQuantity",
        total="cac:LegalMonetaryTotal",
        needed=(
            *("cbc:ID", "cbc:IssueDate", "cac:AccountingSupplierParty", "cac:AccountingCustomerParty"),
            *("cac:LegalMonetaryTotal", "cac:InvoiceLine"),
        ),
    ),
}


@dataclass
class _Reading:
    """The file as it is read; `found` collects what is wrong with it."""

    top: Element
    shape: Shape
    found: list[Finding] = field(default_factory=list)

    def note(self, element: str, fault: Fault, theirs: str = "", ours: str = "") -> None:
        self.found.append(Finding(element, fault, theirs[:200], ours[:200]))

    def same(self, element: str, theirs: str, ours: str) -> None:
        """Notes a difference; words are compared without regard to case and spaces."""
        if not theirs:
            self.note(element, Fault.MISSING, "", ours)
        elif _plain(theirs) != _plain(ours):
            self.note(element, Fault.DIFFERS, theirs, ours)


def read(data: bytes) -> tuple[Root, Element]:
    """The file's kind and root element. Raises UnreadableDocument naming the field `file`."""
    if len(data) > MOST_BYTES:
        raise _refused(_("The file is larger than %(size)s MB.") % {"size": MOST_BYTES // 2**20})
    try:
        top: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise _refused(_("The file declares a document type or entities. These are not read.")) from error
    except (ParseError, ValueError, LookupError) as error:
        said = {"what": str(error)[:100]}
        raise _refused(_("The file is not well-formed XML: %(what)s.") % said) from error
    if sum(1 for _element in top.iter()) > MOST_ELEMENTS:
        raise _refused(_("The file has too many elements."))
    for name in SHAPES:
        if top.tag == f"{{{DOCUMENT}{name}-2}}{name}":
            return name, top
    raise _refused(_("This is no UBL 2.1 Order or Invoice. Its first element says what it is."))


def _refused(message: str) -> UnreadableDocument:
    return UnreadableDocument(message, field="file")


def compare(name: Root, top: Element, agreed: Agreed) -> list[Finding]:
    """Everything in which the file differs from what was agreed, in the order of the document."""
    reading = _Reading(top, SHAPES[name])
    for needed in reading.shape.needed:
        if top.find(needed, NAMES) is None:
            reading.note(needed, Fault.MISSING)
    _day(reading)
    _currency(reading, agreed)
    for path, party in zip(reading.shape.parties, (agreed.supplier, agreed.buyer), strict=True):
        _party(reading, path, party)
    _delivery(reading, agreed.delivery)
    _total(reading, agreed.total)
    _lines(reading, agreed)
    return reading.found[:MOST_FINDINGS]


def _text(top: Element, path: str) -> str:
    found = top.find(path, NAMES)
    return (found.text or "").strip() if found is not None else ""


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _day(reading: _Reading) -> None:
    said = _text(reading.top, "cbc:IssueDate")
    try:
        date.fromisoformat(said)
    except ValueError:
        if said:
            reading.note("cbc:IssueDate", Fault.UNREADABLE, said)


def _currency(reading: _Reading, agreed: Agreed) -> None:
    said = _text(reading.top, "cbc:DocumentCurrencyCode")
    if said:
        reading.same("cbc:DocumentCurrencyCode", said, agreed.total.currency)


def _party(reading: _Reading, path: str, party: Party) -> None:
    """Known by a registration, or else by its name."""
    found = reading.top.find(f"{path}/cac:Party", NAMES)
    if found is None:
        return
    ids = {_text(known, "cbc:ID") for known in found.findall("cac:PartyIdentification", NAMES)}
    ids |= {_text(known, "cbc:CompanyID") for known in found.findall("cac:PartyLegalEntity", NAMES)}
    ours = {known.value for known in party.identifiers}
    if ids - {""} and not ids & ours:
        first = party.identifiers[0].value
        reading.note(f"{path}/cac:Party/cac:PartyIdentification", Fault.DIFFERS, ", ".join(sorted(ids - {""})), first)
    names = [
        _text(found, "cac:PartyName/cbc:Name"),
        _text(found, "cac:PartyLegalEntity/cbc:RegistrationName"),
    ]
    said = [name for name in names if name]
    if not said:
        reading.note(f"{path}/cac:Party/cac:PartyName", Fault.MISSING, "", party.latin_name)
    elif not {_plain(name) for name in said} & {_plain(party.name), _plain(party.latin_name)}:
        reading.note(f"{path}/cac:Party/cac:PartyName", Fault.DIFFERS, said[0], party.latin_name)


def _delivery(reading: _Reading, delivery: Delivery) -> None:
    said = _text(reading.top, "cac:DeliveryTerms/cbc:ID")
    if said:
        reading.same("cac:DeliveryTerms/cbc:ID", said, delivery.rule.value)
        place = _text(reading.top, "cac:DeliveryTerms/cac:DeliveryLocation/cbc:ID")
        if place and delivery.locode:
            reading.same("cac:DeliveryTerms/cac:DeliveryLocation/cbc:ID", place, delivery.locode)


def _amount(reading: _Reading, top: Element, path: str, ours: Money, *, at: str) -> None:
    """An amount with its currency; notes what cannot be read, another currency, another figure."""
    found = top.find(path, NAMES)
    where = f"{at}/{path}"
    if found is None:
        reading.note(where, Fault.MISSING, "", str(ours))
        return
    said, currency = (found.text or "").strip(), found.get("currencyID", "")
    if currency != ours.currency:
        reading.note(f"{where}/@currencyID", Fault.DIFFERS if currency else Fault.MISSING, currency, ours.currency)
        return
    try:
        theirs = Money.of(said, currency)
    except MoneyError:
        reading.note(where, Fault.UNREADABLE, said, str(ours))
        return
    if theirs != ours:
        reading.note(where, Fault.DIFFERS, str(theirs), str(ours))


def _total(reading: _Reading, ours: Money) -> None:
    top = reading.top.find(reading.shape.total, NAMES)
    if top is not None:
        _amount(reading, top, "cbc:PayableAmount", ours, at=reading.shape.total)


def _lines(reading: _Reading, agreed: Agreed) -> None:
    """Lines by their number, as we number them; what has another number is compared by its place."""
    theirs = list(_numbered(reading))
    for place, item in enumerate(agreed.items):
        number = str(item.position + 1)
        found = next((line for said, line in theirs if said == number), None)
        if found is None and place < len(theirs):
            found = theirs[place][1]
        at = f"{reading.shape.line}[{number}]"
        if found is None:
            reading.note(at, Fault.MISSING, "", item.description.said("en"))
        else:
            _line(reading, found, item, at)
    for said, _line_of in theirs[len(agreed.items) :]:
        reading.note(f"{reading.shape.line}[{said}]", Fault.UNKNOWN, said)


def _numbered(reading: _Reading) -> Iterator[tuple[str, Element]]:
    for found in reading.top.findall(reading.shape.line, NAMES):
        line = found.find(reading.shape.inner, NAMES) if reading.shape.inner else found
        if line is not None:
            yield _text(line, "cbc:ID"), line


def _line(reading: _Reading, line: Element, item: PricedItem, at: str) -> None:
    quantity = line.find(reading.shape.quantity, NAMES)
    path = f"{at}/{reading.shape.quantity}"
    if quantity is None:
        reading.note(path, Fault.MISSING, "", f"{item.quantity:f} {item.unit}")
    else:
        _figure(reading, path, (quantity.text or "").strip(), item.quantity)
        unit = quantity.get("unitCode", "")
        reading.same(f"{path}/@unitCode", unit, item.unit)
    _amount(reading, line, "cbc:LineExtensionAmount", item.amount, at=at)
    price = line.find("cac:Price/cbc:PriceAmount", NAMES)
    if price is not None:
        base = _text(line, "cac:Price/cbc:BaseQuantity") or "1"
        _price(reading, f"{at}/cac:Price/cbc:PriceAmount", price, base, item)
    code = _text(line, "cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode")
    if code:
        reading.same(f"{at}/cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode", code, item.hs_code)
    origin = _text(line, "cac:Item/cac:OriginCountry/cbc:IdentificationCode")
    if origin:
        reading.same(f"{at}/cac:Item/cac:OriginCountry/cbc:IdentificationCode", origin, item.origin)


def _price(reading: _Reading, path: str, price: Element, base: str, item: PricedItem) -> None:
    currency, ours = price.get("currencyID", ""), item.unit_price
    if currency != ours.currency:
        reading.note(f"{path}/@currencyID", Fault.DIFFERS if currency else Fault.MISSING, currency, ours.currency)
        return
    divisor = _decimal(base)
    _figure(reading, path, (price.text or "").strip(), ours.amount * (divisor or Decimal(1)))


def _figure(reading: _Reading, path: str, said: str, ours: Decimal) -> None:
    theirs = _decimal(said)
    if theirs is None:
        reading.note(path, Fault.UNREADABLE, said, f"{ours.normalize():f}")
    elif theirs != ours:
        reading.note(path, Fault.DIFFERS, said, f"{ours.normalize():f}")


def _decimal(said: str) -> Decimal | None:
    """A plain decimal of ordinary length, or None."""
    try:
        value = Decimal(said) if len(said) <= 40 else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None
