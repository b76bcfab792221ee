"""What notices tell the domain whose listings they name."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class MeasuresChanged(Event):
    """Whether these listings have to be down may have changed: `queries.down` says how it stands now."""

    listing_ids: list[UUID]
    number: str
