"""What happened to companies that leave."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class DepartureChanged(Event):
    """A company said that it leaves, stays after all, or has left. `state` is a DepartureState."""

    organisation_id: UUID
    departure_id: UUID
    state: str
