"""The parts that UBL 2.1 documents have in common, in the order their schemas ask for."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, tostring

from app.core.money import Money, UnitPrice
from orders.contracts.terms import Delivery, Party
from orders.contracts.values import Bilingual
from orders.documents.content import Carriage, Content, Item, OfShipment, PackedRow, Reference
from orders.documents.packing import Port
from orders.incoterms import Mode

DOCUMENT = "urn:oasis:names:specification:ubl:schema:xsd:"
AGGREGATE = f"{DOCUMENT}CommonAggregateComponents-2"
BASIC = f"{DOCUMENT}CommonBasicComponents-2"
MODES = {
    Mode.SEA: "1",
    Mode.SEA_CONTAINER: "1",
    Mode.RAIL: "2",
    Mode.ROAD: "3",
    Mode.AIR: "4",
    Mode.COURIER: "5",
    Mode.MULTIMODAL: "6",
    Mode.INLAND_WATERWAY: "8",
}
"""UN/ECE Recommendation 19."""
Part = Element | None


def root(name: str, parts: Iterable[Part]) -> bytes:
    """The document `name` as XML, UTF-8."""
    top = Element(name, {"xmlns": f"{DOCUMENT}{name}-2", "xmlns:cac": AGGREGATE, "xmlns:cbc": BASIC})
    top.extend(part for part in parts if part is not None)
    written: bytes = tostring(top, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written


def cbc(name: str, value: object, **attributes: str) -> Element:
    """A basic component; characters that XML cannot hold are left out."""
    found = Element(f"cbc:{name}", attributes)
    text = value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    found.text = "".join(c for c in text if c.isprintable() or c == "\n")
    return found


def cac(name: str, *parts: Part) -> Element:
    found = Element(f"cac:{name}")
    found.extend(part for part in parts if part is not None)
    return found


def optional(name: str, value: object) -> Part:
    """A basic component, if there is anything to say."""
    return cbc(name, value) if value else None


def head(content: Content) -> list[Part]:
    """What every document begins with."""
    return [cbc("UBLVersionID", "2.1"), cbc("ID", content.number)]


def amount(name: str, value: Money) -> Element:
    return cbc(name, value.decimal, currencyID=value.currency)


def quantity(name: str, value: Decimal, unit: str) -> Element:
    return cbc(name, value, unitCode=unit)


def measure(name: str, value: Decimal, unit: str) -> Element:
    return cbc(name, value, unitCode=unit)


def texts(name: str, said: Bilingual) -> list[Part]:
    """One element a language."""
    pairs = (("en", said.en), ("zh", said.zh))
    return [cbc(name, text, languageID=language) for language, text in pairs if text]


def party(name: str, side: Party) -> Element:
    first, *_others = side.identifiers
    return cac(
        name,
        *(cac("PartyIdentification", cbc("ID", known.value, schemeID=known.scheme)) for known in side.identifiers),
        cac("PartyName", cbc("Name", side.latin_name)),
        cac(
            "PostalAddress",
            cac("AddressLine", cbc("Line", side.address)),
            cac("Country", cbc("IdentificationCode", side.country)),
        ),
        cac("PartyLegalEntity", cbc("RegistrationName", side.name), cbc("CompanyID", first.value)),
        cac("Contact", cbc("Telephone", side.phone), cbc("ElectronicMail", side.email)),
    )


def carrier(name: str) -> Element:
    return cac("CarrierParty", cac("PartyName", cbc("Name", name)))


def delivery_terms(delivery: Delivery) -> Element:
    return cac(
        "DeliveryTerms",
        cbc("ID", delivery.rule.value, schemeID="INCOTERMS 2020"),
        cac("DeliveryLocation", optional("ID", delivery.locode), cbc("Name", delivery.place)),
    )


def reference(name: str, to: Reference | None, *, kind: str = "") -> Part:
    if to is None:
        return None
    return cac(name, cbc("ID", to.number), cbc("IssueDate", to.dated), optional("DocumentType", kind))


def contract(content: Content, name: str = "DocumentReference") -> Element:
    """A reference to the contract, with the hash of its terms."""
    to = content.contract
    return cac(
        name,
        cbc("ID", to.number),
        cbc("IssueDate", to.dated),
        cbc("DocumentType", "Contract"),
        cbc("DocumentDescription", f"SHA-256 {to.terms_hash}"),
    )


def item(goods: Item) -> Element:
    return cac(
        "Item",
        *texts("Description", goods.description),
        cbc("Name", (goods.description.en or goods.description.zh)[:100]),
        cac("OriginCountry", cbc("IdentificationCode", goods.origin)),
        cac("CommodityClassification", cbc("ItemClassificationCode", goods.hs_code, listID=goods.hs_version)),
    )


def price(unit_price: UnitPrice, unit: str) -> Element:
    said = Decimal(f"{unit_price.amount.normalize():f}")
    return cac(
        "Price",
        cbc("PriceAmount", said, currencyID=unit_price.currency),
        cbc("BaseQuantity", 1, unitCode=unit),
    )


def port(name: str, at: Port) -> Element:
    return cac(name, cbc("ID", at.code, schemeID="UN/LOCODE"), cbc("Name", at.name))


def stage(carriage: Carriage) -> Element:
    return cac(
        "ShipmentStage",
        cbc("TransportModeCode", MODES[carriage.mode]),
        carrier(carriage.carrier),
        port("LoadingPortLocation", carriage.loading),
        port("UnloadingPortLocation", carriage.discharge),
    )


def shipment(content: OfShipment, goods: tuple[Item, ...], *units: Part, consignment: Part = None) -> Element:
    """The whole shipment: weights, goods, where it goes, its packages and containers."""
    t, c = content.totals, content.carriage
    return cac(
        "Shipment",
        cbc("ID", c.tracking),
        measure("GrossWeightMeasure", t.gross, "KGM"),
        measure("NetWeightMeasure", t.net, "KGM"),
        measure("GrossVolumeMeasure", t.cubic, "MTQ"),
        cbc("TotalTransportHandlingUnitQuantity", t.packages),
        consignment,
        *(
            cac("GoodsItem", cbc("ID", good.position + 1), quantity("Quantity", good.quantity, good.unit), item(good))
            for good in goods
        ),
        stage(c),
        cac("Delivery", cac("Despatch", cbc("ActualDespatchDate", c.shipped_on))),
        *(units or (_containers(c),)),
    )


def _containers(c: Carriage) -> Part:
    return cac("TransportHandlingUnit", *_equipment(c)) if c.containers else None


def _equipment(c: Carriage) -> list[Part]:
    return [
        cac("TransportEquipment", cbc("ID", box.number), cac("TransportEquipmentSeal", cbc("ID", box.seal)))
        for box in c.containers
    ]


def handling_unit(content: OfShipment, rows: tuple[PackedRow, ...]) -> Element:
    """The packages, and the containers they travel in."""
    return cac(
        "TransportHandlingUnit",
        cbc("ID", 1),
        cbc("TotalPackageQuantity", content.totals.packages),
        *(cbc("ShippingMarks", mark) for mark in dict.fromkeys(row.marks for row in rows if row.marks)),
        *(_package(row) for row in rows),
        *_equipment(content.carriage),
    )


def _package(row: PackedRow) -> Element:
    sides = (("length", row.length), ("width", row.width), ("height", row.height))
    return cac(
        "ActualPackage",
        cbc("ID", f"{row.first}-{row.last}"),
        cbc("Quantity", row.count),
        cbc("PackagingTypeCode", row.kind, listID="UNECERec21"),
        cac(
            "GoodsItem",
            cbc("ID", row.position + 1),
            measure("GrossWeightMeasure", row.gross, "KGM"),
            measure("NetWeightMeasure", row.net, "KGM"),
            measure("GrossVolumeMeasure", row.cubic, "MTQ"),
            cbc("Quantity", row.quantity),
        ),
        *(cac("MeasurementDimension", cbc("AttributeID", side), measure("Measure", cm, "CMT")) for side, cm in sides),
    )
