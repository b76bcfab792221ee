"""Trade documents as UBL 2.1: one writer a document, each valid against its schema."""

from collections.abc import Callable
from typing import Any

from orders.documents.content import (
    Content,
    Instruction,
    Invoice,
    OriginDraft,
    PackingList,
    PricedItem,
    Proforma,
    Receipt,
)
from orders.documents.kinds import Kind
from orders.documents.ubl_parts import (
    Part,
    amount,
    cac,
    carrier,
    cbc,
    contract,
    delivery_terms,
    handling_unit,
    head,
    item,
    measure,
    optional,
    party,
    price,
    quantity,
    reference,
    root,
    shipment,
    stage,
)

COMMERCIAL_INVOICE = "380"
"""UNTDID 1001."""


def xml(content: Content) -> bytes:
    """The document as UBL 2.1, UTF-8; the same content gives the same bytes."""
    writer: Callable[[Any], bytes] = _WRITERS[content.kind]
    return writer(content)


def _quotation(p: Proforma) -> bytes:
    return root(
        "Quotation",
        [
            *head(p),
            cbc("IssueDate", p.issued),
            cbc("Note", "PROFORMA INVOICE"),
            cbc("PricingCurrencyCode", p.total.currency),
            cbc("LineCountNumeric", len(p.items)),
            cac("ValidityPeriod", cbc("StartDate", p.issued), cbc("EndDate", p.valid_until)),
            cac("Contract", cbc("ID", p.contract.number), cbc("IssueDate", p.contract.dated)),
            cac("SellerSupplierParty", party("Party", p.supplier)),
            cac("BuyerCustomerParty", party("Party", p.buyer)),
            delivery_terms(p.delivery),
            cac("QuotedMonetaryTotal", amount("LineExtensionAmount", p.total), amount("PayableAmount", p.total)),
            *(_quoted(good) for good in p.items),
        ],
    )


def _quoted(good: PricedItem) -> Part:
    line = cac(
        "LineItem",
        cbc("ID", good.position + 1),
        quantity("Quantity", good.quantity, good.unit),
        amount("LineExtensionAmount", good.amount),
        price(good.unit_price, good.unit),
        item(good),
    )
    return cac("QuotationLine", cbc("ID", good.position + 1), line)


def _invoice(i: Invoice) -> bytes:
    delivered = cac(
        "Delivery",
        cac("Shipment", cbc("ID", i.carriage.tracking), *_weights(i), stage(i.carriage)),
    )
    return root(
        "Invoice",
        [
            *head(i),
            cbc("IssueDate", i.issued),
            cbc("InvoiceTypeCode", COMMERCIAL_INVOICE, listID="UNCL1001"),
            *([cbc("Note", f"Takes the place of {i.supersedes}")] if i.supersedes else []),
            cbc("DocumentCurrencyCode", i.total.currency),
            cbc("LineCountNumeric", len(i.items)),
            cac("OrderReference", cbc("ID", i.order)),
            contract(i, "ContractDocumentReference"),
            cac("AccountingSupplierParty", party("Party", i.supplier)),
            cac("AccountingCustomerParty", party("Party", i.buyer)),
            delivered,
            delivery_terms(i.delivery),
            cac("LegalMonetaryTotal", amount("LineExtensionAmount", i.total), amount("PayableAmount", i.total)),
            *(_invoiced(good) for good in i.items),
        ],
    )


def _weights(i: Invoice) -> list[Part]:
    t = i.totals
    return [
        measure("GrossWeightMeasure", t.gross, "KGM"),
        measure("NetWeightMeasure", t.net, "KGM"),
        cbc("TotalTransportHandlingUnitQuantity", t.packages),
    ]


def _invoiced(good: PricedItem) -> Part:
    return cac(
        "InvoiceLine",
        cbc("ID", good.position + 1),
        quantity("InvoicedQuantity", good.quantity, good.unit),
        amount("LineExtensionAmount", good.amount),
        item(good),
        price(good.unit_price, good.unit),
    )


def _packing_list(p: PackingList) -> bytes:
    return root(
        "PackingList",
        [
            *head(p),
            cbc("IssueDate", p.issued),
            cbc("VersionID", p.version),
            party("ConsignorParty", p.supplier),
            carrier(p.carriage.carrier),
            shipment(p, p.items, handling_unit(p, p.rows), consignment=_consignment(p)),
            contract(p),
            reference("DocumentReference", p.invoice, kind="Commercial invoice"),
        ],
    )


