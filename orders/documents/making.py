"""From the contract, the shipment and its packing to what each document says. Pure: the same facts, the same bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.core.money import Money
from orders import pricing
from orders.contracts.terms import ContractTerms, DocumentKind, GoodsLine
from orders.documents.content import (
    Carriage,
    Content,
    ContractReference,
    Instruction,
    Invoice,
    Item,
    OriginDraft,
    PackedRow,
    PackingList,
    Payment,
    PricedItem,
    Proforma,
    Receipt,
    Reference,
    Totals,
)
from orders.documents.kinds import Kind
from orders.documents.packing import Packing
from orders.incoterms import INCOTERMS, Side


@dataclass(frozen=True, slots=True)
class Issue:
    """Under which number a document is issued, when, and in whose place."""

    number: str
    version: int
    supersedes: str
    on: date


@dataclass(frozen=True, slots=True)
class Agreed:
    """The contract in force and its order."""

    terms: ContractTerms
    terms_hash: str
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One shipment as it was recorded. `before` is what earlier shipments held of each line, by position.

    delivered_on, delivered_by  None until it has arrived; the side that said so
    """

    number: int
    carrier: str
    tracking: str
    shipped_on: date
    quantities: Mapping[int, Decimal]
    before: Mapping[int, Decimal]
    packing: Packing
    vessel: str = ""
    imo: str = ""
    invoice: Reference | None = None
    delivered_on: date | None = None
    delivered_by: str = ""


def proforma(issue: Issue, agreed: Agreed) -> Proforma:
    """An offer of what was agreed, in the form that banks and customs know: the whole contract, nothing shipped yet."""
    terms = agreed.terms
    return Proforma(
        **_head(issue, agreed),
        items=tuple(
            PricedItem(**_item(line, position, line.quantity), unit_price=line.unit_price, amount=line.total)
            for position, line in enumerate(terms.lines)
        ),
        total=terms.total,
        payments=tuple(Payment(kind=m.kind.value, percent=m.percent, amount=m.amount) for m in terms.milestones),
        packing=terms.packing,
        valid_until=terms.delivery.latest,
    )


def invoice(issue: Issue, agreed: Agreed, sent: Sent) -> Invoice:
    """What was shipped, at the contract's prices. The invoices of an order's parts add up to the whole to the cent."""
    items = tuple(
        PricedItem(
            **_item(line, position, quantity),
            unit_price=line.unit_price,
            amount=_amount(line, sent.before.get(position, Decimal(0)), quantity),
        )
        for position, line, quantity in _shipped(agreed, sent)
    )
    return Invoice(
        **_of_shipment(issue, agreed, sent),
        items=items,
        total=pricing.total((item.amount for item in items), agreed.terms.currency),
        marks=_marks(sent.packing),
    )


def _amount(line: GoodsLine, before: Decimal, quantity: Decimal) -> Money:
    """What this part adds to the line's total, so that rounding never makes the parts differ from the whole."""
    return pricing.line_total(line.unit_price, before + quantity) - pricing.line_total(line.unit_price, before)


def packing_list(issue: Issue, agreed: Agreed, sent: Sent) -> PackingList:
    return PackingList(
        **_of_shipment(issue, agreed, sent),
        items=_items(agreed, sent),
        rows=_rows(sent.packing),
        invoice=sent.invoice,
    )


def origin_draft(issue: Issue, agreed: Agreed, sent: Sent) -> OriginDraft:
    return OriginDraft(
        **_of_shipment(issue, agreed, sent),
        items=_items(agreed, sent),
        marks=_marks(sent.packing),
        criterion=sent.packing.criterion,
        invoice=sent.invoice,
    )


