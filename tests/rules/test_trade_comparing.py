"""A stranger's UBL Order or Invoice is read safely and compared element by element."""

import pytest

from orders.documents import comparing, ubl
from orders.documents.comparing import Agreed, Fault, UnreadableDocument
from orders.documents.content import Invoice
from orders.documents.kinds import Kind
from tests.factories.documents import documents

INVOICE = documents()[Kind.INVOICE]
assert isinstance(INVOICE, Invoice)
AGREED = Agreed(
    against=INVOICE.number,
    supplier=INVOICE.supplier,
    buyer=INVOICE.buyer,
    delivery=INVOICE.delivery,
    items=INVOICE.items,
    total=INVOICE.total,
)
XML = ubl.xml(INVOICE).decode()


def compare(text):
    name, top = comparing.read(text.encode())
    return [(f.element, f.fault, f.theirs, f.ours) for f in comparing.compare(name, top, AGREED)]


def test_our_own_invoice_agrees_with_itself():
    assert compare(XML) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            '<cbc:InvoicedQuantity unitCode="H87">5000<',
            '<cbc:InvoicedQuantity unitCode="H87">5001<',
            ("cac:InvoiceLine[1]/cbc:InvoicedQuantity", Fault.DIFFERS, "5001", "5000"),
        ),
        (
            'unitCode="H87">5000<',
            'unitCode="C62">5000<',
            ("cac:InvoiceLine[1]/cbc:InvoicedQuantity/@unitCode", Fault.DIFFERS, "C62", "H87"),
        ),
        (
            '<cbc:PayableAmount currencyID="USD">66101.25',
            '<cbc:PayableAmount currencyID="EUR">66101.25',
            ("cac:LegalMonetaryTotal/cbc:PayableAmount/@currencyID", Fault.DIFFERS, "EUR", "USD"),
        ),
        (
            '<cbc:PayableAmount currencyID="USD">66101.25',
            '<cbc:PayableAmount currencyID="USD">66,101.25',
            ("cac:LegalMonetaryTotal/cbc:PayableAmount", Fault.UNREADABLE, "66,101.25", "66101.25 USD"),
        ),
        (
            "12.345</cbc:PriceAmount>",
            "12.35</cbc:PriceAmount>",
            ("cac:InvoiceLine[1]/cac:Price/cbc:PriceAmount", Fault.DIFFERS, "12.35", "12.345"),
        ),
        (">FOB<", ">CIF<", ("cac:DeliveryTerms/cbc:ID", Fault.DIFFERS, "CIF", "FOB")),
        (
            "<cbc:IssueDate>2026-12-14",
            "<cbc:IssueDate>14.12.2026",
            ("cbc:IssueDate", Fault.UNREADABLE, "14.12.2026", ""),
        ),
        ("cbc:ID>2</cbc:ID><cbc:InvoicedQuantity", "cbc:ID>9</cbc:ID><cbc:InvoicedQuantity", None),
    ],
)  # fmt: skip
def test_what_differs_is_named_by_its_element(old, new, expected):
    assert old in XML
    assert compare(XML.replace(old, new, 1)) == ([expected] if expected else [])


def test_what_is_missing_is_named():
    start, end = XML.index("<cac:LegalMonetaryTotal>"), XML.index("<cac:InvoiceLine>")
    assert compare(XML[:start] + XML[end:]) == [("cac:LegalMonetaryTotal", Fault.MISSING, "", "")]
    last = XML.rindex("<cac:InvoiceLine>")
    [(element, fault, _theirs, _ours)] = compare(XML[:last] + "</Invoice>")
    assert (element, fault) == ("cac:InvoiceLine[2]", Fault.MISSING)
    extra = XML[last:].replace("<cbc:ID>2</cbc:ID>", "<cbc:ID>3</cbc:ID>", 1)
    assert compare(XML.replace("</Invoice>", extra)) == [("cac:InvoiceLine[3]", Fault.UNKNOWN, "3", "")]


def test_another_company_is_named():
    text = XML.replace("Hanse Lichttechnik GmbH", "Somebody Else GmbH")
    assert [f[0] for f in compare(text)] == ["cac:AccountingCustomerParty/cac:Party/cac:PartyName"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    "text",
    [
        *(BOMB, EXTERNAL, '<!DOCTYPE html><html></html>', "", "not xml", "<Invoice", XML[:-20]),
        *("<Invoice/>", "<html xmlns='urn:x'/>", '<?xml version="1.0" encoding="nonsense"?><a/>'),
        XML.replace("Invoice-2", "CreditNote-2"),
        "<a>" * 60_000 + "</a>" * 60_000,
        "\x00",
        "<a>" + "x" * comparing.MOST_BYTES + "</a>",
    ],
    ids=range(14),
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(text):
    with pytest.raises(UnreadableDocument) as refused:
        comparing.read(text.encode())
    assert "file" in refused.value.errors
