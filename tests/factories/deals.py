"""Negotiations for tests, made through the services as a buyer and a supplier would."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from orders.negotiation import offering, service
from orders.negotiation.models import Inquiry, Quotation
from orders.negotiation.schemas import OfferIn
from orders.negotiation.service import Question
from tests.factories.people import Actor


def question(**changes: Any) -> Question:
    facts: dict[str, Any] = {
        "title": "Ceramic mug with bamboo lid",
        "text": "White, one by one in a gift box. LFGB needed.",
        "quantity": Decimal(2000),
        "unit": "H87",
        "destination": "DE",
        "hs_code": "691200",
    }
    return Question(**facts | changes)


def offer_data(**changes: Any) -> dict[str, Any]:
    """A whole, sound offer as the JSON API takes it: 2,000 pieces at 1.18, 30 to 70."""
    return {
        "currency": "USD",
        "lines": [
            {
                "description": "Ceramic mug with bamboo lid, 350 ml",
                "specification": "White, gift box",
                "hs_code": "691200",
                "origin": "CN",
                "quantity": "2000",
                "unit": "H87",
                "price": "1.18",
            }
        ],
        "rule": "FOB",
        "place": "Shenzhen Yantian",
        "locode": "CNYTN",
        "mode": "sea",
        "lead_days": 25,
        "valid_until": (clock.now().date() + timedelta(days=14)).isoformat(),
        "milestones": [{"kind": "deposit", "percent": "30"}, {"kind": "balance", "percent": "70"}],
        **changes,
    }


async def make_inquiry(
    tx: AsyncSession, buyer: Actor, supplier: Actor, *, product_id: UUID | None = None, **changes: Any
) -> Inquiry:
    asked = question(product_id=product_id, **changes)
    return await service.ask(tx, supplier.organisation_id, asked, [], by=buyer.member)


async def make_quotation(tx: AsyncSession, inquiry_id: UUID, supplier: Actor, **changes: Any) -> Quotation:
    offer = OfferIn(**offer_data(**changes)).offer()
    return await offering.quote(tx, inquiry_id, offer, by=supplier.member)


async def make_counter_offer(tx: AsyncSession, quotation_id: UUID, by: Actor, **changes: Any) -> Quotation:
    return await offering.counter(tx, quotation_id, OfferIn(**offer_data(**changes)).offer(), by=by.member)


async def make_agreement(tx: AsyncSession, buyer: Actor, supplier: Actor, **changes: Any) -> Quotation:
    """An accepted quotation; its contract is drawn up by the jobs that follow."""
    inquiry = await make_inquiry(tx, buyer, supplier)
    quotation = await make_quotation(tx, inquiry.id, supplier, **changes)
    return await offering.accept(tx, quotation.id, by=buyer.member)
