"""The documents of a shipment: which are made here from what is known, and which come from others as files."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.core.i18n import N_


class Kind(StrEnum):
    """Values that a contract may require are those of its own `DocumentKind`."""

    PROFORMA = "proforma_invoice"
    INVOICE = "commercial_invoice"
    PACKING_LIST = "packing_list"
    ORIGIN_DRAFT = "origin_draft"
    INSTRUCTION = "shipping_instruction"
    RECEIPT = "delivery_receipt"
    TRANSPORT = "transport_document"
    INSURANCE = "insurance_certificate"
    INSPECTION = "inspection_certificate"
    ORIGIN = "certificate_of_origin"


ISSUED = (Kind.INVOICE, Kind.PACKING_LIST, Kind.INSTRUCTION, Kind.ORIGIN_DRAFT, Kind.RECEIPT)
"""Made here for each shipment, in the order in which they are needed; the proforma is made for the whole order."""
UPLOADED = (Kind.TRANSPORT, Kind.INSURANCE, Kind.INSPECTION, Kind.ORIGIN)
"""Made by carriers, insurers, inspectors and chambers; the supplier hands in their files."""

LABELS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.PROFORMA: N_("Proforma invoice"),
        Kind.INVOICE: N_("Commercial invoice"),
        Kind.PACKING_LIST: N_("Packing list"),
        Kind.ORIGIN_DRAFT: N_("Draft for the certificate of origin"),
        Kind.INSTRUCTION: N_("Shipping instruction"),
        Kind.RECEIPT: N_("Delivery receipt"),
        Kind.TRANSPORT: N_("Bill of lading or waybill"),
        Kind.INSURANCE: N_("Insurance certificate"),
        Kind.INSPECTION: N_("Inspection certificate"),
        Kind.ORIGIN: N_("Certificate of origin"),
    }
)
PREFIXES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.PROFORMA: "PI",
        Kind.INVOICE: "CI",
        Kind.PACKING_LIST: "PL",
        Kind.ORIGIN_DRAFT: "CO",
        Kind.INSTRUCTION: "SI",
        Kind.RECEIPT: "DR",
    }
)
"""Of the numbers; the documents of one shipment share what follows, such as `CI-7F3K-2M9Q` and `PL-7F3K-2M9Q`."""
