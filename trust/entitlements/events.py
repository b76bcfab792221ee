"""What happened to entitlements."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class EntitlementsChanged(Event):
    """A company may have more or less than before."""

    organisation_id: UUID
