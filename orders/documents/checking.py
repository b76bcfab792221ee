"""Do the documents of a shipment agree with the contract and with one another? Pure: what they say is all that counts.

The rules are those by which banks examine documents (UCP 600 art. 14, 18, 28) and customs compare them. An error stops
"documents complete"; a warning does not.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from itertools import chain, pairwise
from typing import Literal, cast

from app.core.i18n import N_
from app.core.money import LARGEST_MINOR, Money, UnitPrice
from orders.contracts.terms import ContractTerms
from orders.documents import papers
from orders.documents.content import Content, Invoice, OfShipment, PackingList
from orders.documents.kinds import Kind
from orders.documents.values import same_port
from orders.incoterms import INCOTERMS, Cover, Place, Side

Name = Kind | Literal["contract"]
Value = str | int | Decimal | date | Money | UnitPrice
Papers = Mapping[Kind, Content | papers.Facts]
"""The documents of one shipment that are there, the newest of each kind."""
WEIGHT_TOLERANCE = Decimal("0.005")
BEARABLE = Decimal(100)
CONTRACT: Name = "contract"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Said:
    document: Name
    value: Value


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`what` is a message id that names the point; `line` the line of the contract, from 1, if it is about one."""

    what: str
    one: Said
    other: Said
    line: int | None = None
    severity: Severity = Severity.ERROR


Found = Iterator[Disagreement]


def disagreements(terms: ContractTerms, found: Papers) -> list[Disagreement]:
    """Everything on which the contract and the documents of one shipment disagree, in the order of the rules."""
    return list(chain.from_iterable(rule(terms, found) for rule in RULES))


def _differ(
    what: str, one: tuple[Name, Value], other: tuple[Name, Value], line: int | None = None, *, error: bool = True
) -> Found:
    if one[1] != other[1]:
        yield Disagreement(what, Said(*one), Said(*other), line, Severity.ERROR if error else Severity.WARNING)


def _made(found: Papers) -> list[tuple[Kind, OfShipment]]:
    """Our own documents of the shipment."""
    return [(kind, document) for kind, document in found.items() if isinstance(document, OfShipment)]


def _lading(found: Papers) -> papers.TransportPaper | None:
    return cast("papers.TransportPaper | None", found.get(Kind.TRANSPORT))


def _invoice(found: Papers) -> Invoice | None:
    return cast("Invoice | None", found.get(Kind.INVOICE))


def deal(terms: ContractTerms, found: Papers) -> Found:
    """The same contract, parties and terms of delivery."""
    place = f"{terms.delivery.rule.value} {terms.delivery.place}"
    for kind, document in _made(found):
        theirs = f"{document.delivery.rule.value} {document.delivery.place}"
        yield from _differ(N_("Contract"), (CONTRACT, terms.number), (kind, document.contract.number))
        yield from _differ(N_("Seller"), (CONTRACT, terms.supplier.name), (kind, document.supplier.name))
        yield from _differ(N_("Buyer"), (CONTRACT, terms.buyer.name), (kind, document.buyer.name))
        yield from _differ(N_("Terms of delivery"), (CONTRACT, place), (kind, theirs))


def goods(terms: ContractTerms, found: Papers) -> Found:
    """Each line described, classified and priced as in the contract."""
    for kind, document in _made(found):
        for item in document.items:
            if item.position >= len(terms.lines):
                continue
            agreed, line = terms.lines[item.position], item.position + 1
            said = agreed.description.said("en"), item.description.said("en")
            yield from _differ(N_("Description of the goods"), (CONTRACT, said[0]), (kind, said[1]), line)
            yield from _differ(N_("HS code"), (CONTRACT, agreed.hs_code), (kind, item.hs_code), line)
            yield from _differ(N_("Country of origin"), (CONTRACT, agreed.origin), (kind, item.origin), line)
            yield from _differ(N_("Unit"), (CONTRACT, agreed.unit), (kind, item.unit), line)