def instruction(issue: Issue, agreed: Agreed, sent: Sent) -> Instruction:
    terms = agreed.terms
    asked = next((d for d in terms.documents if d.kind is DocumentKind.TRANSPORT_DOCUMENT), None)
    return Instruction(
        **_of_shipment(issue, agreed, sent),
        items=_items(agreed, sent),
        rows=_rows(sent.packing),
        notify=sent.packing.notify,
        prepaid=INCOTERMS[terms.delivery.rule].carriage is Side.SELLER,
        originals=asked.originals if asked else 0,
        copies=asked.copies if asked else 0,
    )


def receipt(issue: Issue, agreed: Agreed, sent: Sent) -> Receipt:
    """Raises ValueError for a shipment that has not arrived."""
    if sent.delivered_on is None:
        raise ValueError("the shipment has not arrived")
    return Receipt(
        **_of_shipment(issue, agreed, sent),
        items=_items(agreed, sent),
        delivered_on=sent.delivered_on,
        said_by="buyer" if sent.delivered_by == "buyer" else "supplier",
    )


MAKERS: Mapping[Kind, Callable[[Issue, Agreed, Sent], Content]] = {
    Kind.INVOICE: invoice,
    Kind.PACKING_LIST: packing_list,
    Kind.ORIGIN_DRAFT: origin_draft,
    Kind.INSTRUCTION: instruction,
    Kind.RECEIPT: receipt,
}
"""How each document of a shipment is made."""


def _head(issue: Issue, agreed: Agreed) -> dict[str, Any]:
    terms = agreed.terms
    return {
        "number": issue.number,
        "version": issue.version,
        "supersedes": issue.supersedes,
        "issued": issue.on,
        "supplier": terms.supplier,
        "buyer": terms.buyer,
        "contract": ContractReference(number=terms.number, dated=terms.dated, terms_hash=agreed.terms_hash),
        "order": agreed.order,
        "delivery": terms.delivery,
    }


def _of_shipment(issue: Issue, agreed: Agreed, sent: Sent) -> dict[str, Any]:
    packing = sent.packing
    return _head(issue, agreed) | {
        "shipment": sent.number,
        "consignee": packing.consignee or agreed.terms.consignee,
        "carriage": Carriage(
            mode=agreed.terms.delivery.mode,
            carrier=sent.carrier,
            tracking=sent.tracking,
            vessel=sent.vessel or None,
            imo=sent.imo or None,
            shipped_on=sent.shipped_on,
            loading=packing.loading,
            discharge=packing.discharge,
            containers=packing.containers,
        ),
        "totals": totals(packing),
    }


def totals(packing: Packing) -> Totals:
    rows = packing.rows
    return Totals(
        packages=sum(row.count for row in rows),
        net=sum((row.net for row in rows), Decimal(0)),
        gross=sum((row.gross for row in rows), Decimal(0)),
        cubic=sum((row.volume for row in rows), Decimal(0)),
    )


def _shipped(agreed: Agreed, sent: Sent) -> list[tuple[int, GoodsLine, Decimal]]:
    lines = agreed.terms.lines
    return [(position, lines[position], quantity) for position, quantity in sorted(sent.quantities.items())]


def _items(agreed: Agreed, sent: Sent) -> tuple[Item, ...]:
    return tuple(Item(**_item(line, position, quantity)) for position, line, quantity in _shipped(agreed, sent))


def _item(line: GoodsLine, position: int, quantity: Decimal) -> dict[str, Any]:
    return {
        "position": position,
        "description": line.description,
        "hs_code": line.hs_code,
        "hs_version": line.hs_version,
        "origin": line.origin,
        "quantity": Decimal(f"{quantity.normalize():f}"),
        "unit": line.unit,
    }


def _rows(packing: Packing) -> tuple[PackedRow, ...]:
    rows, next_number = [], 1
    for row in packing.rows:
        last = next_number + row.count - 1
        rows.append(PackedRow(**dict(row), first=next_number, last=last, cubic=row.volume))
        next_number = last + 1
    return tuple(rows)


def _marks(packing: Packing) -> tuple[str, ...]:
    """Each mark once, in the order of the packages."""
    return tuple(dict.fromkeys(row.marks for row in packing.rows if row.marks))
