"""What happens around the operator's records."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class CapitalUnconfirmed(Event):
    """A year has passed since the registered capital was stated or confirmed, on that day."""

    capital_id: UUID
    stated_on: date
