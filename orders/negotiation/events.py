"""What happens in a negotiation, told to the rest of the house."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class InquirySent(Event):
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID


@dataclass(frozen=True)
class QuotationOffered(Event):
    """A version was offered; `made_by` is the offering organisation (a buyer's is a counter-offer)."""

    inquiry_id: UUID
    quotation_id: UUID
    version: int
    made_by: UUID


@dataclass(frozen=True)
class QuotationAccepted(Event):
    """Exactly this version was agreed. The contract is made from it."""

    inquiry_id: UUID
    quotation_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    accepted_by: UUID
