"""What happened to restrictions."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class RestrictionsChanged(Event):
    """What a company may not do is another than before."""

    organisation_id: UUID
    restriction_id: UUID
