"""What happened to restrictions."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class RestrictionsChanged(Event):
    """What a company may not do is another than before."""

    organisation_id: UUID
    restriction_id: UUID


@dataclass(frozen=True)
class PointsGiven(Event):
    """A company got points for a breach."""

    organisation_id: UUID
    point_id: UUID
