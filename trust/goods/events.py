"""What happened to controlled goods. Nothing here tells of suspicions or reports."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event
from app.core.subject import Subject


@dataclass(frozen=True)
class GoodsConfirmed(Event):
    """A person found that something is what an entry controls. `subject`: where it was met last."""

    finding_id: UUID
    entry_id: UUID
    subject: Subject
    prohibited: bool
