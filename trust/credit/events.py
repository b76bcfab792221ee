"""What happens to credit files."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class ExportAsked(Event):
    """A company wants its credit file to take along."""

    export_id: UUID
