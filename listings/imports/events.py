"""What happened to imports."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class SheetUploaded(Event):
    import_id: UUID


@dataclass(frozen=True)
class ImportConfirmed(Event):
    import_id: UUID
