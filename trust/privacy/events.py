"""What privacy tells others, and its own jobs."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class ConsentWithdrawn(Event):
    """A member agrees to a purpose no more; whoever keeps something by it alone lets it go."""

    member_id: UUID
    purpose: str


@dataclass(frozen=True)
class ExportAsked(Event):
    export_id: UUID
