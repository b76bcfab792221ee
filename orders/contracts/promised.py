"""What a contract says of the coming of the goods: the day, the place, the papers. A dispute over goods that did not
come goes by it.
"""

from app.core.i18n import N_, _, format_date
from orders import incoterms
from orders.contracts.terms import ContractTerms, DocumentKind, DocumentRequired

DOCUMENTS = {
    DocumentKind.COMMERCIAL_INVOICE: N_("Commercial invoice"),
    DocumentKind.PACKING_LIST: N_("Packing list"),
    DocumentKind.TRANSPORT_DOCUMENT: N_("Transport document"),
    DocumentKind.CERTIFICATE_OF_ORIGIN: N_("Certificate of origin"),
    DocumentKind.INSPECTION_CERTIFICATE: N_("Inspection certificate"),
    DocumentKind.INSURANCE_CERTIFICATE: N_("Insurance certificate"),
}


def delivery(terms: ContractTerms) -> list[tuple[str, str]]:
    """Each promise with the mark by which a statement may name it, in the reader's language."""
    agreed = terms.delivery
    rule = f"{agreed.rule} {agreed.place} (Incoterms {agreed.version})"
    said = [
        _("Last day of shipment: %(day)s") % {"day": format_date(agreed.latest)},
        f"{rule}: {_(incoterms.INCOTERMS[agreed.rule].delivery)}",
        _("Carriage: %(mode)s") % {"mode": _(incoterms.MODE_NAMES[agreed.mode])},
        _("Shipment in parts is allowed.") if agreed.partial_shipments else _("All goods leave in one shipment."),
        *(_document(document) for document in terms.documents),
    ]
    return [(f"D{number}", text) for number, text in enumerate(said, start=1)]


def _document(document: DocumentRequired) -> str:
    facts = {
        "name": _(DOCUMENTS[document.kind]),
        "originals": document.originals,
        "copies": document.copies,
    }
    return _("%(name)s: %(originals)s originals, %(copies)s copies") % facts
