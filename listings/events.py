"""What happened to products."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class ProductSubmitted(Event):
    product_id: UUID
    organisation_id: UUID
    revision: int


@dataclass(frozen=True)
class ProductPublished(Event):
    """A version went live: the first one, or one that replaces an earlier."""

    product_id: UUID
    organisation_id: UUID
    category: str
    revision: int


@dataclass(frozen=True)
class ProductRejected(Event):
    """A version was refused; an earlier one may still be live."""

    product_id: UUID
    organisation_id: UUID
    revision: int
    reason: str


@dataclass(frozen=True)
class ProductWithdrawn(Event):
    """A product that was published is so no longer."""

    product_id: UUID
    organisation_id: UUID
