"""The cross-document check: documents that agree pass, and each thing that can disagree is found and named."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.core.money import Money
from orders.documents.checking import Severity, disagreements
from orders.documents.kinds import Kind
from orders.documents.papers import InspectionPaper, InsurancePaper, OriginPaper, TransportPaper
from orders.incoterms import Cover, Mode, Rule, Side
from tests.factories.documents import SHIPPED, documents, terms
from tests.factories.terms import delivery

TERMS = terms()
LADING = TransportPaper.model_validate(
    {
        "number": "BMRU 6123456780",
        "type": "original",
        "carrier": "Blue Meridian",
        "originals": 3,
        "loading": "CNYTN",
        "discharge": "DEHAM",
        "packages": 140,
        "gross": "8060",
        "on_board": SHIPPED,
        "freight": "collect",
    }
)
INSURANCE = InsurancePaper(
    number="P-1", insurer="Sea Re", insured=Money.of("72800", "USD"), conditions="C", issued=SHIPPED
)
INSPECTION = InspectionPaper(number="I-1", body="SGS", standard="ISO 2859-1", verdict="passed", issued=SHIPPED)
ORIGIN = OriginPaper(number="C-1", body="CCPIT", origin="CN", issued=SHIPPED)


def papers(**changes):
    made = {kind: document for kind, document in documents().items() if kind is not Kind.PROFORMA}
    made |= {p.kind: p for p in (LADING, INSURANCE, INSPECTION, ORIGIN)}
    return made | {Kind(kind): document for kind, document in changes.items()}


def changed(kind, **said):
    return {kind.value: papers()[kind].model_copy(update=said)}


def found(of=TERMS, **changes):
    return disagreements(of, papers(**changes))


def test_documents_that_agree_pass():
    assert found() == []
    assert disagreements(TERMS, {}) == []


def _item(kind, **said):
    items = papers()[kind].items
    return changed(kind, items=(items[0].model_copy(update=said), *items[1:]))


def _carriage(**said):
    return papers()[Kind.INVOICE].carriage.model_copy(update=said)


def _totals(**said):
    return papers()[Kind.PACKING_LIST].totals.model_copy(update=said)


LATER = SHIPPED + timedelta(days=1)
CASES = [
    (changed(Kind.TRANSPORT, packages=139), "Packages", (Kind.PACKING_LIST, 140), (Kind.TRANSPORT, 139)),
    (
        changed(Kind.TRANSPORT, gross=Decimal(8090)),
        "Gross weight, kg",
        (Kind.PACKING_LIST, Decimal("8041.25")),
        (Kind.TRANSPORT, Decimal(8090)),
    ),
    (
        changed(Kind.TRANSPORT, loading="CNSHG"),
        "Port of loading",
        (Kind.PACKING_LIST, "CNYTN"),
        (Kind.TRANSPORT, "CNSHG"),
    ),
    (changed(Kind.TRANSPORT, freight="prepaid"), "Freight", ("contract", "collect"), (Kind.TRANSPORT, "prepaid")),
    (
        changed(Kind.TRANSPORT, on_board=date(2026, 12, 29)),
        "Shipped after the latest day of shipment",
        ("contract", date(2026, 12, 28)),
        (Kind.TRANSPORT, date(2026, 12, 29)),
    ),
    (
        changed(Kind.INVOICE, issued=LATER),
        "The invoice is younger than the shipment",
        (Kind.INVOICE, LATER),
        (Kind.TRANSPORT, SHIPPED),
    ),
    (
        changed(Kind.INVOICE, issued=date(2026, 11, 19)),
        "The invoice is older than the contract",
        ("contract", date(2026, 11, 20)),
        (Kind.INVOICE, date(2026, 11, 19)),
    ),
    (
        changed(Kind.INSURANCE, insured=Money.of("72711.37", "USD")),
        "Insured for less than agreed",
        ("contract", Money.of("72711.38", "USD")),
        (Kind.INSURANCE, Money.of("72711.37", "USD")),
    ),
    (
        changed(Kind.INSURANCE, insured=Money.of("99999", "EUR")),
        "Currency",
        ("contract", "USD"),
        (Kind.INSURANCE, "EUR"),
    ),
    (
        changed(Kind.INSURANCE, issued=LATER),
        "Insured only after the goods were on board",
        (Kind.INSURANCE, LATER),
        (Kind.TRANSPORT, SHIPPED),
    ),
    (
        changed(Kind.INSPECTION, verdict="failed"),
        "The inspection found that the goods do not conform",
        ("contract", "passed"),
        (Kind.INSPECTION, "failed"),
    ),
    (_item(Kind.PACKING_LIST, hs_code="940599"), "HS code", ("contract", "94054210"), (Kind.PACKING_LIST, "940599")),
    (_item(Kind.PACKING_LIST, origin="VN"), "Country of origin", ("contract", "CN"), (Kind.PACKING_LIST, "VN")),
    (
        _item(Kind.PACKING_LIST, quantity=Decimal(4999)),
        "Quantity",
        (Kind.INVOICE, Decimal(5000)),
        (Kind.PACKING_LIST, Decimal(4999)),
    ),
    (
        changed(Kind.INVOICE, total=Money.of("66101.26", "USD")),
        "Total, and the sum of the lines",
        (Kind.INVOICE, Money.of("66101.26", "USD")),
        (Kind.INVOICE, Money.of("66101.25", "USD")),
    ),
    (
        changed(Kind.PACKING_LIST, invoice=None),
        None,
        None,
        None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "what", "one", "other"), CASES)
def test_each_disagreement_names_both_documents_and_both_values(changes, what, one, other):
    met = found(**changes)
    if what is None:
        assert met == []
        return
    assert [(d.what, (d.one.document, d.one.value), (d.other.document, d.other.value)) for d in met] == [
        (what, one, other)
    ]
    assert all(d.severity is Severity.ERROR for d in met)


def test_weights_within_half_a_percent_agree():
    assert found(**changed(Kind.TRANSPORT, gross=Decimal("8081.45"))) == []
    assert len(found(**changed(Kind.TRANSPORT, gross=Decimal("8081.46")))) == 1


def test_another_number_of_the_bill_is_a_warning():
    [met] = found(**changed(Kind.TRANSPORT, number="OTHER1"))
    assert met.severity is Severity.WARNING


def test_carriers_codes_for_the_same_port_agree():
    port = papers()[Kind.INVOICE].carriage.loading.model_copy(update={"code": "CNSHG"})
    d = delivery().model_copy(update={"locode": "CNSHA"})
    carriage = _carriage(loading=port)
    made = [changed(kind, carriage=carriage) for kind in papers() if kind not in CERTIFICATES]
    changes = {k: v for one in made for k, v in one.items()}
    moved = {k: v.model_copy(update={"delivery": d}) for k, v in changes.items()}
    assert found(terms(delivery=d), **moved, **changed(Kind.TRANSPORT, loading="CNSHA")) == []


CERTIFICATES = (Kind.TRANSPORT, Kind.INSURANCE, Kind.INSPECTION, Kind.ORIGIN)


def test_the_port_of_the_rule_is_the_port_of_the_documents():
    port = papers()[Kind.INVOICE].carriage.loading.model_copy(update={"code": "CNSHG"})
    met = found(**changed(Kind.INSTRUCTION, carriage=_carriage(loading=port)))
    assert [(d.what, d.one.value, d.other.value) for d in met] == [("Port of loading", "CNYTN", "CNSHG")]


def test_a_packing_list_heavier_inside_than_outside():
    listed = papers()[Kind.PACKING_LIST]
    row = listed.rows[0].model_copy(update={"net": Decimal("7140.26")})
    met = found(**changed(Kind.PACKING_LIST, rows=(row, *listed.rows[1:])))
    assert [d.what for d in met] == ["Net weight is more than gross weight, kg"]


def test_totals_agree_between_our_own_documents():
    met = found(**changed(Kind.PACKING_LIST, totals=_totals(packages=141)))
    assert {d.what for d in met} == {"Packages"}
    assert len(met) == 3  # invoice, the instruction after it, and the bill of lading


def test_after_an_amendment_old_documents_disagree():
    of = terms(number="PTL-2026-000123-A1")
    met = found(of)
    assert {d.what for d in met} == {"Contract"}
    assert {d.other.document for d in met} == {kind for kind in papers() if kind not in CERTIFICATES}


def test_all_risks_are_not_covered_by_clauses_c():
    rule = delivery(Rule.CIP, Mode.SEA_CONTAINER).model_copy(update={"place": "Hamburg", "locode": "DEHAM"})
    of = terms(
        delivery=rule,
        insurance=TERMS.insurance.model_copy(update={"insured_by": Side.SELLER, "cover": Cover.CLAUSES_A}),
    )
    assert "Insured under narrower clauses than agreed" in [d.what for d in found(of)]
