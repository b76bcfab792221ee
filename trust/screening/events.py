"""What happened to sanctions lists."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class ListTakenIn(Event):
    """A list has a new version, with other entries than the one before."""

    list_key: str
    number: int
    taken_by: UUID


@dataclass(frozen=True)
class ComparisonAsked(Event):
    """Somebody wants all companies compared with all lists again."""

    asked_by: UUID


@dataclass(frozen=True)
class PartyNamed(Event):
    """Somebody was named in a deal who was compared with no list yet."""

    digests: list[str]