def prices(terms: ContractTerms, found: Papers) -> Found:
    """The contract's currency and prices, and sums that are right."""
    invoice = _invoice(found)
    if invoice is None:
        return
    yield from _differ(N_("Currency"), (CONTRACT, terms.currency), (Kind.INVOICE, invoice.total.currency))
    if invoice.total.currency != terms.currency:
        return
    for item in invoice.items:
        if item.position < len(terms.lines):
            agreed, line = terms.lines[item.position], item.position + 1
            yield from _differ(N_("Unit price"), (CONTRACT, agreed.unit_price), (Kind.INVOICE, item.unit_price), line)
            if item.quantity == agreed.quantity:
                yield from _differ(N_("Amount"), (CONTRACT, agreed.total), (Kind.INVOICE, item.amount), line)
    added = sum((item.amount for item in invoice.items), Money.zero(invoice.total.currency))
    yield from _differ(N_("Total, and the sum of the lines"), (Kind.INVOICE, invoice.total), (Kind.INVOICE, added))


def quantities(terms: ContractTerms, found: Papers) -> Found:
    """Every document names the same quantity of each line."""
    made = _made(found)
    if not made:
        return
    first, reference = made[0]
    known = {item.position: item.quantity for item in reference.items}
    for kind, document in made[1:]:
        theirs = {item.position: item.quantity for item in document.items}
        for position in sorted(known.keys() | theirs.keys()):
            said = known.get(position, Decimal(0)), theirs.get(position, Decimal(0))
            yield from _differ(N_("Quantity"), (first, said[0]), (kind, said[1]), position + 1)


def packing(terms: ContractTerms, found: Papers) -> Found:
    """The packages hold what is listed, weigh as much as they must, and come to the same totals everywhere."""
    listed = found.get(Kind.PACKING_LIST)
    if isinstance(listed, PackingList):
        for row in listed.rows:
            if row.net > row.gross:
                name = Kind.PACKING_LIST
                what = N_("Net weight is more than gross weight, kg")
                yield Disagreement(what, Said(name, row.net), Said(name, row.gross), row.position + 1)
    for (one, first), (other, second) in pairwise(_made(found)):
        a, b = first.totals, second.totals
        yield from _differ(N_("Packages"), (one, a.packages), (other, b.packages))
        yield from _differ(N_("Net weight, kg"), (one, a.net), (other, b.net))
        yield from _differ(N_("Gross weight, kg"), (one, a.gross), (other, b.gross))


def invoices(terms: ContractTerms, found: Papers) -> Found:
    """Documents that name an invoice name the one that is valid."""
    invoice = _invoice(found)
    for kind, document in _made(found):
        named = getattr(document, "invoice", None)
        if invoice is not None and named is not None:
            yield from _differ(N_("Number of the invoice"), (Kind.INVOICE, invoice.number), (kind, named.number))


def lading(terms: ContractTerms, found: Papers) -> Found:
    """The carrier took over what was packed, for where it was to go."""
    bill = _lading(found)
    made = dict(_made(found))
    kind = next((k for k in (Kind.PACKING_LIST, Kind.INVOICE, Kind.INSTRUCTION) if k in made), None)
    if bill is None or kind is None:
        return
    totals, carriage = made[kind].totals, made[kind].carriage
    yield from _differ(N_("Packages"), (kind, totals.packages), (Kind.TRANSPORT, bill.packages))
    if abs(totals.gross - bill.gross) > WEIGHT_TOLERANCE * totals.gross:
        yield from _differ(N_("Gross weight, kg"), (kind, totals.gross), (Kind.TRANSPORT, bill.gross))
    for what, ours, theirs in (
        (N_("Port of loading"), carriage.loading.code, bill.loading),
        (N_("Port of discharge"), carriage.discharge.code, bill.discharge),
    ):
        if not same_port(ours, theirs):
            yield from _differ(what, (kind, ours), (Kind.TRANSPORT, theirs))
    tracking = _plain(carriage.tracking), _plain(bill.number)
    if tracking[0] != tracking[1]:
        numbers = (kind, carriage.tracking), (Kind.TRANSPORT, bill.number)
        yield from _differ(N_("Tracking or B/L number"), *numbers, error=False)


def _plain(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum())