def _consignment(p: PackingList | OriginDraft | Instruction | Receipt) -> Part:
    """Whom the goods go to and on which terms."""
    notify = p.notify if isinstance(p, Instruction) else ""
    freight = "prepaid" if isinstance(p, Instruction) and p.prepaid else "collect"
    terms = cac("PaymentTerms", cbc("Note", f"Freight {freight}")) if isinstance(p, Instruction) else None
    return cac(
        "Consignment",
        cbc("ID", p.carriage.tracking),
        cbc("TotalPackagesQuantity", p.totals.packages),
        _consignee(p),
        cac("NotifyParty", cac("PartyName", cbc("Name", notify))) if notify else None,
        delivery_terms(p.delivery),
        terms,
    )


def _consignee(p: PackingList | OriginDraft | Instruction | Receipt) -> Part:
    said = p.consignee
    if said is None:
        return party("ConsigneeParty", p.buyer)
    return cac(
        "ConsigneeParty",
        cac("PartyName", cbc("Name", said.name)),
        cac(
            "PostalAddress",
            cac("AddressLine", cbc("Line", said.address)) if said.address else None,
            cac("Country", cbc("IdentificationCode", said.country)),
        ),
    )


def _certificate_of_origin(o: OriginDraft) -> bytes:
    """A draft: the certifying body is named by its role alone, and the endorsement is still asked for."""
    body = cac("Party", cac("PartyName", cbc("Name", "Certifying body")))
    endorser = cac(
        "EndorserParty",
        cbc("RoleCode", "issuer"),
        cbc("SequenceNumeric", 1),
        body,
        cac("SignatoryContact", cbc("Name", "Authorised signatory")),
    )
    application = cac(
        "CertificateOfOriginApplication",
        cbc("ReferenceID", o.number),
        cbc("CertificateType", "Non-preferential"),
        cbc("ApplicationStatusCode", "draft"),
        cbc("OriginalJobID", o.order),
        cbc("Remarks", f"Origin criterion: {o.criterion.value.replace('_', ' ')}"),
        shipment(o, o.items, consignment=_consignment(o)),
        endorser,
        party("PreparationParty", o.supplier),
        cac("IssuerParty", cac("PartyName", cbc("Name", "Certifying body"))),
        cac("IssuingCountry", cbc("IdentificationCode", o.supplier.country)),
        reference("SupportingDocumentReference", o.invoice, kind="Commercial invoice"),
    )
    return root(
        "CertificateOfOrigin",
        [
            *head(o),
            cbc("IssueDate", o.issued),
            cbc("VersionID", o.version),
            party("ExporterParty", o.supplier),
            party("ImporterParty", o.buyer),
            application,
            cac("IssuerEndorsement", cbc("DocumentID", o.number), cbc("ApprovalStatus", "requested"), endorser),
        ],
    )


def _forwarding_instructions(i: Instruction) -> bytes:
    asked = f"Originals of the transport document: {i.originals}; copies: {i.copies}"
    return root(
        "ForwardingInstructions",
        [
            *head(i),
            cbc("IssueDate", i.issued),
            optional("Note", f"Takes the place of {i.supersedes}" if i.supersedes else ""),
            cbc("OtherInstruction", asked),
            party("ConsignorParty", i.supplier),
            carrier(i.carriage.carrier),
            shipment(i, i.items, handling_unit(i, i.rows), consignment=_consignment(i)),
            contract(i),
        ],
    )


def _receipt_advice(r: Receipt) -> bytes:
    return root(
        "ReceiptAdvice",
        [
            *head(r),
            cbc("IssueDate", r.issued),
            cbc("LineCountNumeric", len(r.items)),
            cac("OrderReference", cbc("ID", r.order)),
            contract(r, "AdditionalDocumentReference"),
            cac("DeliveryCustomerParty", party("Party", r.buyer)),
            cac("DespatchSupplierParty", party("Party", r.supplier)),
            shipment(r, r.items, consignment=_consignment(r)),
            *(
                cac(
                    "ReceiptLine",
                    cbc("ID", good.position + 1),
                    quantity("ReceivedQuantity", good.quantity, good.unit),
                    cbc("ReceivedDate", r.delivered_on),
                    item(good),
                )
                for good in r.items
            ),
        ],
    )


_WRITERS: dict[Kind, Callable[[Any], bytes]] = {
    Kind.PROFORMA: _quotation,
    Kind.INVOICE: _invoice,
    Kind.PACKING_LIST: _packing_list,
    Kind.ORIGIN_DRAFT: _certificate_of_origin,
    Kind.INSTRUCTION: _forwarding_instructions,
    Kind.RECEIPT: _receipt_advice,
}
