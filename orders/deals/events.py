"""What happens to orders."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    order_id: UUID
    contract_id: UUID


@dataclass(frozen=True)
class GoodsShipped(Event):
    order_id: UUID
    shipment_id: UUID


@dataclass(frozen=True)
class GoodsDelivered(Event):
    order_id: UUID


@dataclass(frozen=True)
class MilestoneAccepted(Event):
    """A milestone's evidence counts; `how`: accepted, silence or document."""

    order_id: UUID
    milestone_id: UUID
    how: str


@dataclass(frozen=True)
class OrderCompleted(Event):
    """Accepted, silently accepted or settled: the deal is done and counts."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    how: str


@dataclass(frozen=True)
class OrderRated(Event):
    order_id: UUID
    rated_id: UUID
    stars: int
