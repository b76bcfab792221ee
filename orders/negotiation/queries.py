"""What is asked of negotiations. Everything is loaded through the asker's right to see it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orders.negotiation.errors import QuotationNotFound
from orders.negotiation.models import Inquiry, Quotation
from orders.negotiation.offer import Offer
from orders.negotiation.states import QuotationState


@dataclass(frozen=True, slots=True)
class AgreedQuotation:
    """An accepted version with the two companies it binds."""

    inquiry_id: UUID
    quotation_id: UUID
    version: int
    buyer_id: UUID
    supplier_id: UUID
    title: str
    offer: Offer


async def agreed(tx: AsyncSession, quotation_id: UUID) -> AgreedQuotation:
    """Raises QuotationNotFound unless that very version was accepted."""
    query = (
        select(Quotation, Inquiry)
        .join(Inquiry, Inquiry.id == Quotation.inquiry_id)
        .where(Quotation.id == quotation_id, Quotation.state == QuotationState.ACCEPTED)
    )
    row = (await tx.execute(query)).first()
    if row is None:
        raise QuotationNotFound
    quotation, inquiry = row
    return AgreedQuotation(
        inquiry_id=inquiry.id,
        quotation_id=quotation.id,
        version=quotation.version,
        buyer_id=inquiry.buyer_id,
        supplier_id=inquiry.supplier_id,
        title=inquiry.title,
        offer=Offer.model_validate(quotation.content),
    )
