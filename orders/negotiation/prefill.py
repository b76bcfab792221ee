"""What the quotation form holds before anybody types: the last version, or what the inquiry and the product say."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.core import clock
from listings.queries import ProductView
from orders.incoterms import INCOTERMS, Mode, Rule
from orders.milestones import Milestone, MilestoneKind
from orders.negotiation.offer import Offer, OfferLine
from orders.negotiation.views import InquiryView, plain
from orders.units import UNITS

USUAL_VALIDITY = timedelta(days=30)
USUAL_PLAN = (Milestone(MilestoneKind.DEPOSIT, Decimal(30)), Milestone(MilestoneKind.BALANCE, Decimal(70)))


@dataclass(frozen=True, slots=True)
class Prefill:
    """Field values as text, by the form's own names."""

    currency: str = "USD"
    lines: list[dict[str, Any]] = field(default_factory=list)
    rule: str = ""
    place: str = ""
    locode: str = ""
    country: str = ""
    mode: str = ""
    lead_days: str = ""
    valid_until: str = ""
    milestones: list[dict[str, str]] = field(default_factory=lambda: [milestone(m) for m in USUAL_PLAN])
    partial_shipments: str = "false"
    transhipment: str = "true"
    packing: str = ""
    sample_price: str = ""
    sample_days: str = ""
    note: str = ""


def from_offer(offer: Offer) -> Prefill:
    """The same again, to be changed. A day of validity that is past is moved on."""
    return Prefill(
        currency=offer.currency,
        lines=[_line(line) for line in offer.lines],
        rule=offer.rule,
        place=offer.place,
        locode=offer.locode or "",
        country=offer.country or "",
        mode=offer.mode,
        lead_days=str(offer.lead_days),
        valid_until=max(offer.valid_until, clock.now().date()).isoformat(),
        milestones=[milestone(m) for m in offer.plan],
        partial_shipments=str(offer.partial_shipments).lower(),
        transhipment=str(offer.transhipment).lower(),
        packing=offer.packing,
        sample_price=text(offer.sample.price.amount) if offer.sample else "",
        sample_days=str(offer.sample.lead_days) if offer.sample else "",
        note=offer.note,
    )


def from_inquiry(inquiry: InquiryView, product: ProductView | None) -> Prefill:
    """A first quotation of what was asked, with the product's own price, port and times where it is published."""
    line = {
        "product_id": str(inquiry.product_id or ""),
        "description": inquiry.title,
        "hs_code": inquiry.hs_code,
        "quantity": text(inquiry.quantity),
        "unit": inquiry.unit,
        "origin": "CN",
    }
    until = (clock.now().date() + USUAL_VALIDITY).isoformat()
    if product is None:
        currency = inquiry.target.currency if inquiry.target else "USD"
        rule = inquiry.rule or ""
        return Prefill(currency=currency, lines=[line], rule=rule, place=inquiry.place, valid_until=until)
    line |= {"origin": product.origin, "price": text(_price(product, inquiry.quantity))}
    rule = inquiry.rule or ("FOB" if "FOB" in product.incoterms else product.incoterms[0])
    abroad = INCOTERMS[Rule(rule)].place_at_destination
    return Prefill(
        currency=product.currency,
        lines=[line],
        rule=rule,
        place=inquiry.place if abroad else product.port,
        locode="" if abroad else product.port_code,
        mode=Mode.SEA,
        lead_days=str(product.lead_time_days),
        valid_until=until,
        sample_price=text(product.sample_price.amount) if product.sample_price else "",
    )


def unit_of(product: ProductView | None) -> str:
    """The unit in which to ask; pieces where the product's own is none that deals are made in."""
    return product.unit if product and product.unit in UNITS else "H87"


def _price(product: ProductView, quantity: Decimal) -> Decimal:
    reached = [tier for tier in product.tiers if tier.min_quantity <= quantity]
    return (reached[-1] if reached else product.tiers[0]).price.amount


def _line(line: OfferLine) -> dict[str, Any]:
    return {
        "product_id": str(line.product_id or ""),
        "description": line.description,
        "specification": line.specification,
        "hs_code": line.hs_code,
        "origin": line.origin,
        "quantity": text(line.quantity),
        "unit": line.unit,
        "price": text(line.unit_price.amount),
        "tiers": [(text(tier.min_quantity), text(tier.unit_price.amount)) for tier in line.tiers],
    }


def milestone(given: Milestone) -> dict[str, str]:
    """A row of the plan of payment."""
    said = given.terms.model_dump(mode="json")
    filled = {name: "" if value is None else str(value) for name, value in said.items()}
    return filled | {"kind": given.kind.value, "percent": text(given.percent)}


def text(number: Decimal) -> str:
    return f"{plain(number):f}"
