"""What risk tells the rest of the house."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.jobs import Event
from app.core.subject import Subject


@dataclass(frozen=True)
class HoldPlaced(Event):
    hold_id: UUID
    subject: Subject
    organisation_id: UUID
    until: datetime


@dataclass(frozen=True)
class HoldEnded(Event):
    """Its time is over, or two people let it go. Other holds of the same thing may still stand."""

    hold_id: UUID
    subject: Subject
    organisation_id: UUID
