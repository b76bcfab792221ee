"""What happens to bundles."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class BundleAsked(Event):
    bundle_id: UUID
