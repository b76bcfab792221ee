from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class ExportsStopped(Event):
    """A member took out far more than is usual, and gets nothing more for a while."""

    member_id: UUID
    organisation_id: UUID
    day: str
    number: int
    usual: int