def carriage(terms: ContractTerms, found: Papers) -> Found:
    """Ports and freight as the rule of delivery has them."""
    term, named = INCOTERMS[terms.delivery.rule], terms.delivery.locode
    bill = _lading(found)
    if bill is not None:
        freight = "prepaid" if term.carriage is Side.SELLER else "collect"
        yield from _differ(N_("Freight"), (CONTRACT, freight), (Kind.TRANSPORT, bill.freight))
    if named is None or term.place not in (Place.PORT_OF_SHIPMENT, Place.PORT_OF_DESTINATION):
        return
    loading = term.place is Place.PORT_OF_SHIPMENT
    what = N_("Port of loading") if loading else N_("Port of discharge")
    for kind, document in _made(found):
        port = document.carriage.loading if loading else document.carriage.discharge
        if not same_port(named, port.code):
            yield from _differ(what, (CONTRACT, named), (kind, port.code))


def days(terms: ContractTerms, found: Papers) -> Found:
    """Contract, invoice, shipment, latest day of shipment: in this order."""
    invoice, bill = _invoice(found), _lading(found)
    insured = found.get(Kind.INSURANCE)
    if invoice is not None and invoice.issued < terms.dated:
        what = N_("The invoice is older than the contract")
        yield Disagreement(what, Said(CONTRACT, terms.dated), Said(Kind.INVOICE, invoice.issued))
    shipped = _shipped(found)
    if shipped is None:
        return
    if invoice is not None and invoice.issued > cast("date", shipped.value):
        what = N_("The invoice is younger than the shipment")
        yield Disagreement(what, Said(Kind.INVOICE, invoice.issued), shipped)
    if cast("date", shipped.value) > terms.delivery.latest:
        what = N_("Shipped after the latest day of shipment")
        yield Disagreement(what, Said(CONTRACT, terms.delivery.latest), shipped)
    if bill is not None and isinstance(insured, papers.InsurancePaper) and insured.issued > bill.on_board:
        what = N_("Insured only after the goods were on board")
        yield Disagreement(what, Said(Kind.INSURANCE, insured.issued), shipped)


def _shipped(found: Papers) -> Said | None:
    """The day of shipment: on board, or else as it was handed over."""
    bill = _lading(found)
    if bill is not None:
        return Said(Kind.TRANSPORT, bill.on_board)
    return next((Said(kind, document.carriage.shipped_on) for kind, document in _made(found)), None)


def insurance(terms: ContractTerms, found: Papers) -> Found:
    """Insured in the contract's currency, for as much and as widely as was agreed."""
    paper, invoice = found.get(Kind.INSURANCE), _invoice(found)
    if not isinstance(paper, papers.InsurancePaper):
        return
    yield from _differ(N_("Currency"), (CONTRACT, terms.currency), (Kind.INSURANCE, paper.insured.currency))
    if invoice is not None and paper.insured.currency == invoice.total.currency:
        least = Decimal(invoice.total.minor) * terms.insurance.percent / BEARABLE
        if paper.insured.minor < least:
            needed = Money(min(int(least.to_integral_value(ROUND_CEILING)), LARGEST_MINOR), invoice.total.currency)
            what = N_("Insured for less than agreed")
            yield Disagreement(what, Said(CONTRACT, needed), Said(Kind.INSURANCE, paper.insured))
    if terms.insurance.cover is Cover.CLAUSES_A and paper.conditions != "A":
        what = N_("Insured under narrower clauses than agreed")
        yield Disagreement(what, Said(CONTRACT, "ICC (A)"), Said(Kind.INSURANCE, f"ICC ({paper.conditions})"))


def findings(terms: ContractTerms, found: Papers) -> Found:
    """What inspectors and chambers certify."""
    inspected, certified, invoice = found.get(Kind.INSPECTION), found.get(Kind.ORIGIN), _invoice(found)
    if isinstance(inspected, papers.InspectionPaper) and inspected.verdict != "passed":
        what = N_("The inspection found that the goods do not conform")
        yield Disagreement(what, Said(CONTRACT, "passed"), Said(Kind.INSPECTION, inspected.verdict))
    if isinstance(certified, papers.OriginPaper) and invoice is not None:
        for item in invoice.items:
            said = (Kind.INVOICE, item.origin), (Kind.ORIGIN, certified.origin)
            yield from _differ(N_("Country of origin"), *said, item.position + 1)


RULES: tuple[Callable[[ContractTerms, Papers], Found], ...] = (
    *(deal, goods, prices, quantities, packing, invoices, lading, carriage, days, insurance, findings),
)
