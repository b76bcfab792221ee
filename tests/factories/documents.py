"""A shipment of the contract of `tests.factories.terms`, its packing, and every document made from it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from orders.contracts import clauses
from orders.contracts.terms import ContractTerms, canonical_json, digest
from orders.documents import making
from orders.documents.content import Content, Reference
from orders.documents.kinds import PREFIXES, Kind
from orders.documents.making import Agreed, Issue, Sent
from orders.documents.packing import PackingIn, packed
from orders.milestones import Milestone, MilestoneKind
from tests.factories.terms import with_plan

INVOICED = date(2026, 12, 14)
SHIPPED = date(2026, 12, 15)
ISSUED = date(2026, 12, 16)
CONTAINER = "CSQU3054383"
PLAN = [Milestone(MilestoneKind.DEPOSIT, Decimal(30)), Milestone(MilestoneKind.BALANCE, Decimal(70))]

# How the forms of an order of 1,000 pieces are filled in, double underscores for dots.
PACKED: Mapping[str, str] = {
    "rows__0__count": "25",
    "rows__0__kind": "CT",
    "rows__0__length": "60",
    "rows__0__width": "40",
    "rows__0__height": "35",
    "rows__0__net": "400",
    "rows__0__gross": "450",
    "loading__name": "Yantian",
    "loading__code": "CNYTN",
    "discharge__name": "Hamburg",
    "discharge__code": "DEHAM",
}
LADING: Mapping[str, str] = {
    "number": "BMRU6123456780",
    "type": "original",
    "originals": "3",
    "loading": "CNYTN",
    "discharge": "DEHAM",
    "packages": "25",
    "gross": "450.5",
    "freight": "collect",
}


def terms(**changes: Any) -> ContractTerms:
    return clauses.draw_up(with_plan(PLAN, **changes))


def agreed(of: ContractTerms | None = None) -> Agreed:
    found = of or terms()
    return Agreed(found, digest(canonical_json(found)), "PO-7F3K-2M9Q")


def rows() -> list[dict[str, Any]]:
    """Pallets of lamps, and two kinds of cartons with sets, the second holding what the first leaves."""
    carton = {"kind": "CT", "length": "60", "width": "40", "height": "35.5"}
    return [
        {"position": 0, "kind": "PX", "count": 40, "length": "120", "width": "80", "height": "150.5",
         "net": "6200", "gross": "7140.25", "marks": "HANSE\nHAMBURG 1-40"},
        carton | {"position": 1, "count": 80, "quantity": "4000", "net": "640", "gross": "720"},
        carton | {"position": 1, "count": 20, "net": "160", "gross": "181", "marks": "SPARE"},
    ]  # fmt: skip


def said(**changes: Any) -> PackingIn:
    """What the supplier types into the form."""
    given: dict[str, Any] = {
        "rows": rows(),
        "containers": [{"number": CONTAINER, "seal": "SL884201"}],
        "loading": {"code": "CNYTN", "name": "Yantian"},
        "discharge": {"code": "DEHAM", "name": "Hamburg"},
        "notify": "Spedition Elbe GmbH, Hamburg, +49 40 998877",
        "invoice_date": INVOICED,
    }
    return PackingIn.model_validate(given | changes)


def sent(quantities: Mapping[int, Decimal] | None = None, **changes: Any) -> Sent:
    shipped = quantities or {0: Decimal(5000), 1: Decimal(5000)}
    given: dict[str, Any] = {
        "number": 1,
        "carrier": "Blue Meridian",
        "tracking": "BMRU6123456780",
        "shipped_on": SHIPPED,
        "quantities": shipped,
        "before": {},
        "invoice": Reference(number="CI-7F3K-2M9Q", dated=INVOICED),
        "delivered_on": date(2027, 1, 20),
        "delivered_by": "buyer",
    }
    if "packing" not in changes:
        given["packing"] = packed(said(), shipped, contract_dated=date(2026, 11, 20), today=ISSUED)
    return Sent(**(given | changes))


def issue(kind: Kind, version: int = 1) -> Issue:
    number = f"{PREFIXES[kind]}-7F3K-2M9Q"
    if version == 1:
        return Issue(number, 1, "", INVOICED if kind is Kind.INVOICE else ISSUED)
    return Issue(f"{number}-R{version}", version, number, INVOICED)


def documents(of: Agreed | None = None, goods: Sent | None = None) -> dict[Kind, Content]:
    """One of each kind that is made here."""
    contract, shipment = of or agreed(), goods or sent()
    made: dict[Kind, Content] = {Kind.PROFORMA: making.proforma(issue(Kind.PROFORMA), contract)}
    return made | {kind: make(issue(kind), contract, shipment) for kind, make in making.MAKERS.items()}
