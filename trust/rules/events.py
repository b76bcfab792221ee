"""What happened to rules."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class ConsultationOpened(Event):
    """A change is put up for comments. `until` is the last moment for them, as text in ISO 8601."""

    version_id: UUID
    code: str
    number: int
    title: dict[str, str]
    until: str


@dataclass(frozen=True)
class RulePublished(Event):
    """A change will be in force from the beginning of that day (UTC)."""

    version_id: UUID
    code: str
    number: int
    title: dict[str, str]
    effective_from: date


@dataclass(frozen=True)
class LicenceEnds(Event):
    """A licence of the operator ends in `days` days at most."""

    licence_id: UUID
    name: str
    number: str
    valid_to: date
    days: int
